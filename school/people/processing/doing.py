"""Carrying out an action on several people: claimed once, planned anew with today's rights, written whole or not at all."""

import base64
import datetime
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.audit.services import record
from school.identity.models import User
from school.organisation import services as organisation
from school.organisation.models import Enrolment, Membership
from school.people.models import BulkAction
from school.people.processing.planning import Aim, Line, aim_of, plan
from school.phones import display_phone
from school.policy import visible
from school.roster.making import PASSWORD_VALID_FOR
from school.roster.processing.slips import password_new, sheet_pdf
from school.sealing import seal
from school.sso.models import HostSession
from school.sso.services import sessions_end

Verb, State = BulkAction.Verb, BulkAction.State
# A hash costs 50 ms on purpose: slips are always the worker's.
SLOW = frozenset({Verb.SLIPS})
SHEET_KEPT_FOR = datetime.timedelta(hours=1)
UNDO_FOR = datetime.timedelta(days=1)
UNDOABLE = frozenset(set(Verb) - SLOW)
_DAY = datetime.timedelta(days=1)


def bulk_run(action_id: int) -> bool:
    """Do a queued action; False when another process has it. A failure leaves everybody as before and says so."""
    if not BulkAction.objects.filter(pk=action_id, state=State.QUEUED).update(state=State.RUNNING):
        return False
    action = BulkAction.objects.select_related("by").get(pk=action_id)
    try:
        with override(action.by.language):
            if action.verb in SLOW:
                _slips(action)
            else:
                with transaction.atomic():
                    _write(action)
    except ValidationError as error:
        BulkAction.objects.filter(pk=action_id).update(state=State.FAILED, message=" ".join(error.messages)[:300])
    except Exception:
        BulkAction.objects.filter(pk=action_id).update(state=State.FAILED)
        raise
    return True


# What the trail calls each action; what it does to each person's rows is told by the rows themselves.
_TOLD = {
    Verb.CLOSE: "account_closed",
    Verb.REOPEN: "account_reopened",
    Verb.SLIPS: "slips_printed",
    Verb.PLACE: "transferred",
    Verb.LEAVE: "transferred",
    Verb.RETURN: "transferred",
    Verb.TRANSFER: "transferred",
    Verb.POSTS_END: "role_ended",
    Verb.STAFF_TRANSFER: "transferred",
}


def _tell(action: BulkAction, people: list[int], *, undone: bool = False) -> None:
    """One entry for the whole action, about the person when there is only one."""
    detail: dict[str, Any] = {"action": action.verb, "rows": len(people), "people": people[:200], **action.options}
    record(
        actor=action.by,
        action=_TOLD[Verb(action.verb)],
        target=action,
        subject=people[0] if len(people) == 1 else None,
        detail=detail | ({"taken back": True} if undone else {}),
    )


def _finish(action: BulkAction, lines: list[Line], **more: Any) -> None:
    _tell(action, [one.person.pk for one in lines if not one.refusal])
    BulkAction.objects.filter(pk=action.pk).update(
        state=State.DONE,
        finished=timezone.now(),
        result=[{"id": one.person.pk, "then": one.then, "refusal": one.refusal} for one in lines],
        done=sum(not one.refusal for one in lines),
        total=len(lines),
        **more,
    )


def _write(action: BulkAction) -> None:
    lines = plan(action)
    people = [one.person for one in lines if not one.refusal]
    undo = _DOING[action.verb](people, aim_of(action)) if people else {}
    _finish(action, lines, undo=undo)


def accounts_close(people: list[User]) -> None:
    """Close accounts; their sessions end on every host with the same transaction."""
    User.objects.filter(pk__in=[one.pk for one in people]).update(is_active=False)
    # Ended after the commit: a session gone before a roll-back would have been ended for nothing.
    transaction.on_commit(partial(sessions_of_all_end, [one.pk for one in people]))


def sessions_of_all_end(people: list[int]) -> int:
    """End every session of these people on every host; how many."""
    return sessions_end(HostSession.objects.filter(user__in=people))


def _close(people: list[User], aim: Aim) -> dict[str, Any]:
    accounts_close(people)
    return {"active": True, "people": [one.pk for one in people]}


def _reopen(people: list[User], aim: Aim) -> dict[str, Any]:
    User.objects.filter(pk__in=[one.pk for one in people]).update(is_active=True)
    return {"active": False, "people": [one.pk for one in people]}


def _moved(moved: organisation.Moved) -> dict[str, Any]:
    return {"moved": asdict(moved)}


def _place(people: list[User], aim: Aim) -> dict[str, Any]:
    return _moved(organisation.students_place(students=people, school_class=aim.the_class(), starts=aim.day))


def _leave(people: list[User], aim: Aim) -> dict[str, Any]:
    school, status = aim.the_school(), Enrolment.Status(aim.status)
    return _moved(organisation.students_leave(students=people, school=school, last=aim.day, status=status))


def _return(people: list[User], aim: Aim) -> dict[str, Any]:
    return _moved(organisation.students_return(students=people, school_class=aim.the_class(), starts=aim.day))


def _transfer(people: list[User], aim: Aim) -> dict[str, Any]:
    return _moved(organisation.students_transfer(students=people, school_class=aim.the_class(), starts=aim.day))


def _posts_end(people: list[User], aim: Aim) -> dict[str, Any]:
    return _moved(organisation.staff_leave(people=people, school=aim.the_school(), last=aim.day))


def _staff_transfer(people: list[User], aim: Aim) -> dict[str, Any]:
    old, new = aim.the_school(), aim.target
    assert new is not None
    roles: dict[str, list[User]] = defaultdict(list)
    by_pk = {one.pk: one for one in people}
    for row in Membership.objects.current(aim.day).filter(user__in=people, node=old.node_id):
        roles[row.role].append(by_pk[row.user_id])
    moved = organisation.staff_leave(people=people, school=old, last=aim.day - _DAY)
    for role, holders in sorted(roles.items()):
        moved.add(organisation.staff_join(people=holders, school=new, role=role, starts=aim.day))
    return _moved(moved)


_DOING: dict[str, Callable[[list[User], Aim], dict[str, Any]]] = {
    Verb.CLOSE: _close,
    Verb.REOPEN: _reopen,
    Verb.PLACE: _place,
    Verb.LEAVE: _leave,
    Verb.RETURN: _return,
    Verb.TRANSFER: _transfer,
    Verb.POSTS_END: _posts_end,
    Verb.STAFF_TRANSFER: _staff_transfer,
}


def sign_in_address() -> str:
    """Where the slips send people."""
    return f"{settings.PLATFORM_HOST}{reverse(settings.LOGIN_URL)}"


def _slips(action: BulkAction) -> None:
    """New one-time passwords, hashed outside the transaction; passwords and sealed sheet are written at once."""
    lines = plan(action)
    people = [one.person for one in lines if not one.refusal]
    BulkAction.objects.filter(pk=action.pk).update(total=len(people), done=0)
    until = timezone.now() + PASSWORD_VALID_FOR
    slips = []
    for done, user in enumerate(people, start=1):
        password = password_new()
        user.password = make_password(password)
        user.must_change_password, user.initial_password_until = True, until
        slips.append(
            {
                "name": user.full_name,
                "group": "",
                "note": "",
                "code": user.code,
                "phone": display_phone(user.phone) if user.phone else "",
                "password": password,
            }
        )
        BulkAction.objects.filter(pk=action.pk).update(done=done)
    with override("vi"):
        pdf = sheet_pdf(school="Mái Trường", address=sign_in_address(), slips=slips, until=until)
    with transaction.atomic():
        # Who signed in meanwhile keeps the password they know; the slip of theirs does not work, as the sheet's rule says.
        still = set(
            User.objects.select_for_update()
            .filter(pk__in=[one.pk for one in people], last_login__isnull=True)
            .values_list("pk", flat=True)
        )
        User.objects.bulk_update(
            [one for one in people if one.pk in still],
            ["password", "must_change_password", "initial_password_until"],
            batch_size=100,
        )
        _finish(action, lines, sealed=seal(base64.b64encode(pdf).decode()).encode() if people else b"")


def bulk_undo(action: BulkAction) -> None:
    """Take a done action back within a day, the caller holds the transaction.

    Raises ValidationError when it cannot be (any more).
    """
    if action.verb not in UNDOABLE or not action.undo:
        raise ValidationError(_("This cannot be taken back."))
    if action.finished is None or action.finished < timezone.now() - UNDO_FOR:
        raise ValidationError(_("It was done more than a day ago; make a new change instead."))
    if not BulkAction.objects.filter(pk=action.pk, state=State.DONE).update(state=State.UNDONE):
        raise ValidationError(_("It has been taken back already."))
    _tell(action, [row["id"] for row in action.result if not row["refusal"]], undone=True)
    if "moved" in action.undo:
        organisation.moves_undo(moved=organisation.Moved(**action.undo["moved"]))
        return
    people = list(visible(action.by, User, "manage").filter(pk__in=action.undo["people"]))
    if action.undo["active"]:
        User.objects.filter(pk__in=[one.pk for one in people]).update(is_active=True)
    else:
        accounts_close(people)


def sweep() -> int:
    """Pick up actions whose hint was lost, give up those whose worker died, drop sheets that nobody fetched; how many."""
    now = timezone.now()
    lost = BulkAction.objects.filter(state=State.QUEUED, created__lt=now - datetime.timedelta(minutes=1))
    found: int = sum(bulk_run(pk) for pk in list(lost.values_list("pk", flat=True)[:20]))
    found += BulkAction.objects.filter(state=State.RUNNING, created__lt=now - SHEET_KEPT_FOR).update(state=State.FAILED)
    late = BulkAction.objects.filter(state=State.DONE, finished__lt=now - SHEET_KEPT_FOR).exclude(sealed=b"")
    found += late.update(sealed=b"")
    old = BulkAction.objects.filter(state=State.PREVIEW, created__lt=now - UNDO_FOR)
    return found + int(old.update(state=State.CANCELLED, people=[]))
