"""The gradebook's entries of the menu and its cards on the start page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gradebook.models import Correction, MarkReview, pending_q
from gradebook.selectors import newest_published, sheets_to_fill
from school.home import register_card
from school.navigation import ADMINISTRATION, NavItem, register
from school.organisation.models import Term
from school.policy import Role, may, visible


def to_decide(user: Any) -> int:
    """How many corrections wait for this person's decision."""
    if not may(user, Correction, "decide"):
        return 0
    return visible(user, Correction, "decide").filter(pending_q()).count()


def to_answer(user: Any) -> int:
    """How many families wait for this teacher's answer."""
    if not may(user, MarkReview, "answer"):
        return 0
    return visible(user, MarkReview, "answer").filter(state=MarkReview.State.OPEN).count()


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
    NavItem(
        _("The school's mark sheets"),
        "lock",
        "gradebook:overview",
        roles=[Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN],
        order=45,
    ),
    NavItem(
        _("Corrections"),
        "pencil",
        "gradebook:corrections",
        roles=[Role.TEACHER, Role.HOMEROOM, Role.PRINCIPAL, Role.VICE_PRINCIPAL],
        order=46,
        badge=to_decide,
    ),
    NavItem(_("Marks to look at again"), "eye", "gradebook:reviews", roles=[Role.TEACHER], order=47, badge=to_answer),
    NavItem(
        _("Days of entry"),
        "calendar-event",
        "gradebook:windows",
        roles=[Role.OFFICE_ADMIN, Role.PRINCIPAL],
        order=70,
        group=ADMINISTRATION,
    ),
    NavItem(
        _("Who locks sheets"),
        "user-check",
        "gradebook:delegations",
        roles=[Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN],
        order=71,
        group=ADMINISTRATION,
    ),
    NavItem(
        _("Class results"),
        "clipboard-check",
        "gradebook:result-classes",
        roles=[Role.HOMEROOM, Role.PRINCIPAL, Role.VICE_PRINCIPAL],
        order=27,
    ),
    NavItem(
        _("Result slips"),
        "printer",
        "gradebook:slip-classes",
        roles=[Role.HOMEROOM, Role.PRINCIPAL, Role.VICE_PRINCIPAL],
        order=28,
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
