"""The gradebook's entries of the menu and its cards on the start page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gradebook.selectors import newest_published, sheets_to_fill
from school.home import register_card
from school.navigation import NavItem, register
from school.organisation.models import Term
from school.policy import Role

register(
    NavItem(
        _("Mark sheets"),
        "table",
        "gradebook:sheets",
        roles=[Role.TEACHER, Role.HOMEROOM, Role.PRINCIPAL, Role.VICE_PRINCIPAL],
        order=20,
    ),
    NavItem(
        _("Attendance"),
        "user-check",
        "gradebook:attendance-classes",
        roles=[Role.TEACHER, Role.HOMEROOM, Role.PRINCIPAL, Role.VICE_PRINCIPAL],
        order=25,
    ),
    NavItem(_("Marks"), "table", "gradebook:report", roles=[Role.STUDENT, Role.PARENT], order=20),
)


def new_marks(request: HttpRequest) -> dict[str, Any] | None:
    """A pupil's latest published marks; None before the first."""
    marks = newest_published(request.user)  # type: ignore[arg-type]
    return {"marks": marks, "url": reverse("gradebook:report")} if marks else None


def to_fill(request: HttpRequest) -> dict[str, Any] | None:
    """A teacher's sheets with blanks; None when all are full."""
    term = Term.objects.current()
    entries = sheets_to_fill(request.user, term)[:5] if term else []  # type: ignore[arg-type]
    return {"entries": entries} if entries else None


register_card([Role.STUDENT], "gradebook/card_new_marks.html", new_marks, order=20)
register_card([Role.TEACHER], "gradebook/card_sheets.html", to_fill, order=30)
