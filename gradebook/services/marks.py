"""Saving marks: one transaction for a batch, each cell answered for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from gradebook.cells import Change, Outcome
from gradebook.entry import entries_of
from gradebook.models import Mark, MarkColumn, MarkLog, MarkSheet, SaveReceipt, TermResult
from gradebook.regulations import marks as tenth
from gradebook.regulations import sheets as rules
from gradebook.selectors import average_text, cell_of, result_words, sheet_students, spec_of
from gradebook.services.log import Entry, log_append
from gradebook.services.results import learning_results_recompute
from school.identity.models import User

OK, CONFLICT, REFUSED = "ok", "conflict", "refused"


def fault_text(fault: str) -> str:
    """Why a typed value is refused, in the reader's language."""
    return {
        "format": _("Enter a number from 0 to 10, for example 7,5."),
        "range": _("The highest mark is 10."),
        "whole": _("This test takes whole marks only."),
        "pass": _("Enter Đ (passed) or CĐ (not passed)."),
        "level": _("Enter T, H or C."),
        "long": _("At most 300 characters."),
    }[fault]


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer to a batch: one outcome per cell, and the results of the rows that changed (student → text)."""

    outcomes: list[Outcome] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    changed: int = 0

    def as_json(self) -> dict[str, Any]:
        """The form that the page's script reads and that a receipt keeps."""
        return {"outcomes": [asdict(outcome) for outcome in self.outcomes], "results": self.results}


@dataclass(slots=True)
class _Work:
    """A batch on its way: whose it is, what is to be written and what was answered."""

    by: User
    origin: str = ""
    reason: str = ""
    columns: list[MarkColumn] = field(default_factory=list)
    rows: list[Mark] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    # Whether something was refused only because its column takes no marks now: that may change.
    closed: bool = False


def _sort_out(sheet: MarkSheet, changes: Sequence[Change], by: User, *, origin: str = "", reason: str = "") -> _Work:
    entries = entries_of(sheet)
    columns = {column.pk: column for column in sheet.columns.all()}
    students = set(sheet_students(sheet).values_list("pk", flat=True))
    latest = {(change.student, change.column): change for change in changes}
    existing = {
        (mark.student_id, mark.column_id): mark
        for mark in Mark.objects.filter(
            column__sheet=sheet, student__in={change.student for change in changes}
        ).annotate(by_name=F("by__full_name"))
    }
    work = _Work(by, origin, reason, list(columns.values()))
    for (student, column_pk), change in latest.items():
        column = columns.get(column_pk)

        def refuse(why: str, student: int = student, column_pk: int = column_pk) -> None:
            work.outcomes.append(Outcome(student, column_pk, REFUSED, why=why))

        if column is None or student not in students:
            refuse(_("This pupil or column is not in the sheet."))
            continue
        entry = entries[column.group]
        mark = existing.get((student, column_pk))
        if not entry.takes(blank=cell_of(mark).blank):
            work.closed = True
            refuse(entry.why)
            continue
        read = rules.cell_read(column.scale, change.value)
        if read.fault:
            refuse(fault_text(read.fault))
            continue
        _place(work, mark, column, change, read.cell)
    return work


def _place(work: _Work, mark: Mark | None, column: MarkColumn, change: Change, cell: rules.Cell) -> None:
    """Decide one readable change: nothing to do, a conflict with what another wrote meanwhile, or a write."""
    current = cell_of(mark)
    version = mark.version if mark else 0
    if cell != current and change.version == version:
        version += 1
        work.entries.append(
            Entry(
                rules.cell_text(current),
                rules.cell_text(cell),
                column=column.pk,
                student=change.student,
                reason=work.reason,
            )
        )
        work.rows.append(
            Mark(
                column=column,
                student_id=change.student,
                value=None if cell.tenths is None else tenth.to_decimal(cell.tenths),
                comment=cell.text,
                version=version,
                by=work.by,
                at=timezone.now(),
                origin=work.origin,
            )
        )
        current = cell
    text = rules.cell_text(current)
    if cell == current:
        work.outcomes.append(Outcome(change.student, column.pk, OK, text, version))
    else:
        name = getattr(mark, "by_name", "")
        why = _("%(name)s changed this cell meanwhile.") % {"name": name}
        work.outcomes.append(Outcome(change.student, column.pk, CONFLICT, text, version, why=why, by=name))


def results_recompute(
    sheet: MarkSheet, students: set[int] | None = None, *, columns: Sequence[MarkColumn] | None = None
) -> dict[int, TermResult]:
    """Recompute and store the results of the named pupils (all with a mark when None): four queries, three with ``columns``.

    Whose result changed gets the term's and the year's anew. The published copy of a result is left as it is. The caller is
    inside a transaction that holds the sheet.
    """
    columns = list(sheet.columns.all()) if columns is None else columns
    before = {
        row.student_id: (row.average, row.result)
        for row in TermResult.objects.filter(sheet=sheet, **({} if students is None else {"student__in": students}))
    }
    specs = [spec_of(column) for column in columns]
    marks = Mark.objects.filter(column__sheet=sheet)
    if students is not None:
        marks = marks.filter(student__in=students)
    by_student: dict[int, dict[int, rules.Cell]] = {pk: {} for pk in students or ()}
    # Plain values: a class's sheet holds some three hundred marks, and rows would take longer to make than to read.
    for student, column, value, comment in marks.values_list("student", "column", "value", "comment"):
        cell = rules.Cell(None if value is None else tenth.to_tenths(value), comment)
        by_student.setdefault(student, {})[column] = cell
    rows = []
    for student, found in by_student.items():
        cells = [found.get(column.pk, rules.BLANK) for column in columns]
        row = rules.row_result(
            sheet.circular, comment=sheet.is_comment, columns=specs, cells=cells, pass_only=sheet.pass_only
        )
        average = None if row.average is None else tenth.to_decimal(row.average)
        rows.append(
            TermResult(sheet=sheet, student_id=student, average=average, result=row.result, missing=row.missing)
        )
    TermResult.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["sheet", "student"],
        update_fields=["average", "result", "missing"],
    )
    other = {row.student_id for row in rows if before.get(row.student_id, (None, "")) != (row.average, row.result)}
    if other:
        learning_results_recompute(sheet.school_class, other)
    return {row.student_id: row for row in rows}


def result_text(result: TermResult) -> str:
    """A result as the grid shows it."""
    return result_words(average_text(result.average), result.result)


def marks_save(
    *,
    sheet: MarkSheet,
    changes: Sequence[Change],
    by: User,
    key: str = "",
    channel: str = MarkLog.Channel.WEB,
    source: str = "",
    origin: str = "",
    reason: str = "",
) -> Saved:
    """Save a batch of cells in one transaction; ``by`` must be allowed to edit the sheet (ask the policy first).

    The state of the sheet's groups is read under its row's lock, and the days of entry are asked of the server's clock
    there. A cell whose version has moved on is a conflict and keeps the other
    person's value; an unreadable or foreign one is refused; the rest is written, logged and its rows recomputed. A
    batch that comes again with the same ``key`` (at most 64 characters) gets the first answer and writes nothing.
    """
    with transaction.atomic():
        held = (
            MarkSheet.objects.select_for_update(of=("self",))
            .select_related("school_class", "term", "school__node")
            .get(pk=sheet.pk)
        )
        if key:
            receipt = SaveReceipt.objects.filter(sheet=held, by=by, key=key).first()
            if receipt:
                answer = receipt.answer
                return Saved([Outcome(**outcome) for outcome in answer["outcomes"]], answer["results"])
        work = _sort_out(held, changes, by, origin=origin, reason=reason)
        results: dict[int, TermResult] = {}
        if work.entries:
            # One statement for new and changed cells alike; an update of many rows by cases takes three times as long.
            Mark.objects.bulk_create(
                work.rows,
                update_conflicts=True,
                unique_fields=["column", "student"],
                update_fields=["value", "comment", "version", "by", "at", "origin"],
            )
            students = {entry.student for entry in work.entries if entry.student}
            results = results_recompute(held, students, columns=work.columns)
            log_append(held, work.entries, by=by, channel=channel, source=source)
            held.changed_at = timezone.now()
            held.save(update_fields=["log_length", "log_head", "changed_at"])
        texts = {str(pk): result_text(result) for pk, result in results.items()}
        saved = Saved(work.outcomes, texts, len(work.entries))
        # A closed column may be opened again, so a refusal for its state is no final answer and keeps no receipt.
        if key and not work.closed:
            SaveReceipt.objects.create(sheet=held, by=by, key=key, answer=saved.as_json())
    return saved


def changes_check(*, sheet: MarkSheet, changes: Sequence[Change], by: User) -> list[Outcome]:
    """What ``marks_save`` would answer, without writing anything: the preview of an upload."""
    return _sort_out(sheet, changes, by).outcomes
