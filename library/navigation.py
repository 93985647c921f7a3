"""The library's menu entries and cards of the start page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from library.policies import READERS
from library.selectors import desk_figures, open_loans_of, reading_of
from school.home import register_card
from school.identity.requests import person
from school.navigation import NavItem, register
from school.policy import Actor, Role


def _reader_card(request: HttpRequest) -> dict[str, Any] | None:
    values = {"loans": list(open_loans_of(person(request))[:5]), "reading": reading_of(person(request), limit=2)}
    return values if any(values.values()) else None


def _desk_card(request: HttpRequest) -> dict[str, Any]:
    return {"figures": desk_figures(Actor.of(request.user).schools(Role.LIBRARIAN))}


register(
    NavItem(_("Library"), "books", "library:search", [*READERS, Role.OFFICE_ADMIN], order=60),
    NavItem(_("Library desk"), "qrcode", "library:desk", [Role.LIBRARIAN], order=20),
)
register_card([Role.LIBRARIAN], "library/desk_card.html", _desk_card, order=10)
register_card([Role.STUDENT, Role.TEACHER], "library/home_card.html", _reader_card, order=60)
