"""Personal data in the menu, and what waits for an answer on the start page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from school.home import register_card
from school.identity.requests import person
from school.navigation import ADMINISTRATION, NavItem, register
from school.roles import Role

from .selectors import to_answer

_ANSWERS = (Role.OFFICE_ADMIN, Role.PRINCIPAL, Role.SCHOOL_ADMIN)


def waiting(user: Any) -> int:
    """How many requests wait for this person's answer."""
    return int(to_answer(user).waiting().count())


def _card(request: HttpRequest) -> dict[str, Any] | None:
    rows = to_answer(person(request))
    count = rows.waiting().count()
    return {"waiting": count, "overdue": rows.overdue().count()} if count else None


register(
    NavItem(
        _("Data requests"), "clipboard-check", "privacy:wishes", _ANSWERS, order=88, badge=waiting, group=ADMINISTRATION
    ),
    NavItem(
        _("Consents"),
        "photo",
        "privacy:pictures",
        (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN, Role.OFFICE_ADMIN),
        order=89,
        group=ADMINISTRATION,
    ),
    NavItem(_("My data"), "id", "privacy:mine", order=95),
)
register_card(_ANSWERS, "privacy/card.html", _card, order=8)
