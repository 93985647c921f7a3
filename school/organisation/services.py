"""Writes over the organisation: the standing catalogues, nodes, schools, years, and who goes where from which day.

No move overwrites: a relation ends on its last day and another begins, so the old school keeps what it wrote and sees nothing
that comes after. A day in the future is a plan that comes true by itself.
"""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from school.identity.models import User
from school.row_security import unfenced
from school.text import fold

from .catalogue import NODE_KINDS, PLANS, SUBJECTS
from .models import (
    Enrolment,
    HomeroomAssignment,
    Level,
    Membership,
    Node,
    NodeKind,
    School,
    SchoolClass,
    SchoolLevel,
    SchoolYear,
    Subject,
    SubjectPlan,
    TeachingAssignment,
    Term,
    Week,
)

DAY = datetime.timedelta(days=1)


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
    made, _new = SchoolClass.objects.get_or_create(
        school=school, year=year, name=name, defaults={"grade": grade, "level": level_of_grade(school, grade)}
    )
    return made


@dataclass
class Moved:
    """What a move wrote, so that it can be told and taken back.

    ``made`` are ids by model, ``ended`` rows with the end and status they had before, ``dropped`` rows that never held.
    """

    made: dict[str, list[int]] = field(default_factory=dict)
    ended: dict[str, list[tuple[int, str | None, str]]] = field(default_factory=dict)
    dropped: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, other: "Moved") -> None:
        """Take in what another move wrote."""
        for label, ids in other.made.items():
            self.made.setdefault(label, []).extend(ids)
        for label, rows in other.ended.items():
            self.ended.setdefault(label, []).extend(rows)
        for label, lost in other.dropped.items():
            self.dropped.setdefault(label, []).extend(lost)


_MODELS: dict[str, Any] = {
    "enrolment": Enrolment,
    "membership": Membership,
    "teaching": TeachingAssignment,
    "homeroom": HomeroomAssignment,
}


def _running(rows: Any, last: datetime.date) -> list[Any]:
    """The rows that still hold after ``last``, locked: two clerks may act at once."""
    return list(rows.filter(Q(ends__isnull=True) | Q(ends__gt=last)).select_for_update(of=("self",)).order_by("pk"))


def _end(label: str, rows: list[Any], last: datetime.date, moved: Moved, status: str = "") -> None:
    """Give rows their last day; a row that would begin after it never held and goes."""
    model = _MODELS[label]
    never = [row for row in rows if row.starts > last]
    moved.dropped.setdefault(label, []).extend(
        {
            field.attname: value.isoformat()
            if isinstance(value := getattr(row, field.attname), datetime.date)
            else value
            for field in row._meta.concrete_fields
        }
        for row in never
    )
    model.objects.filter(pk__in=[row.pk for row in never]).delete()
    kept = [row for row in rows if row.starts <= last]
    for row in kept:
        before = row.ends.isoformat() if row.ends else None
        moved.ended.setdefault(label, []).append((row.pk, before, getattr(row, "status", "")))
        row.ends = last
        if status:
            row.status = status
    model.objects.bulk_update(kept, ["ends", "status"] if label == "enrolment" else ["ends"], batch_size=300)


@transaction.atomic
def appointment_start(
    *, person: User, role: str, node: Node, starts: datetime.date, ends: datetime.date | None = None
) -> Membership:
    """Appoint a person. Raises ValidationError when the days are the wrong way round or the post is held already."""
    if ends is not None and ends < starts:
        raise ValidationError({"ends": _("The last day lies before the first.")})
    overlapping = Membership.objects.filter(user=person, role=role, node=node).filter(
        Q(ends__isnull=True) | Q(ends__gte=starts)
    )
    if ends is not None:
        overlapping = overlapping.filter(starts__lte=ends)
    if overlapping.exists():
        raise ValidationError(_("This person already holds this post here in that time. End the earlier one first."))
    return Membership.objects.create(user=person, role=role, node=node, starts=starts, ends=ends)


@transaction.atomic
def appointment_end(*, membership: Membership, last: datetime.date) -> Membership:
    """Give an appointment its last day. Raises ValidationError when it has ended before, or begins later."""
    row = Membership.objects.select_for_update().get(pk=membership.pk)
    if row.ends is not None and row.ends <= last:
        raise ValidationError(_("This appointment has already ended."))
    if last < row.starts:
        raise ValidationError({"ends": _("The last day lies before the first.")})
    row.ends = last
    row.save(update_fields=["ends"])
    return row


@transaction.atomic
def students_place(*, students: list[User], school_class: SchoolClass, starts: datetime.date) -> Moved:
    """Move pupils into a class of the school they are in, from ``starts`` on; those who are in it stay as they are."""
    moved = Moved()
    mine = Enrolment.objects.filter(student__in=students, school=school_class.school_id)
    rows = _running(mine, starts - DAY)
    there = {row.student_id for row in rows if row.school_class_id == school_class.pk}
    _end("enrolment", [row for row in rows if row.student_id not in there], starts - DAY, moved)
    made = Enrolment.objects.bulk_create(
        [
            Enrolment(student=one, school_class=school_class, school_id=school_class.school_id, starts=starts)
            for one in students
            if one.pk not in there
        ],
        batch_size=500,
    )
    moved.made["enrolment"] = [row.pk for row in made]
    return moved


@transaction.atomic
def students_leave(*, students: list[User], school: School, last: datetime.date, status: str) -> Moved:
    """End pupils' time at a school with its last day and the reason (a status of Enrolment other than studying)."""
    if status == Enrolment.Status.STUDYING:
        raise ValueError("Whoever leaves does not go on studying here.")
    moved = Moved()
    rows = _running(Enrolment.objects.filter(student__in=students, school=school), last)
    _end("enrolment", rows, last, moved, status)
    return moved


@transaction.atomic
def students_transfer(*, students: list[User], school_class: SchoolClass, starts: datetime.date) -> Moved:
    """Move pupils to a class of another school from ``starts`` on; the old school has them until the day before.

    Parents need no move: what they see follows their child.
    """
    moved = Moved()
    elsewhere = Enrolment.objects.filter(student__in=students).exclude(school=school_class.school_id)
    _end("enrolment", _running(elsewhere, starts - DAY), starts - DAY, moved, Enrolment.Status.TRANSFERRED)
    moved.add(students_place(students=students, school_class=school_class, starts=starts))
    return moved


@transaction.atomic
def students_return(*, students: list[User], school_class: SchoolClass, starts: datetime.date) -> Moved:
    """Take pupils in again who are enrolled nowhere. Raises ValidationError for somebody who is at a school on that day."""
    busy = Enrolment.objects.filter(student__in=students).filter(Q(ends__isnull=True) | Q(ends__gte=starts))
    # Also at a school that whoever asks cannot reach: nobody is enrolled twice.
    with unfenced():
        rows = list(busy.select_related("student", "school")[:1])
    for row in rows:
        raise ValidationError(
            _("%(name)s is still enrolled at %(school)s. Ask for a transfer instead.")
            % {"name": row.student, "school": row.school}
        )
    return students_place(students=students, school_class=school_class, starts=starts)


@transaction.atomic
def staff_leave(*, people: list[User], school: School, last: datetime.date) -> Moved:
    """End people's posts, teaching and homerooms at a school with their last day; other schools' stay as they are."""
    moved = Moved()
    for label, rows in (
        ("membership", Membership.objects.filter(user__in=people, node=school.node_id)),
        ("teaching", TeachingAssignment.objects.filter(teacher__in=people, school=school)),
        ("homeroom", HomeroomAssignment.objects.filter(teacher__in=people, school=school)),
    ):
        _end(label, _running(rows, last), last, moved)
    return moved


@transaction.atomic
def staff_join(*, people: list[User], school: School, role: str, starts: datetime.date) -> Moved:
    """Give people a post at a school from ``starts`` on; who holds it then keeps it as it is."""
    there = set(
        Membership.objects.filter(user__in=people, role=role, node=school.node_id)
        .filter(Q(ends__isnull=True) | Q(ends__gte=starts))
        .values_list("user_id", flat=True)
    )
    made = Membership.objects.bulk_create(
        [
            Membership(user=one, role=role, node_id=school.node_id, starts=starts)
            for one in people
            if one.pk not in there
        ],
        batch_size=500,
    )
    return Moved(made={"membership": [row.pk for row in made]})


@transaction.atomic
def staff_transfer(*, people: list[User], old: School, new: School, role: str, starts: datetime.date) -> Moved:
    """Move staff to another school in one role; the old school has them until the day before."""
    moved = staff_leave(people=people, school=old, last=starts - DAY)
    moved.add(staff_join(people=people, school=new, role=role, starts=starts))
    return moved


@transaction.atomic
def moves_undo(*, moved: Moved) -> None:
    """Take a move back on the day it was made: what it made goes, what it ended goes on as before.

    Raises ValidationError when something has happened since that the old state does not allow.
    """
    for label, ids in moved.made.items():
        untouched = _MODELS[label].objects.select_for_update().filter(pk__in=ids, ends__isnull=True)
        if len(untouched) != len(ids):
            raise ValidationError(_("Something was changed since; it can no longer be undone in one step."))
        untouched.delete()
    for label, rows in moved.ended.items():
        found = _MODELS[label].objects.select_for_update().in_bulk([pk for pk, *_rest in rows])
        if len(found) != len(rows):
            raise ValidationError(_("Something was changed since; it can no longer be undone in one step."))
        for pk, ends, status in rows:
            found[pk].ends = _day(ends)
            if status:
                found[pk].status = status
        fields = ["ends", "status"] if label == "enrolment" else ["ends"]
        _MODELS[label].objects.bulk_update(found.values(), fields, batch_size=300)
    for label, lost in moved.dropped.items():
        _MODELS[label].objects.bulk_create(
            _MODELS[label](**{key: _day(value) if key in {"starts", "ends"} else value for key, value in row.items()})
            for row in lost
        )


def _day(value: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(value) if value else None
