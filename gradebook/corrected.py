"""What a correction of locked marks leads to, worked out before anybody approves it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gradebook.models import Assessment, Correction, CorrectionCell, Mark, MarkSheet, TermResult
from gradebook.regulations import Circular, book22, tt22
from gradebook.regulations import marks as tenth
from gradebook.regulations import sheets as rules
from gradebook.selectors import average_text, cell_of, published_cell, row_of, row_text, spec_of
from school.identity.models import User


@dataclass(frozen=True, slots=True)
class Consequence:
    """One line: whose, what, before and after, and whether the family has read the value before."""

    student: User
    what: str
    before: str
    after: str
    told: bool = False

    @property
    def changes(self) -> bool:
        """Whether it becomes another."""
        return self.before != self.after

    def as_json(self) -> list[str | int]:
        """As the correction keeps what its approver was shown."""
        return [self.student.pk, self.what, self.before, self.after]


@dataclass(frozen=True, slots=True)
class _Row:
    """A pupil's row before and after."""

    before: rules.RowResult
    after: rules.RowResult


def _rows(sheet: MarkSheet, cells: Iterable[CorrectionCell], marks: Sequence[Mark]) -> dict[int, _Row]:
    """The rows of the pupils concerned with and without the correction."""
    columns = list(sheet.columns.all())
    specs = [spec_of(column) for column in columns]
    held: dict[int, dict[int, rules.Cell]] = defaultdict(dict)
    for mark in marks:
        held[mark.student_id][mark.column_id] = cell_of(mark)
    wanted: dict[int, dict[int, rules.Cell]] = defaultdict(dict)
    for cell in cells:
        wanted[cell.student_id][cell.column_id] = rules.cell_read(cell.column.scale, cell.new).cell

    def result(of: Mapping[int, rules.Cell]) -> rules.RowResult:
        return rules.row_result(
            sheet.circular,
            comment=sheet.is_comment,
            columns=specs,
            cells=[of.get(column.pk, rules.BLANK) for column in columns],
            pass_only=sheet.pass_only,
        )

    return {
        student: _Row(result(held[student]), result({**held[student], **changed}))
        for student, changed in wanted.items()
    }


def _year_text(sheet: MarkSheet, row: rules.RowResult, other: rules.RowResult | None) -> str | None:
    """The subject's year result with this row; None where the circular has none or the other term is not there yet."""
    if sheet.circular not in (Circular.TT22, Circular.TT58_26) or sheet.term.number not in (1, 2):
        return None
    second = sheet.term.number == 2
    if sheet.is_comment:
        # The year of a comment subject is its second term.
        return row_text(row) if second else None
    if other is None or other.average is None:
        return None
    terms = (other.average, row.average)
    year = tt22.subject_year(*terms) if second else tt22.subject_year(*reversed(terms))
    return "" if year is None else average_text(tenth.to_decimal(year))


@dataclass(frozen=True, slots=True)
class _Books:
    """The stored results of a class's year: which subjects each term has, and each pupil's results in them."""

    subjects: dict[int, set[str]]
    comment: set[str]
    results: dict[tuple[int, int, str], rules.RowResult]

    def level(self, student: int, code: str, term: int, row: rules.RowResult, *, year: bool) -> str:
        """The learning result of a term, or of the year, with the row in the place of its subject's; "" while it is open."""
        results = {**self.results, (student, term, code): row}
        subjects = self.subjects.get(2 if year else term, ())

        def of(number: int) -> dict[str, book22.SubjectResult]:
            rows = {subject: results.get((student, number, subject), _OPEN) for subject in subjects}
            return {one: book22.subject_result(found, comment=one in self.comment) for one, found in rows.items()}

        study = book22.term(book22.year_subjects(of(1), of(2)) if year else of(term), None).study
        return str(Assessment(study.result).label) if study else ""


_OPEN = rules.RowResult(None, "", 1)


def _books(sheet: MarkSheet, students: Iterable[int]) -> _Books:
    """What stands in the books of the sheet's class this year; two queries."""
    subjects: dict[int, set[str]] = defaultdict(set)
    comment: set[str] = set()
    sheets = MarkSheet.objects.filter(school_class=sheet.school_class_id).select_related("subject", "term")
    for one in sheets:
        subjects[one.term.number].add(one.subject.code)
        if one.is_comment:
            comment.add(one.subject.code)
    rows = TermResult.objects.filter(student__in=list(students), sheet__in=sheets)
    results = {
        (row.student_id, row.sheet.term.number, row.sheet.subject.code): row_of(row)
        for row in rows.select_related("sheet__subject", "sheet__term")
    }
    return _Books(subjects, comment, results)


def _level_lines(sheet: MarkSheet, student: User, books: _Books, row: _Row) -> list[Consequence]:
    """The learning result of the term and of the year before and after, where the books are complete (22/2021 Art. 9(2))."""
    found = []
    for year, what in ((False, _("Learning result of the term")), (True, _("Learning result of the year"))):
        before, after = (
            books.level(student.pk, sheet.subject.code, sheet.term.number, one, year=year)
            for one in (row.before, row.after)
        )
        if before or after:
            found.append(Consequence(student, what, before, after))
    return found


def consequences_of(correction: Correction) -> list[Consequence]:
    """What approving would change, pupil by pupil: the mark, the term's result, and whatever follows from it.

    Before and after are those of now, not of the day of the request: a mark that moved meanwhile shows here.
    """
    sheet = correction.sheet
    cells = list(correction.cells.select_related("column", "student"))
    marks = list(Mark.objects.filter(column__sheet=sheet, student__in={cell.student_id for cell in cells}))
    by_place = {(mark.student_id, mark.column_id): mark for mark in marks}
    rows = _rows(sheet, cells, marks)
    books = _books(sheet, rows)
    found: list[Consequence] = []
    seen: set[int] = set()
    for cell in cells:
        mark = by_place.get((cell.student_id, cell.column_id))
        before = rules.cell_text(cell_of(mark))
        told = mark is not None and mark.published_at is not None and rules.cell_text(published_cell(mark)) == before
        found.append(Consequence(cell.student, cell.column.code, before, cell.new, told))
    for cell in cells:
        if cell.student_id in seen:
            continue
        seen.add(cell.student_id)
        row = rows[cell.student_id]
        found.append(Consequence(cell.student, _("Result of the term"), row_text(row.before), row_text(row.after)))
        other = books.results.get((cell.student_id, 3 - sheet.term.number, sheet.subject.code))
        years = [_year_text(sheet, one, other) for one in (row.before, row.after)]
        if years[0] is not None and years[1] is not None:
            found.append(Consequence(cell.student, _("Result of the year in the subject"), years[0], years[1]))
        if sheet.circular == Circular.TT22:
            found += _level_lines(sheet, cell.student, books, row)
    return sorted(found, key=lambda line: line.student.sort_key)
