"""What an import must know of the school and of the people whom a list names."""

from collections.abc import Iterable, Iterator

from django.db.models import Q

from school.identity.models import User
from school.organisation.models import (
    Enrolment,
    Level,
    Membership,
    School,
    SchoolClass,
    SchoolYear,
    Subject,
    TeachingAssignment,
)
from school.roles import Role
from school.roster.processing.checks import Known, KnownPerson, code_of, subject_key
from school.roster.processing.lists import Reading
from school.row_security import unfenced
from school.text import fold

# Databases limit the parameters of one query.
_AT_ONCE = 500

# Words of a position (folded) and the role they give; earlier words win over later ones in the same duty.
POSITIONS: dict[str, str] = {
    "pho hieu truong": Role.VICE_PRINCIPAL,
    "p.hieu truong": Role.VICE_PRINCIPAL,
    "p. hieu truong": Role.VICE_PRINCIPAL,
    "hieu pho": Role.VICE_PRINCIPAL,
    "hieu truong": Role.PRINCIPAL,
    "thu vien": Role.LIBRARIAN,
    "thu thu": Role.LIBRARIAN,
    "cntt": Role.SCHOOL_ADMIN,
    "cong nghe thong tin": Role.SCHOOL_ADMIN,
    "quan tri": Role.SCHOOL_ADMIN,
    "giao vien": Role.TEACHER,
    "giang vien": Role.TEACHER,
    "giao su": Role.TEACHER,
    "to truong": Role.TEACHER,
    "to pho": Role.TEACHER,
    "tong phu trach": Role.TEACHER,
    "truong khoa": Role.TEACHER,
    "pho khoa": Role.TEACHER,
    **dict.fromkeys(
        (
            *("ke toan", "y te", "bao ve", "van thu", "thu quy", "thiet bi", "giao vu", "phuc vu", "cap duong"),
            *("tap vu", "lao cong", "van phong", "ho tro", "nhan vien", "can bo"),
        ),
        str(Role.EMPLOYEE),
    ),
}

STATUSES: dict[str, str] = {
    "dang hoc": Enrolment.Status.STUDYING,
    "hoc sinh moi": Enrolment.Status.STUDYING,
    "chuyen den": Enrolment.Status.STUDYING,
    "chuyen den ky 1": Enrolment.Status.STUDYING,
    "chuyen den ky 2": Enrolment.Status.STUDYING,
    "chuyen truong": Enrolment.Status.TRANSFERRED,
    "chuyen di": Enrolment.Status.TRANSFERRED,
    "da chuyen truong": Enrolment.Status.TRANSFERRED,
    "chuyen di ky 1": Enrolment.Status.TRANSFERRED,
    "chuyen di ky 2": Enrolment.Status.TRANSFERRED,
    "thoi hoc": Enrolment.Status.LEFT,
    "bo hoc": Enrolment.Status.LEFT,
    "nghi hoc": Enrolment.Status.LEFT,
    "da nghi hoc": Enrolment.Status.LEFT,
    "tot nghiep": Enrolment.Status.FINISHED,
    "da tot nghiep": Enrolment.Status.FINISHED,
    "hoan thanh": Enrolment.Status.FINISHED,
}

# What lists call subjects besides their names in the programme (folded).
_ALIASES = {
    "tieng anh": "NGOAI_NGU_1",
    "ngoai ngu": "NGOAI_NGU_1",
    "anh": "NGOAI_NGU_1",
    "anh van": "NGOAI_NGU_1",
    "van": "NGU_VAN",
    "the duc": "GDTC",
    "tin": "TIN_HOC",
    "su dia": "LSDL",
    "lich su va dia ly": "LSDL",
    "gdcd": "GDCD",
    "dia phuong": "GDDP",
    "giao duc dia phuong": "GDDP",
    "noi dung giao duc dia phuong": "GDDP",
    "hoat dong trai nghiem huong nghiep": "HDTN_HN",
    "hdtn": "HDTN",
    "hdtn hn": "HDTN_HN",
    "quoc phong": "GDQP",
    "giao duc quoc phong": "GDQP",
    "sinh": "SINH_HOC",
    "hoa": "HOA_HOC",
    "li": "VAT_LI",
    "ly": "VAT_LI",
    "su": "LICH_SU",
    "dia": "DIA_LI",
    "khoa hoc tu nhien": "KHTN",
    "tin hoc va cong nghe": "TIN_HOC_CONG_NGHE",
    "kinh te phap luat": "GDKTPL",
    "gdktpl": "GDKTPL",
}


def chunks[T](items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists short enough for the parameters of one query."""
    whole = list(items)
    for at in range(0, len(whole), _AT_ONCE):
        yield whole[at : at + _AT_ONCE]


def subjects_by_words() -> dict[str, str]:
    """Codes of subjects by their names, codes and usual names, each in the form of `subject_key`."""
    found: dict[str, str] = {}
    known = set()
    for code, name in Subject.objects.values_list("code", "name"):
        known.add(code)
        found[subject_key(name)] = found[subject_key(code)] = code
    return {words: code for words, code in _ALIASES.items() if code in known} | found


def _people(condition: Q, school: School) -> list[KnownPerson]:
    # Whoever sends a list does not reach other schools' rows, and just those must be known: nobody is taken from there.
    with unfenced():
        return _people_everywhere(condition, school)


def _people_everywhere(condition: Q, school: School) -> list[KnownPerson]:
    users = list(User.objects.filter(condition).values("pk", "code", "full_name", "birth_date", "citizen_id"))
    ids = [user["pk"] for user in users]
    places: dict[int, set[tuple[int, str]]] = {}
    for chunk in chunks(ids):
        rows = [
            *Enrolment.objects.current().filter(student__in=chunk).values_list("student", "school", "school__name"),
            *TeachingAssignment.objects.current()
            .filter(teacher__in=chunk)
            .values_list("teacher", "school", "school__name"),
            *Membership.objects.current()
            .filter(user__in=chunk, node__school__isnull=False)
            .values_list("user", "node__school", "node__school__name"),
        ]
        for person, place, name in rows:
            places.setdefault(person, set()).add((place, name))
    return [
        KnownPerson(
            user["code"],
            user["full_name"],
            user["birth_date"],
            frozenset(name for place, name in places.get(user["pk"], ()) if place != school.pk),
            any(place == school.pk for place, _ in places.get(user["pk"], ())),
            user["citizen_id"] or "",
        )
        for user in users
    ]


def known_for(*, school: School, year: SchoolYear, reading: Reading, create_classes: bool | None) -> Known:
    """What an import of a reading must know of the school and of the people whom it names."""
    codes = {code_of(row, school.code) or row.get("staff_code") for row in reading.rows} - {""}
    people = [one for chunk in chunks(sorted(codes)) for one in _people(Q(code__in=chunk), school)]
    numbers = {row.get("citizen_id") for row in reading.rows} - {""}
    by_number = [one for chunk in chunks(sorted(numbers)) for one in _people(Q(citizen_id__in=chunk), school)]
    staff = Membership.objects.current().filter(node=school.node_id).values_list("user__code", flat=True)
    return Known(
        year_starts=year.starts,
        grades=school.grades,
        university=school.levels == [Level.UNIVERSITY],
        classes=frozenset(SchoolClass.objects.filter(school=school, year=year).values_list("name", flat=True)),
        create_classes=create_classes,
        people={one.code: one for one in people},
        by_citizen_id={one.citizen_id: one for one in by_number},
        staff=frozenset(staff),
        subjects=subjects_by_words(),
        positions=POSITIONS,
        statuses=STATUSES,
    )


def school_named_in(titles: list[str], school: School) -> School | None:
    """Another school whose name stands above the list, when this school's name does not."""
    words = {_name_words(title) for title in titles}
    if _name_words(school.name) in words:
        return None
    for other in School.objects.exclude(pk=school.pk):
        if _name_words(other.name) in words:
            return other
    return None


def _name_words(name: str) -> str:
    """A school's name for comparison: the long and the short form of its level are the same."""
    words = fold(name).removeprefix("truong ")
    for long, short in (
        ("tieu hoc", "th"),
        ("trung hoc co so", "thcs"),
        ("trung hoc pho thong", "thpt"),
        ("dai hoc", "dh"),
    ):
        words = words.replace(long, short)
    return words
