"""What several views ask alike."""

from functools import reduce
from operator import or_

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from lms.models import Course, CourseState, Lesson, LessonQuerySet
from lms.selectors import children_in
from school.identity.models import User
from school.policy import Actor, Role, can, may, visible


def editable_course(request: HttpRequest, course_id: int) -> Course:
    """The teacher's course, or 404; an archived one is read only and is not found here."""
    courses = visible(request.user, Course, "change").exclude(state=CourseState.ARCHIVED)
    return get_object_or_404(courses, pk=course_id)


def lessons_seen(request: HttpRequest) -> LessonQuerySet:
    """The lessons whose titles the person may read: their own to open, and a child's to follow."""
    # Who may follow the page of a course holds a role in one of the two rules, often in both (a teacher's own child).
    seen = [visible(request.user, Lesson, action) for action in ("view", "title") if may(request.user, Lesson, action)]
    return reduce(or_, seen).defer("body")


def course_readers(request: HttpRequest, course: Course) -> list[User]:
    """Whose progress the page shows: the student themself, or a parent's children in the class; else nobody's."""
    actor = Actor.of(request.user)
    if Role.STUDENT in actor.roles and can(request.user, "view", course):
        return [request.user]
    return children_in(course, actor) if Role.PARENT in actor.roles else []
