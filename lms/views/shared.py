"""What several views ask alike."""

from functools import reduce
from operator import or_
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from lms.models import Course, CourseState, Lesson, LessonQuerySet
from lms.selectors import LessonPage, children_in
from school.identity.models import User
from school.policy import Actor, Role, can, may, visible


def person(request: HttpRequest) -> User:
    """Who asks: the gate before the view lets nobody in who is not signed in."""
    assert isinstance(request.user, User)
    return request.user


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def with_policy(response: HttpResponse, page: LessonPage) -> HttpResponse:
    """The policy of a page with players; it may frame the hosts of just those tools that the lesson shows inside."""
    policy = settings.SECURE_CSP_PLAYER
    if links := page.framed_links:
        hosts = sorted({origin for link in links for origin in link.tool.origins})
        policy = policy | {"frame-src": [*policy["frame-src"], *hosts]}
    response._csp_config = policy  # type: ignore[attr-defined]
    return response


def editable_course(request: HttpRequest, course_id: int) -> Course:
    """The teacher's course, or 404; an archived one is read only and is not found here."""
    courses = visible(person(request), Course, "change").exclude(state=CourseState.ARCHIVED)
    return get_object_or_404(courses, pk=course_id)


def lessons_seen(request: HttpRequest) -> LessonQuerySet:
    """The lessons whose titles the person may read: their own to open, and a child's to follow."""
    # Who may follow the page of a course holds a role in one of the two rules, often in both (a teacher's own child).
    seen = [
        visible(person(request), Lesson, action) for action in ("view", "title") if may(person(request), Lesson, action)
    ]
    return cast(LessonQuerySet, reduce(or_, seen).defer("body"))


def course_readers(request: HttpRequest, course: Course) -> list[User]:
    """Whose progress the page shows: the student themself, or a parent's children in the class; else nobody's."""
    actor = Actor.of(person(request))
    if Role.STUDENT in actor.roles and can(person(request), "view", course):
        return [person(request)]
    return children_in(course, actor) if Role.PARENT in actor.roles else []
