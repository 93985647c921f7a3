"""Codes are made and spent, requests sent and answered."""

import datetime

from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from school.audit.services import record
from school.dated import today
from school.families.codes import code_hash, code_new, code_read
from school.families.models import ParentCode, ParentRequest
from school.identity.models import User
from school.organisation.models import Guardianship
from school.policy import can
from school.row_security import unfenced

CODE_VALID_FOR = datetime.timedelta(days=30)
State = ParentRequest.State


@transaction.atomic
def codes_make(*, students: list[User], by: User | None) -> dict[int, str]:
    """A new code for each pupil by the pupil's id; earlier codes of theirs end. The codes are returned once and kept nowhere.

    Whoever calls has asked for the right; a class's sheet is made by a worker in a person's name.
    """
    now = timezone.now()
    ParentCode.objects.filter(student__in=students, spent__isnull=True).update(spent=now)
    codes = {one.pk: code_new() for one in students}
    ParentCode.objects.bulk_create(
        ParentCode(code_hash=code_hash(code), student_id=pk, by=by, expires=now + CODE_VALID_FOR)
        for pk, code in codes.items()
    )
    return codes


def request_send(*, code: str, name: str, phone: str, relation: str, password: str) -> ParentRequest:
    """Spend a code on a request. Raises ValidationError for a code that is wrong, spent or late, one sentence for all three."""
    # The sender is a stranger who reaches no row; the code itself is the right to one.
    with unfenced(), transaction.atomic():
        return _request_send(code=code, name=name, phone=phone, relation=relation, password=password)


def _request_send(*, code: str, name: str, phone: str, relation: str, password: str) -> ParentRequest:
    found = (
        ParentCode.objects.select_related("student").filter(code_hash=code_hash(code)).first()
        if code_read(code)
        else None
    )
    # The row that turns decides: one paper in two hands makes one request.
    if (
        found is None
        or not found.usable
        or not found.student.is_active
        or not ParentCode.objects.filter(pk=found.pk, spent__isnull=True).update(spent=timezone.now())
    ):
        raise ValidationError(
            {"code": _("This code is wrong, used or too old. Check it, or ask the class for a new slip.")}
        )
    made: ParentRequest = ParentRequest.objects.create(
        student=found.student, name=name, phone=phone, relation=relation, password=make_password(password)
    )
    return made


@transaction.atomic
def request_approve(*, request: ParentRequest, account: User | None, by: User) -> Guardianship:
    """Link the parent to the child: with an account that has the request's phone, or (None) with a new one.

    A new account takes the password chosen in the request. Raises PermissionDenied without the right, ValidationError when the
    request was answered before or the account is not one of that phone.
    """
    if not can(by, "answer", request):
        raise PermissionDenied
    locked = ParentRequest.objects.select_for_update().get(pk=request.pk)
    if locked.state != State.WAITING:
        raise ValidationError(_("This request has been answered already."))
    if account is None:
        account = _account_new(locked)
    elif account.phone != locked.phone or not account.is_active or account.pk == locked.student_id:
        raise ValidationError(_("This account does not have the phone number of the request."))
    running = Guardianship.objects.current().filter(guardian=account, student=locked.student).first()
    if running is None:
        first = not Guardianship.objects.filter(student=locked.student, ends__isnull=True, is_primary=True).exists()
        running = Guardianship.objects.create(
            guardian=account, student=locked.student, relation=locked.relation, starts=today(), is_primary=first
        )
    _answered(locked, State.APPROVED, by, account=account)
    record(
        actor=by, action="guardian_approved", target=locked, detail={"guardian": account.code, "how": locked.relation}
    )
    return running


def _account_new(request: ParentRequest) -> User:
    gender = {Guardianship.Relation.FATHER: "M", Guardianship.Relation.MOTHER: "F"}.get(
        Guardianship.Relation(request.relation), ""
    )
    account = User(code=_code_for(request), full_name=request.name, phone=request.phone, gender=gender)
    account.password = request.password
    account.save()
    return account


def _code_for(request: ParentRequest) -> str:
    """PH, the child's number and a letter, as the lists name parents; numbered on when it is taken."""
    tail = {"father": "C", "mother": "M"}.get(request.relation, "G")
    base = f"PH{request.student.code.rpartition('-')[2]}{tail}"[:36]
    taken = set(User.objects.filter(code__startswith=base).values_list("code", flat=True))
    code, number = base, 2
    while code in taken:
        code, number = f"{base}{number}", number + 1
    return code


@transaction.atomic
def request_refuse(*, request: ParentRequest, reason: str, by: User) -> None:
    """Refuse a request, with a reason that the parent reads.

    Raises PermissionDenied without the right, ValidationError when it was answered before.
    """
    if not can(by, "answer", request):
        raise PermissionDenied
    locked = ParentRequest.objects.select_for_update().get(pk=request.pk)
    if locked.state != State.WAITING:
        raise ValidationError(_("This request has been answered already."))
    _answered(locked, State.REFUSED, by, reason=reason)
    record(actor=by, action="guardian_refused", target=locked, detail={"name": locked.name, "reason": reason})


def _answered(request: ParentRequest, state: str, by: User, *, account: User | None = None, reason: str = "") -> None:
    request.state, request.by, request.account, request.reason = state, by, account, reason
    request.answered, request.password = timezone.now(), ""
    request.save()
