"""An import from the bytes of a file to the data base: one way for the command line and the web."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from school.dated import today
from school.identity.models import User
from school.organisation.models import Membership, School, SchoolYear, Subject
from school.organisation.services import catalogues_ensure, class_create, year_open
from school.policy import Actor, Role
from school.roster.processing.checks import Known, check_staff, check_students, check_teaching, roles_of
from school.roster.processing.columns import Layout
from school.roster.processing.contacts import contacts_place
from school.roster.processing.fields import STAFF, STUDENTS
from school.roster.processing.lists import ColumnsError, Fault, Reading, read_list
from school.roster.processing.tables import TableError, read_sheets
from school.roster.processing.values import class_grade
from school.roster.writing.known import known_for, school_named_in
from school.roster.writing.people import Counts
from school.roster.writing.staff import staff_write, teaching_write
from school.roster.writing.students import students_write
from school.row_security import unfenced


@dataclass
class Outcome:
    """What an import found and did. `refusal` says why the whole file was not read; then nothing else is told."""

    rows: int = 0
    good: int = 0
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    new_classes: list[str] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    written: bool = False
    refusal: str = ""
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns_unknown: bool = False
    layout: Layout | None = None

    @property
    def clean(self) -> bool:
        """Whether the whole list is as it should be."""
        return not self.refusal and not self.faults


# Where an import is: what it does, how many rows are done, of how many.
Tell = Callable[[str, int, int], None]


def _tell_nobody(stage: str, done: int, total: int) -> None:
    return None


class _Undo(Exception):
    """Ends a trial's transaction; never leaves this module."""


def roster_import(
    *,
    school: School,
    kind: str,
    content: bytes,
    by: User | None = None,
    dry_run: bool = False,
    accept_valid: bool = False,
    accept_repairs: bool = False,
    create_classes: bool | None = None,
    layouts: Sequence[Layout] = (),
    tell: Tell = _tell_nobody,
    when_written: Callable[[Outcome], None] | None = None,
) -> Outcome:
    """Read a list and, unless it is a trial or has faults that were not accepted, write it: all of it or nothing.

    `create_classes`: None gives classes to a school that has none in that year, True also to others, False to none.
    A trial counts what would change by writing and taking it back. `when_written` runs in the transaction of the rows.
    """
    outcome = Outcome()
    try:
        tell("reading", 0, 0)
        # Outside the transaction: reading a file of many rows must not hold the only writer of an embedded data base.
        reading = read_list(read_sheets(content), kind, accept_repairs=accept_repairs, layouts=layouts)
        tell("checking", 0, len(reading.rows))
        # A list must see who has a code at any school, or it would take that person over; it writes to its own alone.
        with unfenced(), transaction.atomic():
            _import(outcome, school, reading, by, create_classes, tell)
            outcome.written = not dry_run and (outcome.clean or accept_valid) and outcome.good > 0
            if not outcome.written:
                raise _Undo
            if when_written:
                when_written(outcome)
    except _Undo:
        pass
    except TableError as error:
        return Outcome(refusal=str(error), columns_unknown=isinstance(error, ColumnsError))
    return outcome


def _import(
    outcome: Outcome,
    school: School,
    reading: Reading,
    by: User | None,
    create_classes: bool | None,
    tell: Tell,
) -> None:
    kind = reading.kind
    other = school_named_in(reading.titles, school)
    if other:
        raise TableError(
            _("The list is of %(other)s and not of %(school)s. Choose the right file, or the right school.")
            % {"other": other.name, "school": school.name}
        )
    if not Subject.objects.exists():
        catalogues_ensure()
    year = _year_of(reading)
    known = known_for(school=school, year=year, reading=reading, create_classes=create_classes)
    if kind == STUDENTS:
        contacts_place(reading)
        outcome.new_classes = check_students(reading, known, school.code)
    elif kind == STAFF:
        check_staff(reading, known)
    else:
        outcome.new_classes = check_teaching(reading, known)
    if kind != STUDENTS and by is not None:
        _check_own_rights(reading, by)
        _check_heads(reading, by, school, known)
    rows = reading.good_rows
    used = {row.get("class_name") for row in rows}
    outcome.new_classes = [name for name in outcome.new_classes if name in used]
    for name in outcome.new_classes:
        class_create(school=school, year=year, name=name, grade=class_grade(name) or 1)
    write = {STUDENTS: students_write, STAFF: staff_write}.get(kind, teaching_write)
    tell("writing", 0, len(rows))
    outcome.counts = write(school=school, year=year, rows=rows, done=lambda count: tell("writing", count, len(rows)))
    outcome.counts.classes = len(outcome.new_classes)
    outcome.rows, outcome.good = len(reading.rows), len(rows)
    outcome.faults, outcome.warnings = reading.sorted_faults(), reading.warnings
    outcome.unread, outcome.notes = reading.unread, reading.notes
    outcome.layout = next((one.layout for one in reading.headers if one.layout), None)


def _year_of(reading: Reading) -> SchoolYear:
    """The year that the titles name, opened when it is this one or the next; without a title the current one."""
    day = today()
    this = day.year if day.month >= 8 else day.year - 1
    current: SchoolYear | None = SchoolYear.objects.current()
    if not reading.year_name:
        return current or year_open(this)
    named = SchoolYear.objects.filter(name=reading.year_name).first()
    first = int(reading.year_name[:4])
    over = named.ends < day and current != named if named else first < this
    if over:
        raise TableError(
            _("The list is of the school year %(year)s, which is over. Choose the list of this year.")
            % {"year": reading.year_name}
        )
    if named is None and first > this + 1:
        raise TableError(
            _("The list is of the school year %(year)s, which is not open yet.") % {"year": reading.year_name}
        )
    return named or year_open(first)


# Posts that a school's administrator neither gives nor takes (docs/decisions/0015-people.md).
_HEADS = frozenset({Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN})


def _check_heads(reading: Reading, by: User, school: School, known: Known) -> None:
    """Heads are appointed and dismissed by the office, not by a list that the school's administrator sends."""
    if reading.kind != STAFF or by.is_superuser or Role.OFFICE_ADMIN in Actor.of(by).roles:
        return
    held: dict[str, set[str]] = {}
    for code, role in (
        Membership.objects.current().filter(node=school.node_id, role__in=_HEADS).values_list("user__code", "role")
    ):
        held.setdefault(code, set()).add(role)
    for row in reading.rows:
        position = row.get("position")
        if not position or by.code == row.get("staff_code"):
            continue
        named, has = roles_of(position, known.positions) & _HEADS, held.get(row.get("staff_code"), set())
        # A list never dismisses an administrator, so it need not name that post.
        if named - has or (has - {Role.SCHOOL_ADMIN}) - named:
            reading.add(
                row, "position", _("Heads and administrators are appointed by the office. Ask it to load this row.")
            )


def _check_own_rights(reading: Reading, by: User) -> None:
    """Nobody gives themself an appointment or a class by a list; the office's administrators may, as the last instance."""
    if by.is_superuser or Role.OFFICE_ADMIN in Actor.of(by).roles:
        return
    for row in reading.rows:
        if by.code == row.get("staff_code"):
            reading.add(row, "staff_code", _("This is yourself. Ask the office to enter your own appointment."))
        if by.code == row.get("homeroom_code"):
            reading.add(row, "homeroom_code", _("This is yourself. Ask the office to enter your own appointment."))
