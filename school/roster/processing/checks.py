"""What cannot be seen in one cell: codes given twice, classes the school has not, people of other schools.

The data base's facts come in as `Known`, so that these rules can be read and tested alone.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from types import MappingProxyType

from django.utils.translation import gettext as _

from school import text
from school.citizen import citizen_id_check
from school.roster.processing.lists import Reading, Row, grouped
from school.roster.processing.values import as_text, class_grade

# Ages in years beyond the usual one of a grade (grade + 5): early starters and those who skipped years, repeaters and
# late starters. Wide on purpose: an age that is only rare is no mistake, and a list is not the place to dispute it.
_YOUNGER, _OLDER = 3, 15
_YOUNGER_UPPER = 6
_STAFF_AGES = range(16, 86)
_STUDENT_AGES = range(12, 90)  # of a university
# Below this a file is a few pupils, and a class of one is no sign of a slip of the hand.
_USUAL_CLASS = 10


@dataclass(frozen=True)
class KnownPerson:
    """Someone who is already in the data base."""

    code: str
    full_name: str
    birth_date: date | None
    schools: frozenset[str]
    here: bool
    citizen_id: str = ""


@dataclass
class Known:
    """What the data base says about the school and about the people whom the file names."""

    year_starts: date
    grades: Collection[int]
    university: bool = False
    classes: frozenset[str] = frozenset()
    create_classes: bool | None = None
    people: dict[str, KnownPerson] = field(default_factory=dict)
    by_citizen_id: dict[str, KnownPerson] = field(default_factory=dict)
    staff: frozenset[str] = frozenset()
    subjects: dict[str, str] = field(default_factory=dict)
    positions: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)


def code_of(row: Row, school_code: str) -> str:
    """A pupil's sign-in code: the Ministry's, else the school's own behind the school's code, as it is unique only there."""
    local = row.get("local_code")
    return row.get("ministry_code") or (f"{school_code}-{local}" if local else "")


def check_students(reading: Reading, known: Known, school_code: str) -> list[str]:
    """Report what is wrong between rows and against the school; returns the names of classes to create."""
    new_classes = _check_classes(reading, known)
    twice = _("This code stands twice: also in row %(row)s. Correct one of them.")
    twins = _check_doubles(reading, known, "ministry_code", twice)
    twins |= _check_doubles(reading, known, "local_code", twice, twins)
    number = _("This citizen's number stands twice: also in row %(row)s. Correct one of them.")
    _check_doubles(reading, known, "citizen_id", number, twins)
    for row in reading.rows:
        _check_birth(reading, row, known, student=True)
        key = "ministry_code" if row.get("ministry_code") else "local_code"
        _check_owner(reading, row, known, key, code_of(row, school_code))
        if (status := row.get("status")) and text.fold(status) not in known.statuses:
            reading.add(
                row, "status", _("Unknown status. Write “Đang học”, “Chuyển trường”, “Thôi học” or leave it blank.")
            )
        for parent in ("father", "mother", "guardian"):
            if row.get(f"{parent}_phone") and not row.get(f"{parent}_name"):
                reading.add(
                    row,
                    f"{parent}_name",
                    _("There is a phone number but no name. Write the name or delete the number."),
                )
    return new_classes


def check_staff(reading: Reading, known: Known) -> None:
    """Report what is wrong between the rows of a list of staff and against the data base."""
    twice = _("This code stands twice: also in row %(row)s. Correct one of them.")
    twins = _check_doubles(reading, known, "staff_code", twice)
    number = _("This citizen's number stands twice: also in row %(row)s. Correct one of them.")
    _check_doubles(reading, known, "citizen_id", number, twins)
    for row in reading.rows:
        _check_birth(reading, row, known, student=False)
        _check_owner(reading, row, known, "staff_code", row.get("staff_code"))
        position = row.get("position")
        if position and not roles_of(position, known.positions):
            reading.add(
                row,
                "position",
                _(
                    "No role belongs to this position. Write for example “Giáo viên”, “Hiệu trưởng”, “Nhân viên thư viện”."
                ),
            )


def roles_of(position: str, positions: dict[str, str]) -> set[str]:
    """The roles of a position in words: of each duty ("Giáo viên, kiêm thư viện") the first known words count."""
    found: set[str] = set()
    for duty in re.split(r"[,;+/]|\bkiem\b|\bva\b", text.fold(position)):
        role = next((role for words, role in positions.items() if words in duty), "")
        if role:
            found.add(role)
    return found


def subject_of(name: str, subjects: dict[str, str]) -> str:
    """The code of a subject by its name, whatever stands in brackets after it; "" when it is unknown."""
    whole = _subject_words(name)
    bare = _subject_words(name.partition("(")[0])
    return subjects.get(whole) or subjects.get(bare) or ""


def _subject_words(name: str) -> str:
    words = text.fold(name).replace("my thuat", "mi thuat").replace("vat ly", "vat li").replace("dia ly", "dia li")
    return " ".join("".join(c if c.isalnum() else " " for c in words).split())


def subject_key(name: str) -> str:
    """The form in which `Known.subjects` holds a subject's name or code."""
    return _subject_words(name)


def check_teaching(reading: Reading, known: Known) -> list[str]:
    """Report unknown classes, subjects and people, and homerooms that contradict each other."""
    new_classes = _check_classes(reading, known)
    seen: dict[tuple[str, str, str], int] = {}
    homerooms: dict[str, tuple[str, int]] = {}
    for row in reading.rows:
        class_name, teacher = row.get("class_name"), row.get("staff_code")
        if row.get("subject") and not subject_of(row.get("subject"), known.subjects):
            reading.add(
                row, "subject", _("There is no subject of this name. Write it as in the programme, e.g. “Ngữ văn”.")
            )
        for key in ("staff_code", "homeroom_code"):
            if row.get(key) and row.get(key) not in known.staff:
                reading.add(
                    row,
                    key,
                    _("Nobody of this school's staff has this code. Correct it, or load the list of staff first."),
                )
        if row.get("is_homeroom") and not row.get("homeroom_code") and not reading.is_faulty(row, "homeroom_code"):
            reading.add(
                row, "homeroom_code", _("The homeroom teacher's code is missing. Fill it in or delete the tick.")
            )
        if class_name and (homeroom := row.get("homeroom_code")):
            first = homerooms.setdefault(class_name, (homeroom, row.number))
            if first[0] != homeroom:
                reading.add(
                    row,
                    "homeroom_code",
                    _("Row %(row)s gives this class another homeroom teacher. Keep one of them.") % {"row": first[1]},
                )
        line = (class_name, subject_of(row.get("subject"), known.subjects), teacher)
        if all(line) and seen.setdefault(line, row.number) != row.number:
            reading.add(
                row, "subject", _("This line stands twice: also in row %(row)s. Delete one.") % {"row": seen[line]}
            )
    return new_classes


def _check_classes(reading: Reading, known: Known) -> list[str]:
    """Report classes that the school has not; those it may be given are returned for creation.

    A school without classes in that year gets those of its first list, save a name that its grades do not allow or that
    stands for one or two pupils only among full classes: that is a slip of the hand.
    """
    sizes = Counter(row.get("class_name") for row in reading.rows if row.get("class_name"))
    create = known.create_classes if known.create_classes is not None else not known.classes
    usual = median(sizes.values()) if sizes else 0
    new: list[str] = []
    problems: dict[str, str] = {}
    for name, size in sizes.items():
        if name in known.classes:
            continue
        if not fits(name, known):
            problem = _("This school teaches no grade of class %(name)s. Correct the class.")
        elif not create:
            problem = _("This school has no class %(name)s. Correct the class, or add it to the school first.")
        elif known.create_classes is None and usual >= _USUAL_CLASS and size <= 2:
            problem = _("Class %(name)s is named in hardly any row. Correct the class, or add it to the school first.")
        else:
            new.append(name)
            continue
        problems[name] = problem % {"name": name}
    for row in reading.rows:
        if row.get("class_name") in problems:
            reading.add(row, "class_name", problems[row.get("class_name")])
    return new


def fits(name: str, known: Known) -> bool:
    """Whether a class may be called so in this school: its grade is taught there, and its name is that of a class."""
    if known.university:
        return bool(name) and len(name) <= 40
    return class_grade(name) in known.grades


def _check_doubles(
    reading: Reading, known: Known, key: str, message: str, told: Mapping[int, set[int]] = MappingProxyType({})
) -> dict[int, set[int]]:
    """Report the rows whose code is another's; returns for each (by id) the rows that it doubles.

    A row copied whole doubles every number: what was `told` of a pair of rows is not told of it again.
    """
    found: dict[int, set[int]] = {}
    place = {id(row): at for at, row in enumerate(reading.rows)}
    for _value, rows in grouped(reading.rows, key):
        ids = {id(row) for row in rows}
        rows = [row for row in rows if not (told.get(id(row), set()) & ids)]
        if len(rows) < 2:
            continue
        owner = _rightful(reading, known, key, rows, place)
        for row in rows:
            if row is not owner:
                reading.add(row, key, message % {"row": owner.number})
                found[id(row)] = ids - {id(row)}
    return found


def _rightful(reading: Reading, known: Known, key: str, rows: list[Row], place: dict[int, int]) -> Row:
    """Whose the doubled code is: the person who had it already, else the row whose neighbours' codes run on to it.

    Codes are given in the order of lists, so a code copied by mistake stands out among its neighbours; between equals
    the first row keeps it.
    """
    person = (known.by_citizen_id if key == "citizen_id" else known.people).get(rows[0].get(key))
    if person:
        for row in rows:
            if text.fold(person.full_name) == text.fold(row.full_name):
                return row

    def distance(row: Row) -> float:
        digits = _number(row.get(key))
        at = place[id(row)]
        near = [reading.rows[n] for n in (at - 1, at + 1) if 0 <= n < len(reading.rows)]
        codes = [_number(one.get(key)) for one in near if one.get(key) and one.get(key) != row.get(key)]
        return min((abs(digits - code) for code in codes), default=float("inf"))

    return min(rows, key=lambda row: (distance(row), row.sheet, row.number))


def _number(code: str) -> int:
    return int("".join(c for c in code if c.isdigit()) or 0)


def _check_birth(reading: Reading, row: Row, known: Known, *, student: bool) -> None:
    born = row.birth_date
    if born is None:
        return
    age = known.year_starts.year - born.year
    grade = None if known.university else class_grade(row.get("class_name"))
    if not student:
        usual = age in _STAFF_AGES
    elif known.university:
        usual = age in _STUDENT_AGES
    elif grade in known.grades and grade is not None:
        younger = _YOUNGER if grade < 10 else _YOUNGER_UPPER
        usual = grade + 5 - younger <= age <= grade + 5 + _OLDER
    else:
        usual = 3 <= age <= 40
    if not usual:
        reading.add(
            row,
            "birth_date",
            _("Somebody born on %(date)s would be %(age)s years old in this school year. Correct the year.")
            % {"date": as_text(born), "age": age},
        )
    number = row.get("citizen_id")
    if number and not citizen_id_check(number, born=born, gender=row.get("gender")).consistent:
        reading.warn(
            row, "citizen_id", _("The citizen's number does not fit the birth date or the gender; it was accepted.")
        )


def _check_owner(reading: Reading, row: Row, known: Known, key: str, code: str) -> None:
    """A code of somebody at another school, and a citizen's number of somebody else, are refused."""
    person = known.people.get(code)
    if person and not person.here and person.schools and not _same_teacher(row, person, key):
        reading.add(
            row,
            key,
            _("This code belongs to somebody at another school (%(school)s). Check it, or ask for a transfer.")
            % {"school": ", ".join(sorted(person.schools))},
        )
    number = row.get("citizen_id")
    other = known.by_citizen_id.get(number) if number else None
    # A doubled code already says that the row is not whose it claims to be.
    if other and code and other.code != code and not reading.is_faulty(row, key):
        reading.add(row, "citizen_id", _("This citizen's number already belongs to somebody else. Check it."))


def _same_teacher(row: Row, person: KnownPerson, key: str) -> bool:
    """A teacher may work at two schools: then code, name and birth date agree."""
    same_name = text.fold(person.full_name) == text.fold(row.full_name)
    return key == "staff_code" and same_name and person.birth_date == row.birth_date
