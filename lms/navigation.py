"""The lessons' entries in the menu and their cards on the start page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lms.selectors import courses_of, lessons_to_do
from lms.views.shared import person
from school.home import register_card
from school.navigation import NavItem, register
from school.policy import Role

register(
    NavItem(_("Lessons"), "book-2", "lms:courses", (Role.STUDENT, Role.TEACHER), order=20),
    NavItem(
        _("Lessons"),
        "book-2",
        "lms:courses",
        (Role.HOMEROOM, Role.PARENT, Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN),
        order=60,
    ),
)


def _student(request: HttpRequest) -> dict[str, Any] | None:
    lessons = lessons_to_do(person(request))
    started = next((row for row in lessons if row.started), None)
    return {"go_on": started, "lessons": [row for row in lessons if row is not started]}


def _teacher(request: HttpRequest) -> dict[str, Any] | None:
    return {"courses": courses_of(person(request), "change")[:5], "may_create": True}


register_card((Role.STUDENT,), "lms/cards/student.html", _student, order=10)
register_card((Role.TEACHER,), "lms/cards/teacher.html", _teacher, order=20)
