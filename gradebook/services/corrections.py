"""Corrections of locked marks: asked for by a teacher, decided by the principal, written in the transaction that approves."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gradebook.cells import Change
from gradebook.corrected import consequences_of
from gradebook.entry import entries_of
from gradebook.models import (
    Correction,
    CorrectionCell,
    Mark,
    MarkLog,
    MarkReview,
    MarkSheet,
    SheetState,
    TermResult,
    pending_q,
)
from gradebook.regulations import marks as tenth
from gradebook.regulations import sheets as rules
from gradebook.selectors import cell_of, marks_of, sheet_students
from gradebook.services.errors import SheetError
from gradebook.services.log import Entry, log_append
from gradebook.services.marks import fault_text, results_recompute
from gradebook.services.states import hold, reason_of
from gradebook.signals import marks_corrected, review_answered
from school.identity.models import User

#: More cells in one request are no correction but another book: the sheet is then opened again with a reason.
MOST_CELLS = 60


class CorrectionError(SheetError):
    """A request cannot be made or decided; ``faults`` says so cell by cell where that is why."""

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.faults = list(faults)


def _wanted(held: MarkSheet, changes: Sequence[Change]) -> list[CorrectionCell]:
    """The cells of a request with what stands there now; raises CorrectionError with a fault for each that cannot be."""
    entries = entries_of(held)
    columns = {column.pk: column for column in held.columns.all()}
    students = {student.pk: student for student in sheet_students(held)}
    marks = marks_of(held, (change.student for change in changes))
    waiting = set(
        CorrectionCell.objects.filter(pending_q("correction__"), correction__sheet=held).values_list(
            "student", "column"
        )
    )
    cells, faults = [], []
    for change in changes:
        column, student = columns.get(change.column), students.get(change.student)
        if column is None or student is None:
            raise CorrectionError(_("This pupil or column is not in the sheet."))
        who = f"{student.full_name}, {column.code}"
        mark = marks.get((change.student, change.column))
        old = rules.cell_text(cell_of(mark))
        read = rules.cell_read(column.scale, change.value)
        entry = entries[column.group]
        if read.fault:
            faults.append(f"{who}: “{change.value}” – {fault_text(read.fault)}")
        elif entry.state in (SheetState.SUBMITTED, SheetState.SIGNED) or entry.takes(blank=not old):
            why = entry.why or _("the column takes marks now: change it in the sheet.")
            faults.append(f"{who}: {why}")
        elif (change.student, change.column) in waiting:
            faults.append(_("%(who)s: another correction of this mark waits for a decision.") % {"who": who})
        elif rules.cell_text(read.cell) == old:
            continue
        elif change.version != (mark.version if mark else 0):
            said = _("%(who)s: the mark has changed since the page was opened; it is %(now)s now.")
            faults.append(said % {"who": who, "now": old or "–"})
        else:
            cells.append(
                CorrectionCell(
                    column=column,
                    student=student,
                    version=mark.version if mark else 0,
                    old=old,
                    new=rules.cell_text(read.cell),
                )
            )
    if faults:
        raise CorrectionError(_("Some marks cannot be corrected like this."), faults)
    return cells


@transaction.atomic
def correction_request(
    *,
    sheet: MarkSheet,
    changes: Sequence[Change],
    by: User,
    reason: str,
    evidence: File | None = None,
    evidence_name: str = "",
    review: MarkReview | None = None,
) -> Correction:
    """Ask for a correction of locked marks; ``by`` must be allowed to. ``evidence`` is a scan of the paper it rests on.

    Raises CorrectionError without a reason, without a change, for a cell that can be changed in the sheet, is handed in or
    signed, or waits for another decision already.
    """
    held = hold(sheet)
    reason = reason_of(reason, _("Say why the marks are corrected."))
    cells = _wanted(held, changes)
    if not cells:
        raise CorrectionError(_("No mark is changed: write the new mark over the old one."))
    if len(cells) > MOST_CELLS:
        raise CorrectionError(
            _("At most %(n)s marks in one request; for more, ask the principal to open the sheet again.")
            % {"n": MOST_CELLS}
        )
    made = Correction(sheet=held, by=by, reason=reason)
    if evidence is not None:
        made.evidence_sha256 = _digest(evidence)
        made.evidence_name = " ".join(evidence_name.split())[:200]
        made.evidence.save(evidence_name, evidence, save=False)
    made.save()
    for cell in cells:
        cell.correction = made
        cell.school_id = held.school_id
    CorrectionCell.objects.bulk_create(cells)
    if review is not None:
        MarkReview.objects.filter(pk=review.pk, state=MarkReview.State.OPEN).update(correction=made)
    _log(held, made, MarkLog.Action.REQUEST, by=by, reason=reason)
    return made


def _digest(file: File) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _log(held: MarkSheet, correction: Correction, action: str, *, by: User, reason: str) -> None:
    entry = Entry("", str(correction.pk), action=action, reason=reason)
    log_append(held, [entry], by=by, evidence=correction.evidence_sha256)
    held.save(update_fields=["log_length", "log_head"])


def _taken(correction: Correction) -> tuple[MarkSheet, Correction]:
    """The sheet and the request under their locks; raises CorrectionError unless it still waits for a decision."""
    held = hold(correction.sheet)
    found = Correction.objects.select_for_update(of=("self",)).select_related("by").get(pk=correction.pk)
    found.sheet = held
    if found.is_expired:
        raise CorrectionError(_("The time for a decision is over: the teacher has to ask again."))
    if not found.is_pending:
        raise CorrectionError(
            _("This request is no longer waiting: %(state)s.") % {"state": found.get_state_display().lower()}
        )
    return held, found


def _decide(found: Correction, state: str, *, by: User, answer: str) -> None:
    if found.by_id == by.pk:
        raise CorrectionError(_("Nobody decides their own request."))
    found.state, found.decided_by, found.decided_at, found.answer = state, by, timezone.now(), answer
    found.save(update_fields=["state", "decided_by", "decided_at", "answer", "consequences"])


@transaction.atomic
def correction_approve(*, correction: Correction, by: User, answer: str = "") -> Correction:
    """Approve: the marks, their results, what families read and the log are written at once, and the lock stays.

    ``by`` must be allowed to decide. Raises CorrectionError for one's own request, after its time, once the sheet is signed,
    and when a mark is no longer the one that the request speaks of. Sends ``marks_corrected`` after the commit when families
    had read the old value.
    """
    held, found = _taken(correction)
    found.consequences = [line.as_json() for line in consequences_of(found)]
    _decide(found, Correction.State.APPROVED, by=by, answer=" ".join(answer.split())[:300])
    cells = list(found.cells.select_related("column", "student"))
    if any(held.states[cell.column.group] == SheetState.SIGNED for cell in cells):
        raise CorrectionError(_("The sheet is signed: the signature must be revoked first."))
    told = _write(held, found, cells)
    log_append(
        held,
        [
            Entry(
                cell.old, cell.new, column=cell.column_id, student=cell.student_id,
                reason=found.reason, group=cell.column.group,
            )
            for cell in cells
        ],
        by=found.by,
        channel=MarkLog.Channel.CORRECTION,
        source=f"correction:{found.pk}",
        approver=by,
        evidence=found.evidence_sha256,
    )  # fmt: skip
    held.changed_at = timezone.now()
    held.save(update_fields=["changed_at"])
    _log(held, found, MarkLog.Action.APPROVE, by=by, reason=found.answer)
    _reviews_settle(found, by=by, cells=cells)
    if told:
        transaction.on_commit(partial(marks_corrected.send, sender=Correction, correction=found, students=sorted(told)))
    return found


def _write(held: MarkSheet, found: Correction, cells: Sequence[CorrectionCell]) -> set[int]:
    """Write the marks past the lock, for these cells alone; the ids of pupils whose published marks changed."""
    marks = marks_of(held, (cell.student_id for cell in cells))
    now = timezone.now()
    create, update, told = [], [], set()
    for cell in cells:
        mark = marks.get((cell.student_id, cell.column_id))
        if (mark.version if mark else 0) != cell.version or rules.cell_text(cell_of(mark)) != cell.old:
            raise CorrectionError(
                _("%(name)s, %(column)s: the mark has changed since the request. The teacher has to ask again.")
                % {"name": cell.student.full_name, "column": cell.column.code}
            )
        if mark is None:
            mark = Mark(column=cell.column, student=cell.student, version=0)
            create.append(mark)
        else:
            update.append(mark)
        read = rules.cell_read(cell.column.scale, cell.new).cell
        mark.value = None if read.tenths is None else tenth.to_decimal(read.tenths)
        mark.comment, mark.origin = read.text, Mark.Origin.CORRECTION
        mark.version, mark.by, mark.at = mark.version + 1, found.by, now
        if held.published_at is not None and (mark.published_at is not None or mark in create):
            told.add(cell.student_id)
            mark.published_value, mark.published_comment, mark.published_at = mark.value, mark.comment, now
    MarkSheet.objects.filter(pk=held.pk).update(correcting=found)
    Mark.objects.bulk_create(create)
    fields = ["value", "comment", "version", "by", "at", "origin"]
    Mark.objects.bulk_update(update, [*fields, "published_value", "published_comment", "published_at"])
    MarkSheet.objects.filter(pk=held.pk).update(correcting=None)
    results_recompute(held, {cell.student_id for cell in cells})
    results = list(TermResult.objects.filter(sheet=held, student__in=told, published_at__isnull=False))
    for result in results:
        result.published_average, result.published_result, result.published_at = result.average, result.result, now
    TermResult.objects.bulk_update(results, ["published_average", "published_result", "published_at"])
    return told


def _reviews_settle(found: Correction, *, by: User, cells: Sequence[CorrectionCell]) -> None:
    """Families who asked to look at one of these marks again have their answer."""
    places = {(cell.student_id, cell.column_id): cell for cell in cells}
    for review in found.reviews.filter(state=MarkReview.State.OPEN):
        cell = places.get((review.student_id, review.column_id))
        if cell is None:
            continue
        review.state, review.answered_by, review.answered_at = MarkReview.State.CHANGED, found.by, timezone.now()
        review.answer = _("The mark was corrected: %(old)s → %(new)s.") % {
            "old": cell.old or "–",
            "new": cell.new or "–",
        }
        review.save(update_fields=["state", "answer", "answered_by", "answered_at"])
        transaction.on_commit(partial(review_answered.send, sender=MarkReview, review=review))


@transaction.atomic
def correction_reject(*, correction: Correction, by: User, answer: str) -> Correction:
    """Refuse, with words for the teacher. Raises CorrectionError without them and as ``correction_approve`` does."""
    held, found = _taken(correction)
    answer = reason_of(answer, _("Say why the request is refused."))
    _decide(found, Correction.State.REJECTED, by=by, answer=answer)
    _log(held, found, MarkLog.Action.REJECT, by=by, reason=answer)
    return found


@transaction.atomic
def correction_withdraw(*, correction: Correction, by: User) -> Correction:
    """Withdraw one's own request as long as nobody has decided it. Raises CorrectionError otherwise."""
    held, found = _taken(correction)
    if found.by_id != by.pk:
        raise CorrectionError(_("Only whoever asked can withdraw the request."))
    found.state = Correction.State.WITHDRAWN
    found.save(update_fields=["state"])
    _log(held, found, MarkLog.Action.WITHDRAW, by=by, reason="")
    return found
