"""The office's menu entry and its card on the start page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.office.selectors import overview, school_day
from school.home import register_card
from school.identity.requests import person
from school.navigation import ADMINISTRATION, NavItem, register
from school.policy import Role


def _card(request: HttpRequest) -> dict[str, Any]:
    return {"figures": overview(person(request))}


def _school_card(request: HttpRequest) -> dict[str, Any] | None:
    day = school_day(person(request))
    return {"day": day} if day else None


register(NavItem(_("Overview"), "chart-bar", "office:dashboard", [Role.OFFICE_ADMIN], order=5))
register(
    NavItem(
        _("Portal"),
        "world",
        "wagtailadmin_home",
        [Role.OFFICE_ADMIN, Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN],
        order=85,
        group=ADMINISTRATION,
    )
)
register_card([Role.OFFICE_ADMIN], "office/card.html", _card, order=5, wide=True)
register_card(
    [Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN],
    "office/school_card.html",
    _school_card,
    order=5,
    wide=True,
)
