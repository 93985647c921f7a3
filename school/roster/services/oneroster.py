"""OneRoster sets in and out: one way for the command line and the web."""

from datetime import date
from functools import partial

from django.db import transaction
from django.utils import timezone

from school.audit.services import record as tell
from school.identity.models import User
from school.organisation.models import Node, School
from school.roster.models import OneRosterSet
from school.roster.oneroster.exporting import export_set
from school.roster.oneroster.taking import Taken, set_take
from school.roster.tasks import oneroster_task
from school.row_security import unfenced

State = OneRosterSet.State


@transaction.atomic
def oneroster_export(*, version: str, schools: list[School], by: User | None, since: date | None = None) -> bytes:
    """The zip of a set of these schools, whole or with what has changed since a day. It is told to the trail."""
    # Ids are one table for the whole district; what is told is held to the schools given.
    with unfenced():
        content, rows = export_set(version=version, schools=schools, since=since)
    school = schools[0] if len(schools) == 1 else None
    detail = {"rows": rows, "what": f"OneRoster {version}", "schools": [one.code for one in schools][:60]}
    tell(actor=by, action="exported", target=school, detail=detail)
    return content


def oneroster_import(*, content: bytes, dry_run: bool = False, accept_valid: bool = False) -> Taken:
    """Take a set over from the command line: everything, or nothing when it has faults that were not accepted."""
    return set_take(content, dry_run=dry_run, accept_valid=accept_valid)


@transaction.atomic
def oneroster_send(*, node: Node, file_name: str, content: bytes, by: User) -> OneRosterSet:
    """Keep a set that an office's administrator sent; the worker finds out what it would change."""
    sent = OneRosterSet.objects.create(node=node, file_name=file_name[-200:], content=content, by=by)
    transaction.on_commit(partial(oneroster_task.delay, set_id=sent.pk))
    return sent


@transaction.atomic
def oneroster_confirm(*, sent: OneRosterSet, accept_valid: bool) -> bool:
    """Let the worker write a previewed set; False when it no longer waits for an answer."""
    claimed = OneRosterSet.objects.filter(pk=sent.pk, state=State.PREVIEW).update(
        state=State.CONFIRMED, accept_valid=accept_valid, beat=timezone.now()
    )
    if claimed:
        transaction.on_commit(partial(oneroster_task.delay, set_id=sent.pk))
    return bool(claimed)


def oneroster_cancel(*, sent: OneRosterSet) -> bool:
    """Drop a set that is not being written."""
    waiting = (State.QUEUED, State.CHECKING, State.PREVIEW)
    return bool(OneRosterSet.objects.filter(pk=sent.pk, state__in=waiting).update(state=State.CANCELLED, content=b""))
