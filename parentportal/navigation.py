"""The contact book's menu entries and its card on the family's start page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from parentportal.selectors import children_of, contact_book, unread_count
from school.contexts import child_of
from school.home import register_card
from school.identity.requests import person
from school.navigation import NavItem, register
from school.policy import Role


def _family_card(request: HttpRequest) -> dict[str, Any] | None:
    only = child_of(request)
    children = [row for row in children_of(person(request)) if only in (None, row.student_id)]
    books = [contact_book(person(request), enrolment) for enrolment in children[:4]]
    return {"books": books} if books else None


def _teacher_card(request: HttpRequest) -> dict[str, Any] | None:
    count = unread_count(person(request))
    return {"count": count} if count else None


register(
    NavItem(_("Contact book"), "notebook", "parentportal:home", [Role.PARENT], order=10, badge=unread_count),
    NavItem(
        _("Contact book"), "notebook", "parentportal:home", [Role.HOMEROOM, Role.TEACHER], order=40, badge=unread_count
    ),
    NavItem(
        _("Outbox"),
        "send",
        "parentportal:outbox",
        [Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN, Role.OFFICE_ADMIN],
        order=80,
    ),
)
register_card([Role.PARENT], "parentportal/family_card.html", _family_card, order=10, wide=True)
register_card([Role.HOMEROOM, Role.TEACHER], "parentportal/teacher_card.html", _teacher_card, order=30)
