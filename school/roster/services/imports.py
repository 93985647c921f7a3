"""A list is sent, its columns are matched, it is looked at, and taken over or dropped."""

import hashlib
from collections.abc import Mapping
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from school.identity.models import User
from school.organisation.models import Node, School
from school.roster import jobs
from school.roster.models import ColumnLayout, RosterImport
from school.roster.processing.tables import row_count
from school.roster.tasks import check_task, write_task
from school.roster.writing.imports import Outcome

# Lists longer than this are read and written by the worker, and a page shows how far it is.
AT_ONCE = 500
State = RosterImport.State


def import_preview(*, school: School, kind: str, file_name: str, content: bytes, by: User) -> RosterImport:
    """Keep a sent file and find out what it would change: at once, or by the worker when it is long."""
    record = RosterImport.objects.create(
        school=school,
        kind=kind,
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        by=by,
        content=content,
        state=State.QUEUED,
        total=row_count(content),
        beat=timezone.now(),
    )
    _check(record)
    return record


def _check(record: RosterImport) -> None:
    if record.total > AT_ONCE:
        transaction.on_commit(partial(check_task.delay, import_id=record.pk))
    else:
        jobs.import_check(record.pk)
    record.refresh_from_db()


def import_columns(
    *, record: RosterImport, row: int, columns: Mapping[str, str], layout: ColumnLayout | None = None
) -> bool:
    """Keep what a person said of the columns and read the list anew; False when the list no longer waits for that."""
    claimed = RosterImport.objects.filter(pk=record.pk, state__in=[State.MAPPING, State.PREVIEW]).update(
        state=State.QUEUED, columns=dict(columns), header_row=row, layout=layout, message="", beat=timezone.now()
    )
    if claimed:
        record.refresh_from_db()
        _check(record)
    return bool(claimed)


@transaction.atomic
def layout_remember(
    *, place: School | Node, kind: str, fingerprint: str, name: str, columns: Mapping[str, str], by: User
) -> ColumnLayout:
    """Remember the columns of files with these headings for a school, or for every school at or below a node."""
    where = {"school": place} if isinstance(place, School) else {"node": place}
    layout, _made = ColumnLayout.objects.update_or_create(
        **where, kind=kind, fingerprint=fingerprint, defaults={"name": name[:120], "columns": dict(columns), "by": by}
    )
    return layout


def layout_forget(*, layout: ColumnLayout) -> None:
    """Forget what was said of such files: the next one is read by the words of its headings."""
    layout.delete()


def import_confirm(
    *, record: RosterImport, by: User, accept_valid: bool, accept_repairs: bool = False, create_classes: bool = False
) -> Outcome | None:
    """Write a previewed list: at once, or by the worker when it is long; then None is given back."""
    options = {
        "by": by.pk,
        "accept_valid": accept_valid,
        "accept_repairs": accept_repairs,
        "create_classes": create_classes,
    }
    # Two clicks must not write twice: whoever turns the state first goes on.
    claimed = RosterImport.objects.filter(pk=record.pk, state=State.PREVIEW).update(
        state=State.CONFIRMED, options=options, message="", stage="", done=0, beat=timezone.now()
    )
    if not claimed:
        return Outcome(refusal=_("This list has already been answered or was not answered in time. Send it again."))
    if record.counts.get("rows", 0) > AT_ONCE:
        transaction.on_commit(partial(write_task.delay, import_id=record.pk))
        return None
    return jobs.import_write(record.pk)


def import_cancel(*, record: RosterImport) -> bool:
    """Forget a sent list that is not being written yet; whether it still could be."""
    return bool(
        RosterImport.objects.filter(pk=record.pk, state__in=RosterImport.DROPPABLE).update(
            state=State.CANCELLED, content=b"", answered=timezone.now()
        )
    )


def import_record(*, school: School, kind: str, file_name: str, content: bytes, outcome: Outcome) -> None:
    """Remember an import from the command line; one that changed nothing leaves no trace."""
    if not outcome.written or not outcome.counts.anything:
        return
    RosterImport.objects.create(
        school=school,
        kind=kind,
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        state=State.DONE,
        answered=timezone.now(),
        **jobs.told(outcome) | {"faults": [], "warnings": []},
    )
