"""A list of students into people, enrolments and guardianships."""

from dataclasses import dataclass, field
from datetime import date

from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, School, SchoolClass, SchoolYear
from school.roster.processing.checks import code_of
from school.roster.processing.lists import Row
from school.roster.writing.known import STATUSES, chunks
from school.roster.writing.people import (
    Changes,
    Counts,
    Done,
    by_code,
    by_index,
    fields_of,
    last_day,
    new_person,
    nobody_asks,
    statistics_renew,
)
from school.text import fold

# So many new rows make the data base's picture of a table wrong.
_MANY = 1000
_PARENTS = (
    ("father", Guardianship.Relation.FATHER, "M", "C"),
    ("mother", Guardianship.Relation.MOTHER, "F", "M"),
    ("guardian", Guardianship.Relation.OTHER, "", "G"),
)


@dataclass
class _Parents:
    """Parents known before the import and made by it."""

    current: dict[int, list[Guardianship]] = field(default_factory=dict)
    by_phone: dict[str, list[User]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    made: list[tuple[User, User, str]] = field(default_factory=list)
    first: set[tuple[int, str]] = field(default_factory=set)
    ended: list[Guardianship] = field(default_factory=list)
    told: set[int] = field(default_factory=set)


def students_write(*, school: School, year: SchoolYear, rows: list[Row], done: Done = nobody_asks) -> Counts:
    """Write the rows of a checked list; the caller holds the transaction. Writing the same rows again changes nothing.

    `done` is told of how many rows are written.
    """
    counts, changes = Counts(), Changes()
    classes = {one.name: one for one in SchoolClass.objects.filter(school=school, year=year)}
    coded = [(code_of(row, school.code), row) for row in rows]
    known = by_code(code for code, _row in coded)
    parents = _parents_known(rows, list(known.values()))
    enrolments = _enrolments_known([user.pk for user in known.values()], school)
    made: list[Enrolment] = []
    moved: list[Enrolment] = []
    for code, row in coded:
        user = known.get(code)
        is_new = user is None
        if user is None:
            user = changes.made[code] = new_person(code, **fields_of(row))
            differs = False
        else:
            differs = changes.change(user, fields_of(row))
        placed = _place(
            user, classes[row.get("class_name")], school, year, row, enrolments.get(user.pk, []), made, moved
        )
        related = _parents_place(user, row, code, parents, changes)
        counts.new += is_new
        counts.changed += not is_new and (differs or placed or related)
        counts.same += not (is_new or differs or placed or related)
    counts.people = len(changes.made) - counts.new
    if len(rows) > _MANY:
        by_index()
    changes.write(lambda part: done(int(part * len(rows))))
    Enrolment.objects.bulk_update(moved, ["ends", "status", "school_class"], batch_size=300)
    Enrolment.objects.bulk_create(made, batch_size=500)
    if len(made) > _MANY:
        statistics_renew(Enrolment, User)
    _guardianships_write(parents, year)
    return counts


def _enrolments_known(students: list[int], school: School) -> dict[int, list[Enrolment]]:
    found: dict[int, list[Enrolment]] = {}
    for chunk in chunks(students):
        for one in Enrolment.objects.filter(student__in=chunk, school=school).select_related("school_class__year"):
            found.setdefault(one.student_id, []).append(one)
    return found


def _place(
    user: User,
    school_class: SchoolClass,
    school: School,
    year: SchoolYear,
    row: Row,
    known: list[Enrolment],
    made: list[Enrolment],
    moved: list[Enrolment],
) -> bool:
    """Bring the enrolment to what the row says; whether that changed anything."""
    status = STATUSES.get(fold(row.get("status")), Enrolment.Status.STUDYING)
    gone = status != Enrolment.Status.STUDYING
    running = [one for one in known if one.ends is None]
    same = [one for one in known if one.school_class_id == school_class.pk]
    if gone:
        if any(one.status == status for one in same):
            return False
        ended = max(year.starts, today())
        for one in running:
            one.ends, one.status = max(one.starts, ended), status
            moved.append(one)
        if not running:
            made.append(
                Enrolment(
                    student=user,
                    school_class=school_class,
                    school=school,
                    starts=year.starts,
                    ends=ended,
                    status=status,
                )
            )
        return True
    if any(one.school_class_id == school_class.pk for one in running):
        return False
    starts = year.starts
    for one in running:
        this_year = one.school_class.year_id == year.pk
        starts = max(starts, today()) if this_year else starts
        if this_year and one.starts >= starts:
            # Enrolled today and corrected today: nothing of the first class ever held.
            one.school_class = school_class
            moved.append(one)
            return True
        one.ends = last_day(one.starts, starts)
        one.status = Enrolment.Status.STUDYING if this_year else Enrolment.Status.FINISHED
        moved.append(one)
    if known and not running:
        starts = max(starts, today())
    made.append(Enrolment(student=user, school_class=school_class, school=school, starts=starts))
    return True


def _parents_known(rows: list[Row], students: list[User]) -> _Parents:
    parents = _Parents()
    for chunk in chunks([user.pk for user in students]):
        for one in Guardianship.objects.current().filter(student__in=chunk).select_related("guardian"):
            parents.current.setdefault(one.student_id, []).append(one)
    phones = {row.get(f"{who}_phone") for row in rows for who, *_ in _PARENTS} - {""}
    people: dict[int, User] = {one.guardian_id: one.guardian for many in parents.current.values() for one in many}
    for numbers in chunks(sorted(phones)):
        for user in User.objects.filter(phone__in=numbers, enrolments__isnull=True).distinct():
            people.setdefault(user.pk, user)
    for many in parents.current.values():
        for one in many:
            one.guardian = people[one.guardian_id]
    for user in people.values():
        if user.phone:
            parents.by_phone.setdefault(user.phone, []).append(user)
    for bases in chunks([f"PH{row.get('ministry_code') or row.get('local_code')}" for row in rows]):
        wanted = [base + tail for base in bases for tail in "CMG"]
        parents.codes |= set(User.objects.filter(code__in=wanted).values_list("code", flat=True))
    return parents


def _parents_place(student: User, row: Row, code: str, parents: _Parents, changes: Changes) -> bool:
    """Bring the guardianships to what the row says; whether that changed anything. A blank name says nothing."""
    changed = False
    current = parents.current.get(student.pk, []) if student.pk else []
    taken: set[int] = set()
    for who, relation, gender, tail in _PARENTS:
        name, phone = row.get(f"{who}_name"), row.get(f"{who}_phone")
        if not name:
            continue
        mine = [one for one in current if one.relation == relation]
        same = next((one for one in mine if _is(one.guardian, name, phone)), None)
        same = same or next((one for one in mine if phone and one.guardian.phone == phone), None)
        same = same or next((one for one in mine if fold(one.guardian.full_name) == fold(name)), None)
        if same:
            found = {"full_name": name} | ({"phone": phone} if phone else {})
            # Brothers and sisters may spell a parent otherwise: the first row of the list decides, so that the same list
            # read again changes nothing.
            if same.guardian.pk not in parents.told and changes.change(same.guardian, found):
                changed = True
            parents.told.add(same.guardian.pk)
            taken.add(id(same.guardian))
            continue
        person = (
            next((one for one in parents.by_phone.get(phone, []) if _is(one, name, phone)), None) if phone else None
        )
        if person is None:
            person = new_person(_parent_code(code, tail, parents), name, phone=phone, gender=gender)
            changes.made[person.code] = person
            if phone:
                parents.by_phone.setdefault(phone, []).append(person)
        if id(person) in taken or any(one.guardian is person for one in current):
            continue
        taken.add(id(person))
        parents.made.append((person, student, relation))
        if row.get("first_contact") == who:
            parents.first.add((id(student), relation))
        for one in mine:
            one.ends = last_day(one.starts)
            one.is_primary = False
            parents.ended.append(one)
        changed = True
    return changed


def _is(person: User, name: str, phone: str) -> bool:
    """One person: the same number and, but for diacritics, the same name; a number alone may be a whole family's."""
    return person.phone == phone and fold(person.full_name) == fold(name)


def _parent_code(student_code: str, tail: str, parents: _Parents) -> str:
    base = f"PH{student_code.rpartition('-')[2]}{tail}"
    code, number = base, 2
    while code in parents.codes:
        code, number = f"{base}{number}", number + 1
    parents.codes.add(code)
    return code


def _guardianships_write(parents: _Parents, year: SchoolYear) -> None:
    Guardianship.objects.bulk_update(parents.ended, ["ends", "is_primary"], batch_size=300)
    # The first named is the first contact, unless the pupil has one.
    first: set[int] = {
        student for student, many in parents.current.items() if any(one.is_primary for one in many if one.ends is None)
    }
    starts: date = min(year.starts, today())
    rows: list[Guardianship] = []
    # The contact whom the list names comes before the others of the pupil.
    made = sorted(parents.made, key=lambda one: (id(one[1]), one[2]) not in parents.first)
    for person, student, relation in made:
        primary = student.pk not in first
        first.add(student.pk)
        rows.append(
            Guardianship(guardian=person, student=student, relation=relation, starts=starts, is_primary=primary)
        )
    Guardianship.objects.bulk_create(rows, batch_size=500)
