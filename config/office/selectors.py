"""Exact figures of the schools below an office: one grouped query for each measure, however many schools there are."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from gradebook.models import AbsenceSession, Mark
from library.models import Loan
from lms.models import Lesson
from school.dated import current_q, today
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Membership, School, TeachingAssignment
from school.policy import Actor, Role, visible
from school.text import fold

# The columns by which the table can be sorted, by the word in the address.
SORTS = {
    "ten": "name",
    "hoc-sinh": "students",
    "giao-vien": "teachers",
    "nhan-vien": "staff",
    "phu-huynh": "parents",
    "bai-hoc": "lessons",
    "luot-muon": "loans",
    "diem": "marks",
}


@dataclass(frozen=True)
class SchoolFigures:
    """One school's line. People are those of today; loans and marks those since the week began."""

    school: School
    students: int = 0
    teachers: int = 0
    staff: int = 0
    parents: int = 0
    lessons: int = 0
    loans: int = 0
    marks: int = 0

    @property
    def name(self) -> str:
        """For sorting."""
        return self.school.name


@dataclass(frozen=True)
class Overview:
    """All lines, the sums, and people by role over the whole office (a person counts once in each role)."""

    since: datetime
    rows: list[SchoolFigures]
    people: list[tuple[str, int]]
    students: int
    teachers: int
    parents: int
    lessons: int
    loans: int
    marks: int


@dataclass(frozen=True)
class Day:
    """What was done on one day in all schools of an office."""

    day: date
    marks: int
    loans: int


def activity(schools: Iterable[int], *, days: int = 14) -> list[Day]:
    """Marks entered and books lent on each of the last `days` days, today included: two queries."""
    ids = list(schools)
    last = timezone.localdate()
    span = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    begin = timezone.make_aware(datetime.combine(span[0], datetime.min.time()))

    def daily(rows: Any, moment: str) -> dict[date, int]:
        counted = rows.filter(**{f"{moment}__gte": begin}).order_by().annotate(day=TruncDate(moment))
        return dict(counted.values_list("day").annotate(n=Count("pk")))

    marks = daily(Mark.objects.filter(column__sheet__school__in=ids).exclude(value=None, comment=""), "at")
    loans = daily(Loan.objects.filter(school__in=ids), "lent_at")
    return [Day(day, marks.get(day, 0), loans.get(day, 0)) for day in span]


def week_begin(moment: datetime | None = None) -> datetime:
    """Monday, 0 o'clock local time, of the week of `moment` (now)."""
    local = timezone.localtime(moment)
    return (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def _by(rows: Any, school: str, what: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(school).annotate(n=Count(what, distinct=True)))


def overview(user: User, *, since: datetime | None = None) -> Overview:
    """The figures of every school this person's office oversees: thirteen queries beside those for its roles."""
    since = since or week_begin()
    schools = list(visible(user, School, "oversee").prefetch_related("level_rows").order_by("name", "pk"))
    ids = [school.pk for school in schools]
    now = Q(school__in=ids)
    enrolled = Enrolment.objects.current().filter(now)
    teaching = TeachingAssignment.objects.current().filter(now)
    posts = Membership.objects.current().filter(node__school__in=ids)
    guardians = Guardianship.objects.current().filter(
        current_q("student__enrolments__", day=today()), student__enrolments__school__in=ids
    )
    lessons = Lesson.objects.published().filter(course__school__in=ids)
    loans = Loan.objects.filter(school__in=ids, lent_at__gte=since)
    marks = Mark.objects.filter(column__sheet__school__in=ids, at__gte=since).exclude(value=None, comment="")
    measures = {
        "students": _by(enrolled, "school", "student"),
        "teachers": _teachers(posts, teaching),
        "staff": _by(posts, "node__school", "user"),
        "parents": _by(guardians, "student__enrolments__school", "guardian"),
        "lessons": _by(lessons, "course__school", "pk"),
        "loans": _by(loans, "school", "pk"),
        "marks": _by(marks, "column__sheet__school", "pk"),
    }
    rows = [
        SchoolFigures(school, **{name: found.get(school.pk, 0) for name, found in measures.items()})
        for school in schools
    ]
    appointed = dict(posts.order_by().values_list("role").annotate(n=Count("user", distinct=True)))
    teachers = posts.filter(role=Role.TEACHER).values("user").union(teaching.values("teacher")).count()
    students = enrolled.order_by().aggregate(n=Count("student", distinct=True))["n"]
    parents = guardians.order_by().aggregate(n=Count("guardian", distinct=True))["n"]
    people = [
        (str(Role.STUDENT.label), students),
        (str(Role.PARENT.label), parents),
        (str(Role.TEACHER.label), teachers),
        *((str(role.label), appointed.get(role, 0)) for role in _APPOINTED),
    ]
    return Overview(
        since=since,
        rows=rows,
        people=people,
        students=students,
        teachers=teachers,
        parents=parents,
        lessons=sum(row.lessons for row in rows),
        loans=sum(row.loans for row in rows),
        marks=sum(row.marks for row in rows),
    )


_APPOINTED = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN, Role.LIBRARIAN)


def _teachers(posts: Any, teaching: Any) -> dict[int, int]:
    """People who are appointed as teachers or teach a class, each once a school."""
    appointed = posts.filter(role=Role.TEACHER).order_by().values_list("node__school", "user")
    pairs = appointed.union(teaching.order_by().values_list("school", "teacher"))
    found: dict[int, int] = {}
    for school, _teacher in pairs:
        found[school] = found.get(school, 0) + 1
    return found


def shown(rows: Iterable[SchoolFigures], *, text: str = "", level: str = "", sort: str = "ten") -> list[SchoolFigures]:
    """The lines that fit the search (no diacritics needed) and the level, sorted; a leading minus turns the order."""
    words = fold(text).split()
    kept = [
        row
        for row in rows
        if all(word in row.school.search_text for word in words) and (not level or level in row.school.levels)
    ]
    backwards, key = sort.startswith("-"), SORTS.get(sort.removeprefix("-"), "name")
    if key == "name":
        return kept[::-1] if backwards else kept
    return sorted(kept, key=lambda row: getattr(row, key), reverse=backwards)


MEASURES = [field.name for field in fields(SchoolFigures) if field.name != "school"]


@dataclass(frozen=True)
class SchoolDay:
    """A school on one page: its size, who is missing today, what was done since the week began."""

    school: School
    classes: int
    students: int
    absent: int
    lessons: int
    marks: int
    loans: int


def school_day(user: User) -> SchoolDay | None:
    """The figures of the first school that this person leads or administers, None without one: seven queries."""
    leads = Actor.of(user).schools(Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)
    school = visible(user, School).filter(pk__in=leads).order_by("name").first()
    if school is None:
        return None
    since = week_begin()
    enrolled = Enrolment.objects.current().filter(school=school)
    sizes = enrolled.aggregate(students=Count("student", distinct=True), classes=Count("school_class", distinct=True))
    missing = AbsenceSession.objects.filter(school_class__school=school, date=today())
    marks = Mark.objects.filter(column__sheet__school=school, at__gte=since).exclude(value=None, comment="")
    return SchoolDay(
        school=school,
        classes=sizes["classes"],
        students=sizes["students"],
        absent=missing.values("student").distinct().count(),
        lessons=Lesson.objects.published().filter(course__school=school).count(),
        marks=marks.count(),
        loans=Loan.objects.filter(school=school, lent_at__gte=since).count(),
    )
