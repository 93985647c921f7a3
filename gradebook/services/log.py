"""The log of a sheet: rows are added in the transaction of the change, each holding the hash of the one before."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from gradebook.models import Correction, Mark, MarkLog, MarkSheet, SheetState
from gradebook.regulations import sheets as rules
from gradebook.selectors import cell_of
from school.identity.models import User
from school.policy import Actor, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened: a mark's change names its column and pupil, a change of the sheet's state names neither."""

    old: str
    new: str
    action: str = MarkLog.Action.MARK
    column: int | None = None
    student: int | None = None
    reason: str = ""
    group: str = ""


#: What rows written now are hashed over; rows of format 1 stay as they were and are checked as they were.
FORMAT = 2


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
    if row.format != 1:
        facts += [row.format, row.group, row.evidence, row.role, row.approver_id]
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def role_for(sheet: MarkSheet, user: User) -> str:
    """As what somebody acts on a sheet: the nearest of their relations to it, "" for none (the system's own work)."""
    actor = Actor.of(user)
    if (sheet.school_class_id, sheet.subject_id) in actor.taught:
        return Role.TEACHER
    if sheet.school_class_id in actor.homeroom_classes:
        return Role.HOMEROOM
    posts = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)
    return next((role for role in posts if sheet.school_id in actor.schools(role)), "")


def log_append(
    sheet: MarkSheet,
    entries: Sequence[Entry],
    *,
    by: User,
    channel: str = MarkLog.Channel.WEB,
    source: str = "",
    approver: User | None = None,
    evidence: str = "",
) -> None:
    """Add rows to the sheet's log. The caller holds the sheet's row lock and saves the sheet afterwards.

    ``approver`` is who approved or ordered it when that is not ``by``; ``evidence`` the hash of the paper it rests on.
    """
    now = timezone.now()
    role = role_for(sheet, by)
    rows = []
    for entry in entries:
        sheet.log_length += 1
        row = MarkLog(
            sheet_id=sheet.pk,
            position=sheet.log_length,
            action=entry.action,
            column_id=entry.column,
            student_id=entry.student,
            old=entry.old,
            new=entry.new,
            reason=entry.reason,
            group=entry.group,
            channel=channel,
            source=source,
            evidence=evidence,
            by_id=by.pk,
            role=role,
            approver_id=approver.pk if approver else None,
            at=now,
            format=FORMAT,
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


_STATES = {
    MarkLog.Action.SUBMIT.value: SheetState.SUBMITTED.value,
    MarkLog.Action.TAKE_BACK.value: SheetState.OPEN.value,
    MarkLog.Action.LOCK.value: SheetState.LOCKED.value,
    MarkLog.Action.UNLOCK.value: SheetState.OPEN.value,
    MarkLog.Action.SIGN.value: SheetState.SIGNED.value,
    MarkLog.Action.REVOKE.value: SheetState.LOCKED.value,
}


def _papers_verify(sheet: MarkSheet, logged: set[str]) -> Iterator[LogFault]:
    """Whether each paper the log speaks of is kept, unchanged."""
    kept = {}
    if logged:
        for correction in Correction.objects.filter(sheet=sheet, evidence_sha256__in=logged):
            try:
                with correction.evidence.open("rb") as paper:
                    kept[correction.evidence_sha256] = hashlib.file_digest(paper, "sha256").hexdigest()
            except OSError:
                continue
    for digest in sorted(logged):
        if kept.get(digest) != digest:
            yield LogFault(sheet.pk, None, _("the paper of a correction is missing or was changed"))


def log_verify(sheet: MarkSheet) -> Iterator[LogFault]:
    """Check the chain, its length and head, and that replaying it gives the marks and the states that are stored.

    A paper that a correction rests on is read again and must still be the one whose hash the log holds.
    """
    previous, length = "", 0
    last: dict[tuple[int | None, int | None], str] = {}
    states = dict.fromkeys(sheet.states, SheetState.OPEN.value)
    papers: set[str] = set()
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
        elif row.action in _STATES:
            # A row of format 1 spoke of the whole sheet.
            states |= dict.fromkeys([row.group] if row.group else states, _STATES[row.action])
        elif row.action == MarkLog.Action.APPROVE and row.evidence:
            papers.add(row.evidence)
    if (length, previous) != (sheet.log_length, sheet.log_head):
        yield LogFault(sheet.pk, None, _("rows are missing at the end of the log"))
    if states != sheet.states:
        yield LogFault(sheet.pk, None, _("the state of the sheet was changed beside the log"))
    yield from _papers_verify(sheet, papers)
    for mark in Mark.objects.filter(column__sheet=sheet):
        stored = rules.cell_text(cell_of(mark))
        if last.pop((mark.column_id, mark.student_id), "") != stored:
            yield LogFault(sheet.pk, None, _("a mark was changed beside the log (cell %(cell)s)") % {"cell": mark.pk})
    if any(last.values()):
        yield LogFault(sheet.pk, None, _("a logged mark is not stored"))
