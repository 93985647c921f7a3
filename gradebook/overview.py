"""How far the sheets of a school have come: states, how much is filled, what is missing and what stops a lock."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, QuerySet

from gradebook.models import EntryWindow, LockDelegation, Mark, MarkColumn, MarkSheet, SheetState
from gradebook.selectors import class_sizes, sheet_day, sheet_students
from school.dated import current_q
from school.identity.models import User
from school.organisation.models import Node, School, SchoolClass, Subject, Term
from school.policy import Actor, Role

COUNTED = ~Q(scale=MarkColumn.Scale.TEXT) & ~Q(role=MarkColumn.Role.RETEST)


@dataclass(frozen=True, slots=True)
class Gap:
    """A pupil and the columns in which their mark is missing."""

    student: User
    columns: tuple[MarkColumn, ...]


def gaps_of(sheet: MarkSheet, groups: Collection[str] | None = None) -> list[Gap]:
    """What is missing in groups of a sheet (in all when None), pupil by pupil; three queries."""
    columns = [
        column
        for column in sheet.columns.all()
        if not column.is_optional and (groups is None or column.group in groups)
    ]
    filled = set(
        Mark.objects.filter(column__in=columns).exclude(value__isnull=True, comment="").values_list("student", "column")
    )
    found = []
    for student in sheet_students(sheet):
        blank = tuple(column for column in columns if (student.pk, column.pk) not in filled)
        if blank:
            found.append(Gap(student, blank))
    return found


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of one sheet in the school's table."""

    group: str
    state: str
    filled: int
    total: int

    @property
    def missing(self) -> int:
        """Blank cells that count."""
        return max(0, self.total - self.filled)

    @property
    def percent(self) -> int:
        """Filled cells in per cent, whole; never 100 while one is missing."""
        return 100 * self.filled // self.total if self.total else 0

    @property
    def state_text(self) -> str:
        """The state in words."""
        return str(SheetState(self.state).label)

    @property
    def is_locked(self) -> bool:
        """Locked or signed."""
        return self.state in (SheetState.LOCKED, SheetState.SIGNED)


def _present(day: datetime.date) -> Q:
    """Marks of pupils who are in the sheet's class on the day."""
    here = Q(student__enrolments__school_class=F("column__sheet__school_class"))
    return here & current_q("student__enrolments__", day)


def groups_of(sheets: Iterable[MarkSheet], term: Term) -> dict[int, list[GroupLine]]:
    """The groups of many sheets of one term with their counts; three queries however many there are."""
    rows = list(sheets)
    day = sheet_day(term)
    widths: dict[tuple[int, str], int] = {
        (sheet, group): count
        for sheet, group, count in MarkColumn.objects.filter(COUNTED, sheet__in=rows)
        .order_by()
        .values_list("sheet", "group")
        .annotate(count=Count("pk"))
    }
    entered = (
        Mark.objects.filter(_present(day), column__sheet__in=rows)
        .exclude(value__isnull=True, comment="")
        .exclude(column__scale=MarkColumn.Scale.TEXT)
        .exclude(column__role=MarkColumn.Role.RETEST)
    )
    counts: dict[tuple[int, str], int] = {
        (sheet, group): count
        for sheet, group, count in entered.order_by()
        .values_list("column__sheet", "column__group")
        .annotate(count=Count("pk", distinct=True))
    }
    sizes = class_sizes({sheet.school_class_id for sheet in rows}, day)
    return {
        sheet.pk: [
            GroupLine(
                group,
                state,
                counts.get((sheet.pk, group), 0),
                widths.get((sheet.pk, group), 0) * sizes.get(sheet.school_class_id, 0),
            )
            for group, state in sheet.states.items()
        ]
        for sheet in rows
    }


@dataclass(frozen=True, slots=True)
class TableCell:
    """A sheet in the school's table."""

    sheet: MarkSheet
    groups: list[GroupLine]


@dataclass(slots=True)
class TableRow:
    """A class in the school's table: its sheet of each subject, None where there is none."""

    school_class: SchoolClass
    cells: list[TableCell | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SchoolTable:
    """All sheets of a school and term, class by class and subject by subject, and the sums of groups by state."""

    subjects: list[Subject]
    rows: list[TableRow]
    sums: dict[str, int]

    @property
    def sheets(self) -> int:
        """How many sheets the table holds."""
        return sum(cell is not None for row in self.rows for cell in row.cells)


def school_table(sheets: QuerySet[MarkSheet], term: Term) -> SchoolTable:
    """The table of the given sheets of a term; four queries."""
    found = list(sheets.filter(term=term).select_related("school_class", "subject"))
    groups = groups_of(found, term)
    subjects = sorted({sheet.subject for sheet in found}, key=lambda subject: (subject.order, subject.name))
    by_class: dict[SchoolClass, dict[int, TableCell]] = defaultdict(dict)
    sums: dict[str, int] = dict.fromkeys(SheetState.values, 0)
    for sheet in found:
        by_class[sheet.school_class][sheet.subject_id] = TableCell(sheet, groups[sheet.pk])
        for line in groups[sheet.pk]:
            sums[line.state] += 1
    rows = [
        TableRow(school_class, [cells.get(subject.pk) for subject in subjects])
        for school_class, cells in sorted(by_class.items(), key=lambda pair: (pair[0].grade, pair[0].name))
    ]
    return SchoolTable(subjects, rows, sums)


@dataclass(frozen=True, slots=True)
class LockLine:
    """One group of one sheet before many are locked or opened, and whether nothing stands against it."""

    sheet: MarkSheet
    line: GroupLine
    ready: bool


def lock_preview(sheets: Collection[MarkSheet], groups: Collection[str], term: Term) -> list[LockLine]:
    """The chosen groups of the sheets that are not locked yet, those that something stops first."""
    by_sheet = groups_of(sheets, term)
    lines = [
        LockLine(sheet, line, not line.missing)
        for sheet in sheets
        for line in by_sheet[sheet.pk]
        if line.group in groups and not line.is_locked
    ]
    return sorted(lines, key=lambda line: line.ready)


def unlock_preview(sheets: Collection[MarkSheet], groups: Collection[str], term: Term) -> list[LockLine]:
    """The chosen groups of the sheets that are locked; a signed one stops first."""
    by_sheet = groups_of(sheets, term)
    lines = [
        LockLine(sheet, line, line.state == SheetState.LOCKED)
        for sheet in sheets
        for line in by_sheet[sheet.pk]
        if line.group in groups and line.is_locked
    ]
    return sorted(lines, key=lambda line: line.ready)


def led_schools(user: User, *roles: Role) -> list[School]:
    """The schools in which the person holds one of the roles, by name; one query."""
    held = Actor.of(user).schools(*roles)
    return list(School.objects.filter(pk__in=held).select_related("node").order_by("name"))


def places_of(user: User) -> list[Node]:
    """The places whose days of entry the person sets: their offices, and the schools they lead or lead in the principal's stead."""
    actor = Actor.of(user)
    led = set(actor.schools(Role.PRINCIPAL))
    vice = actor.schools(Role.VICE_PRINCIPAL)
    if vice:
        given = LockDelegation.objects.in_force().filter(delegate=user, school__in=vice)
        led |= set(given.values_list("school", flat=True))
    places = Node.objects.filter(Q(path__in=actor.node_paths) | Q(school__pk__in=led))
    return list(places.select_related("parent", "school").order_by("path"))


def own_windows(node: Node, terms: Iterable[Term]) -> dict[tuple[int, str], EntryWindow]:
    """What is set at this very place, by (term id, part); one query."""
    rows = EntryWindow.objects.filter(node=node, term__in=list(terms))
    return {(row.term_id, row.part): row for row in rows}


def delegations_in_force(school: School | None) -> set[int]:
    """The ids of a school's delegations that hold today."""
    return set(LockDelegation.objects.in_force().filter(school=school).values_list("pk", flat=True))
