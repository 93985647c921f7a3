"""An import from the bytes of a file to the data base: one way for the command line and the web."""

import hashlib
from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from school.dated import today
from school.identity.models import User
from school.organisation.models import School, SchoolYear, Subject
from school.organisation.services import catalogues_ensure, class_create, year_open
from school.policy import Actor, Role
from school.roster.models import RosterImport
from school.roster.processing.checks import check_staff, check_students, check_teaching
from school.roster.processing.columns import STAFF, STUDENTS
from school.roster.processing.lists import Fault, Reading, read_list
from school.roster.processing.tables import TableError, read_sheets
from school.roster.processing.values import class_grade
from school.roster.services.known import known_for, school_named_in
from school.roster.services.people import Counts
from school.roster.services.staff import staff_write, teaching_write
from school.roster.services.students import students_write


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

    @property
    def clean(self) -> bool:
        """Whether the whole list is as it should be."""
        return not self.refusal and not self.faults


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
) -> Outcome:
    """Read a list and, unless it is a trial or has faults that were not accepted, write it: all of it or nothing.

    `create_classes`: None gives classes to a school that has none in that year, True also to others, False to none.
    A trial counts what would change by writing and taking it back.
    """
    outcome = Outcome()
    try:
        with transaction.atomic():
            _import(outcome, school, kind, content, by, accept_repairs, create_classes)
            outcome.written = not dry_run and (outcome.clean or accept_valid) and outcome.good > 0
            if not outcome.written:
                raise _Undo
    except _Undo:
        pass
    except TableError as error:
        return Outcome(refusal=str(error))
    return outcome


def _import(
    outcome: Outcome,
    school: School,
    kind: str,
    content: bytes,
    by: User | None,
    accept_repairs: bool,
    create_classes: bool | None,
) -> None:
    reading = read_list(read_sheets(content), kind, accept_repairs=accept_repairs)
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
        outcome.new_classes = check_students(reading, known, school.code)
    elif kind == STAFF:
        check_staff(reading, known)
    else:
        outcome.new_classes = check_teaching(reading, known)
    if kind != STUDENTS and by is not None:
        _check_own_rights(reading, by)
    rows = reading.good_rows
    used = {row.get("class_name") for row in rows}
    outcome.new_classes = [name for name in outcome.new_classes if name in used]
    for name in outcome.new_classes:
        class_create(school=school, year=year, name=name, grade=class_grade(name) or 1)
    write = {STUDENTS: students_write, STAFF: staff_write}.get(kind, teaching_write)
    outcome.counts = write(school=school, year=year, rows=rows)
    outcome.counts.classes = len(outcome.new_classes)
    outcome.rows, outcome.good = len(reading.rows), len(rows)
    outcome.faults, outcome.warnings = reading.sorted_faults(), reading.warnings


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


def _check_own_rights(reading: Reading, by: User) -> None:
    """Nobody gives themself an appointment or a class by a list; the office's administrators may, as the last instance."""
    if by.is_superuser or Role.OFFICE_ADMIN in Actor.of(by).roles:
        return
    for row in reading.rows:
        if by.code == row.get("staff_code"):
            reading.add(row, "staff_code", _("This is yourself. Ask the office to enter your own appointment."))
        if by.code == row.get("homeroom_code"):
            reading.add(row, "homeroom_code", _("This is yourself. Ask the office to enter your own appointment."))


def import_preview(*, school: School, kind: str, file_name: str, content: bytes, by: User) -> RosterImport:
    """Keep a sent file with what it would change, for its sender's answer; a file that cannot be read is not kept."""
    outcome = roster_import(school=school, kind=kind, content=content, by=by, dry_run=True)
    record = RosterImport(
        school=school,
        kind=kind,
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        by=by,
        content=b"" if outcome.refusal else content,
        state=RosterImport.State.REFUSED if outcome.refusal else RosterImport.State.PREVIEW,
        message=outcome.refusal,
    )
    _tell(record, outcome)
    record.save()
    return record


def _tell(record: RosterImport, outcome: Outcome) -> None:
    record.counts = asdict(outcome.counts) | {"rows": outcome.rows, "good": outcome.good}
    record.faults = [asdict(fault) for fault in outcome.faults]
    record.warnings = [asdict(fault) for fault in outcome.warnings]
    record.new_classes = outcome.new_classes


@transaction.atomic
def import_confirm(
    *, record: RosterImport, by: User, accept_valid: bool, accept_repairs: bool = False, create_classes: bool = False
) -> Outcome:
    """Write a previewed list; the school may have changed since, so the file is read again. Forgets the file when done."""
    # Two clicks must not write twice: whoever turns the state first goes on.
    claimed = RosterImport.objects.filter(pk=record.pk, state=RosterImport.State.PREVIEW).update(
        state=RosterImport.State.DONE, answered=timezone.now()
    )
    if not claimed:
        return Outcome(refusal=_("This list has already been answered or was not answered in time. Send it again."))
    outcome = roster_import(
        school=record.school,
        kind=record.kind,
        content=bytes(record.content),
        by=by,
        accept_valid=accept_valid,
        accept_repairs=accept_repairs,
        create_classes=create_classes or None,
    )
    _tell(record, outcome)
    record.message = outcome.refusal
    if outcome.written:
        record.state, record.content, record.answered = RosterImport.State.DONE, b"", timezone.now()
    elif outcome.refusal:
        record.state, record.content = RosterImport.State.REFUSED, b""
    else:
        record.state, record.answered = RosterImport.State.PREVIEW, None
    record.save()
    return outcome


def import_cancel(*, record: RosterImport) -> None:
    """Forget a previewed file without writing it."""
    RosterImport.objects.filter(pk=record.pk, state=RosterImport.State.PREVIEW).update(
        state=RosterImport.State.CANCELLED, content=b"", answered=timezone.now()
    )


def import_record(*, school: School, kind: str, file_name: str, content: bytes, outcome: Outcome) -> None:
    """Remember an import from the command line; one that changed nothing leaves no trace."""
    if not outcome.written or not outcome.counts.anything:
        return
    record = RosterImport(
        school=school,
        kind=kind,
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        state=RosterImport.State.DONE,
        answered=timezone.now(),
    )
    _tell(record, outcome)
    record.faults, record.warnings = [], []
    record.save()
