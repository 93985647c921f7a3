"""The log of a sheet: rows are added in the transaction of the change, each holding the hash of the one before."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from gradebook.models import Mark, MarkLog, MarkSheet
from gradebook.regulations import sheets as rules
from gradebook.selectors import cell_of
from school.identity.models import User


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened: a mark's change names its column and pupil, a change of the sheet's state names neither."""

    old: str
    new: str
    action: str = MarkLog.Action.MARK
    column: int | None = None
    student: int | None = None
    reason: str = ""


def row_hash(row: MarkLog) -> str:
    """SHA-256 over the row's facts and the hash before it, in one fixed JSON form."""
    facts = [
        row.sheet_id,
        row.position,
        row.action,
        row.column_id,
        row.student_id,
        row.old,
        row.new,
        row.reason,
        row.channel,
        row.source,
        row.by_id,
        row.at.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
        row.previous,
    ]
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def log_append(
    sheet: MarkSheet, entries: Sequence[Entry], *, by: User, channel: str = MarkLog.Channel.WEB, source: str = ""
) -> None:
    """Add rows to the sheet's log. The caller holds the sheet's row lock and saves the sheet afterwards."""
    now = timezone.now()
    rows = []
    for entry in entries:
        sheet.log_length += 1
        row = MarkLog(
            sheet=sheet,
            position=sheet.log_length,
            action=entry.action,
            column_id=entry.column,
            student_id=entry.student,
            old=entry.old,
            new=entry.new,
            reason=entry.reason,
            channel=channel,
            source=source,
            by=by,
            at=now,
            previous=sheet.log_head,
        )
        row.hash = sheet.log_head = row_hash(row)
        rows.append(row)
    MarkLog.objects.bulk_create(rows)


@dataclass(frozen=True, slots=True)
class LogFault:
    """Where a sheet's log does not hold, in words; position None speaks of the whole sheet."""

    sheet: int
    position: int | None
    what: str


def log_verify(sheet: MarkSheet) -> Iterator[LogFault]:
    """Check the chain, its length and head, and that replaying it gives the marks that are stored."""
    previous, length = "", 0
    last: dict[tuple[int | None, int | None], str] = {}
    for row in MarkLog.objects.filter(sheet=sheet).order_by("position"):
        length += 1
        if row.position != length:
            yield LogFault(sheet.pk, row.position, _("a row is missing before this one"))
            length = row.position
        if row.previous != previous:
            yield LogFault(sheet.pk, row.position, _("does not follow the row before it"))
        if row.hash != row_hash(row):
            yield LogFault(sheet.pk, row.position, _("was changed after it was written"))
        previous = row.hash
        if row.action == MarkLog.Action.MARK:
            last[row.column_id, row.student_id] = row.new
    if (length, previous) != (sheet.log_length, sheet.log_head):
        yield LogFault(sheet.pk, None, _("rows are missing at the end of the log"))
    for mark in Mark.objects.filter(column__sheet=sheet):
        stored = rules.cell_text(cell_of(mark))
        if last.pop((mark.column_id, mark.student_id), "") != stored:
            yield LogFault(sheet.pk, None, _("a mark was changed beside the log (cell %(cell)s)") % {"cell": mark.pk})
    if any(last.values()):
        yield LogFault(sheet.pk, None, _("a logged mark is not stored"))
