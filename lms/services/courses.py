"""Writes on courses and their sections."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max, QuerySet

from lms.models import Course, CourseState, Lesson, Section
from school.identity.models import User
from school.organisation.models import School, SchoolClass, Subject

UP, DOWN = "up", "down"


def next_order(rows: QuerySet[Section] | QuerySet[Lesson]) -> int:
    """The place after the last of a course's sections or lessons."""
    last = rows.aggregate(last=Max("order"))["last"]
    return 1 if last is None else int(last) + 1


@transaction.atomic
def course_create(
    *, title: str, school: School, school_class: SchoolClass | None, subject: Subject, by: User
) -> Course:
    """A new open course. The caller has asked the policy whether `by` teaches the subject in the class."""
    course = Course.objects.create(
        title=title, school=school, school_class=school_class, subject=subject, state=CourseState.OPEN
    )
    course.teachers.add(by)
    return course


@transaction.atomic
def course_update(*, course: Course, title: str, state: str) -> Course:
    """Renames a course, opens or archives it."""
    course.title, course.state = title, CourseState(state)
    course.save(update_fields=["title", "state"])
    return course


@transaction.atomic
def section_create(*, course: Course, title: str) -> Section:
    """A section at the end of the course."""
    return Section.objects.create(course=course, title=title, order=next_order(course.sections.all()))


@transaction.atomic
def section_rename(*, section: Section, title: str) -> Section:
    """Another title."""
    section.title = title
    section.save(update_fields=["title"])
    return section


@transaction.atomic
def section_delete(*, section: Section) -> None:
    """Removes the section; its lessons stay in the course, after those that have no section."""
    free = Lesson.objects.filter(course_id=section.course_id, section=None)
    for place, lesson in enumerate(section.lessons.order_by("order", "pk"), start=next_order(free)):
        lesson.section, lesson.order = None, place
        lesson.save(update_fields=["section", "order"])
    section.delete()


@transaction.atomic
def section_move(*, section: Section, direction: str) -> None:
    """One place up or down among the course's sections; at the end nothing happens."""
    move(list(Section.objects.select_for_update().filter(course_id=section.course_id)), section.pk, direction)


def move(rows: Sequence[Section] | Sequence[Lesson], pk: int, direction: str) -> None:
    """Swaps the row with its neighbour and writes 1, 2, 3… back: orders that doubled in the past are mended too."""
    placed: list[Section | Lesson] = list(rows)
    index = next(i for i, row in enumerate(placed) if row.pk == pk)
    other = index - 1 if direction == UP else index + 1
    if 0 <= other < len(placed):
        placed[index], placed[other] = placed[other], placed[index]
    for place, row in enumerate(placed, start=1):
        if row.order != place:
            row.order = place
            row.save(update_fields=["order"])
