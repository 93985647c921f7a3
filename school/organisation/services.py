"""Writes over the organisation: the standing catalogues, nodes, schools and years."""

import datetime

from django.db import transaction
from django.utils.text import slugify

from school.text import fold

from .catalogue import NODE_KINDS, PLANS, SUBJECTS
from .models import (
    Level,
    Node,
    NodeKind,
    School,
    SchoolClass,
    SchoolLevel,
    SchoolYear,
    Subject,
    SubjectPlan,
    Term,
    Week,
)


@transaction.atomic
def catalogues_ensure() -> None:
    """Write the kinds of nodes and the subjects that a district starts with; what exists is left as it is."""
    for order, (code, name) in enumerate(NODE_KINDS):
        NodeKind.objects.get_or_create(code=code, defaults={"name": name, "order": order})
    known = set(Subject.objects.values_list("code", flat=True))
    Subject.objects.bulk_create(
        Subject(code=code, name=name, mode=mode, order=order)
        for order, (code, name, mode) in enumerate(SUBJECTS)
        if code not in known
    )


@transaction.atomic
def node_create(*, kind: str, name: str, parent: Node | None = None, code: str = "") -> Node:
    """Add a node of a kind (its code) under ``parent``; raises NodeKind.DoesNotExist for an unknown kind."""
    return Node.objects.create(kind=NodeKind.objects.get(code=kind), name=name, parent=parent, code=code)


def host_label(name: str) -> str:
    """A host label (RFC 1123, at most 63 characters) from a school's name: "Trường THCS Ngọc Lâm" → "thcs-ngoc-lam"."""
    words = fold(name)
    for long, short in (
        ("truong ", ""),
        ("tieu hoc", "th"),
        ("trung hoc co so", "thcs"),
        ("trung hoc pho thong", "thpt"),
        ("dai hoc", "dh"),
    ):
        words = words.replace(long, short)
    return slugify(words)[:63].strip("-") or "truong"


@transaction.atomic
def school_create(
    *,
    code: str,
    name: str,
    levels: list[str],
    parent: Node | None,
    short_name: str = "",
    ward: str = "",
    email: str = "",
    phone: str = "",
    address: str = "",
) -> School:
    """Add a school under ``parent`` with a host label of its own; a taken label gets the school's code behind it."""
    label = host_label(name)
    if School.objects.filter(slug=label).exists():
        label = f"{label}-{slugify(code)}"[:63]
    school = School.objects.create(
        node=node_create(kind="school", name=name, parent=parent, code=code),
        code=code,
        name=name,
        short_name=short_name or name.removeprefix("Trường ").strip(),
        slug=label,
        ward=ward,
        email=email,
        phone=phone,
        address=address,
    )
    SchoolLevel.objects.bulk_create(SchoolLevel(school=school, level=level) for level in levels)
    return school


@transaction.atomic
def year_open(first: int) -> SchoolYear:
    """Open the school year that begins in September of ``first``: two terms, 35 teaching weeks, default plans.

    Weeks: 18 in the first term, 17 in the second (the frame plan of the Ministry's yearly decision). Opening twice changes nothing.
    """
    starts = datetime.date(first, 9, 5)
    year, created = SchoolYear.objects.get_or_create(
        name=f"{first}-{first + 1}", defaults={"starts": starts, "ends": datetime.date(first + 1, 5, 31)}
    )
    if not created:
        return year
    half = datetime.date(first + 1, 1, 17)
    first_term = Term.objects.create(year=year, number=1, name="Học kỳ I", starts=starts, ends=half)
    second_term = Term.objects.create(
        year=year, number=2, name="Học kỳ II", starts=half + datetime.timedelta(days=1), ends=year.ends
    )
    monday = starts - datetime.timedelta(days=starts.weekday())
    weeks = []
    for term, begin, numbers in (
        (first_term, monday, range(1, 19)),
        (second_term, half + datetime.timedelta(days=7 - half.weekday()), range(19, 36)),
    ):
        for offset, number in enumerate(numbers):
            day = begin + datetime.timedelta(weeks=offset)
            weeks.append(Week(term=term, number=number, starts=day, ends=day + datetime.timedelta(days=6)))
    Week.objects.bulk_create(weeks)
    subjects = {subject.code: subject for subject in Subject.objects.all()}
    SubjectPlan.objects.bulk_create(
        SubjectPlan(year=year, level=level, grade=grade, subject=subjects[code], periods=periods)
        for level, grade, code, periods in PLANS
        if code in subjects
    )
    return year


def level_of_grade(school: School, grade: int) -> str:
    """The level to which a grade belongs in this school; raises ValueError when it teaches no such grade."""
    from .models import GRADES

    for level in school.levels:
        if grade in GRADES[level]:
            return str(Level(level))
    raise ValueError(f"{school} teaches no grade {grade}")


@transaction.atomic
def class_create(*, school: School, year: SchoolYear, name: str, grade: int) -> SchoolClass:
    """Add a class; one that exists is given back. Raises ValueError when the school teaches no such grade."""
    made, _ = SchoolClass.objects.get_or_create(
        school=school, year=year, name=name, defaults={"grade": grade, "level": level_of_grade(school, grade)}
    )
    return made
