"""Asking for one's data, answering, agreeing and taking back, and the office's rules of keeping."""

import base64
import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from school.audit.services import record
from school.identity.models import User
from school.row_security import unfenced
from school.sealing import unseal

from .clock import ACKNOWLEDGE_WORKING_DAYS, working_days_after
from .models import Consent, DataExport, DataRequest, Purpose, RetentionRule, RetentionRun
from .processing import erase
from .selectors import answering_node, retention_table, subjects_of
from .signals import consent_withdrawn
from .tasks import carry_out_task, export_task

LINK_SECONDS = 900
SALT = "privacy.export"
# So many copies and open requests of one person at a time: each costs the worker or a reader.
COPIES_A_DAY, OPEN_REQUESTS = 5, 5


class PrivacyError(Exception):
    """What cannot be done, as a sentence for the person."""


def _of_own(by: User, person: User) -> None:
    if person.pk not in {one.pk for one in subjects_of(by)}:
        raise PrivacyError(_("You can only ask about your own data and your children's."))


@transaction.atomic
def export_start(*, person: User, by: User) -> DataExport:
    """Ask for a copy of everything about a person, made by the worker.

    Raises PrivacyError for somebody else's data and after five copies within a day.
    """
    _of_own(by, person)
    since = timezone.now() - datetime.timedelta(days=1)
    if DataExport.objects.filter(asked_by=by, created__gt=since).count() >= COPIES_A_DAY:
        raise PrivacyError(_("Enough copies for today. Try again tomorrow."))
    export: DataExport = DataExport.objects.create(person=person, asked_by=by)
    transaction.on_commit(partial(export_task.delay, export_id=export.pk))
    return export


def export_link(export: DataExport) -> str:
    """A token that opens the copy for a quarter of an hour, for whoever asked for it."""
    return signing.dumps({"export": export.pk, "by": export.asked_by_id}, salt=SALT)


@transaction.atomic
def export_fetch(*, token: str, by: User, request: HttpRequest | None = None) -> tuple[DataExport, bytes]:
    """The copy behind a link, told to the trail. Raises PrivacyError for a late, foreign or emptied one."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        raise PrivacyError(_("This link is no longer valid. Open the page again for a new one.")) from None
    export = DataExport.objects.select_related("person").filter(pk=said["export"], asked_by=by).first()
    if export is None or said["by"] != by.pk:
        raise PrivacyError(_("This link is no longer valid. Open the page again for a new one."))
    _of_own(by, export.person)
    if export.state != DataExport.State.READY:
        raise PrivacyError(_("The copy is no longer kept. Ask for a new one."))
    record(actor=by, action="exported", target=export.person, detail={"rows": export.rows}, request=request)
    return export, base64.b64decode(unseal(export.sealed))


@transaction.atomic
def request_make(*, person: User, kind: str, text: str, by: User, request: HttpRequest | None = None) -> DataRequest:
    """Send a wish for correction or deletion to whoever keeps the data, and start its clock.

    Raises PrivacyError for somebody else's data and when five requests already wait.
    """
    _of_own(by, person)
    if DataRequest.objects.waiting().filter(asked_by=by).count() >= OPEN_REQUESTS:
        raise PrivacyError(_("Five of your requests are waiting. Wait for an answer or withdraw one."))
    today = timezone.localdate()
    made: DataRequest = DataRequest.objects.create(
        person=person,
        asked_by=by,
        node=answering_node(person),
        kind=kind,
        text=text,
        acknowledge_by=working_days_after(today, ACKNOWLEDGE_WORKING_DAYS),
        due=today + datetime.timedelta(days=settings.PRIVACY_ANSWER_DAYS),
    )
    record(actor=by, action="data_requested", target=made, subject=person, detail={"kind": kind}, request=request)
    return made


@transaction.atomic
def request_withdraw(*, request_id: int, by: User) -> bool:
    """Take one's own waiting request back; whether there was one."""
    waiting = DataRequest.objects.waiting().filter(pk=request_id, asked_by=by)
    return bool(waiting.update(state=DataRequest.State.WITHDRAWN))


@transaction.atomic
def request_acknowledge(*, wish: DataRequest, by: User) -> None:
    """Say that the request has been read. Raises PrivacyError when it no longer waits for that, or is one's own."""
    _not_own(wish, by)
    changed = DataRequest.objects.filter(pk=wish.pk, state=DataRequest.State.OPEN).update(
        state=DataRequest.State.ACKNOWLEDGED, acknowledged_at=timezone.now(), acknowledged_by=by
    )
    if not changed:
        raise PrivacyError(_("This request has been answered or taken back meanwhile."))


@transaction.atomic
def request_answer(
    *, wish: DataRequest, granted: bool, answer: str, by: User, request: HttpRequest | None = None
) -> DataRequest:
    """Answer in words; a granted deletion erases at once what nothing obliges us to keep, and notes what went.

    Raises PrivacyError without words, when somebody else was faster, and for one's own request.
    """
    _not_own(wish, by)
    if not answer.strip():
        raise PrivacyError(_("Write the answer in words: what was done, or why not."))
    locked = DataRequest.objects.select_for_update().select_related("person").get(pk=wish.pk)
    if not locked.is_waiting:
        raise PrivacyError(_("This request has been answered or taken back meanwhile."))
    now = timezone.now()
    locked.state = DataRequest.State.DONE if granted else DataRequest.State.REFUSED
    locked.answer, locked.answered_at, locked.answered_by = answer.strip(), now, by
    if locked.acknowledged_at is None:
        locked.acknowledged_at, locked.acknowledged_by = now, by
    if granted and locked.kind == DataRequest.Kind.DELETION:
        # Also what the person left at schools that this reader cannot reach.
        with unfenced():
            locked.erased = erase(locked.person)
        record(actor=by, action="data_erased", target=locked.person, detail=locked.erased, request=request)
    locked.save()
    detail = {"kind": locked.kind, "granted": granted}
    record(actor=by, action="data_answered", target=locked, subject=locked.person, detail=detail, request=request)
    return locked


def _not_own(wish: DataRequest, by: User) -> None:
    if by.pk in (wish.person_id, wish.asked_by_id):
        raise PrivacyError(_("Your own request is answered by somebody else."))


@transaction.atomic
def consent_give(*, child: User, purpose: str, by: User, request: HttpRequest | None = None) -> Consent:
    """Note the person's yes; the same yes twice is one. Raises PrivacyError for somebody else's child or an unknown purpose."""
    _of_own(by, child)
    if purpose not in Purpose.values:
        raise PrivacyError(_("There is no such purpose."))
    try:
        with transaction.atomic():
            given: Consent = Consent.objects.create(child=child, purpose=purpose, by=by)
    except IntegrityError:
        found: Consent = Consent.objects.get(child=child, purpose=purpose, by=by, withdrawn_at__isnull=True)
        return found
    record(actor=by, action="consent_given", target=given, subject=child, detail={"for": purpose}, request=request)
    return given


@transaction.atomic
def consent_withdraw(*, child: User, purpose: str, by: User, request: HttpRequest | None = None) -> bool:
    """Take one's own yes back; it holds from this moment. Whether there was one."""
    mine = Consent.objects.filter(child=child, purpose=purpose, by=by, withdrawn_at__isnull=True)
    changed = mine.update(withdrawn_at=timezone.now())
    if changed:
        record(actor=by, action="consent_withdrawn", target=child, detail={"for": purpose}, request=request)
        consent_withdrawn.send(sender=Consent, child=child, purpose=purpose)
    return bool(changed)


@transaction.atomic
def retention_set(*, kind: str, years: int | None, basis: str, by: User) -> RetentionRule:
    """Set how many years a kind of record is kept. Raises PrivacyError for a kind that is kept for good, and without a basis."""
    line = next((one for one in retention_table() if one.kind.code == kind), None)
    if line is None or not line.countable:
        raise PrivacyError(_("Records of this kind are kept for good."))
    if years is not None and (years < 1 or not basis.strip()):
        raise PrivacyError(_("Give a number of years from 1 on, and the rule it rests on."))
    rule: RetentionRule
    rule, _made = RetentionRule.objects.update_or_create(
        kind=kind, defaults={"years": years, "basis": basis.strip(), "changed_by": by}
    )
    record(actor=by, action="settings_changed", target=rule, detail={"kind": kind, "years": years})
    return rule


@transaction.atomic
def retention_confirm(*, run: RetentionRun, by: User) -> None:
    """Let a report be carried out by the worker. Raises PrivacyError when it is not the one that waits."""
    changed = RetentionRun.objects.filter(pk=run.pk, state=RetentionRun.State.REPORT).update(
        state=RetentionRun.State.CONFIRMED, confirmed_by=by
    )
    if not changed:
        raise PrivacyError(_("There is a newer report, or somebody has decided already."))
    transaction.on_commit(partial(carry_out_task.delay, run_id=run.pk))
