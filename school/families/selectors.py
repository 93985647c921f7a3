"""Reads for the pages of requests."""

from dataclasses import dataclass

from django.db.models import QuerySet

from school.families.models import ParentRequest
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship
from school.policy import visible
from school.text import fold


@dataclass(frozen=True)
class Known:
    """Somebody who already has the phone number of a request: the same person, or one who shares the number."""

    person: User
    same: bool
    children: list[str]


def requests_of(user: User) -> QuerySet[ParentRequest]:
    """The requests that this person answers, the waiting ones first."""
    return visible(user, ParentRequest, "answer").select_related("student", "by").order_by("-state", "-created")


def request_sent(request_id: int) -> ParentRequest | None:
    """A request by the number in its sender's signed address."""
    found: ParentRequest | None = (
        ParentRequest.objects.filter(pk=request_id).select_related("account", "student").first()
    )
    return found


def waiting_count(user: User) -> int:
    """How many requests wait for this person."""
    return visible(user, ParentRequest, "answer").filter(state=ParentRequest.State.WAITING).count()


def class_of(student: User) -> str:
    """The pupil's class and school today."""
    row = Enrolment.objects.current().filter(student=student).select_related("school_class", "school").first()
    return f"{row.school_class.name} · {row.school}" if row else ""


def known_by_phone(request: ParentRequest) -> list[Known]:
    """Open accounts with the request's number: the one that is the parent's own (same name) first."""
    people = list(User.objects.filter(phone=request.phone, is_active=True).exclude(pk=request.student_id).by_name())
    rows = Guardianship.objects.current().filter(guardian__in=people).select_related("student")
    children: dict[int, list[str]] = {}
    for row in rows:
        children.setdefault(row.guardian_id, []).append(row.student.full_name)
    found = [Known(one, fold(one.full_name) == fold(request.name), children.get(one.pk, [])) for one in people]
    return sorted(found, key=lambda one: not one.same)


def guardians_now(student: User) -> list[Guardianship]:
    """Who is the pupil's guardian already."""
    rows = Guardianship.objects.current().filter(student=student).select_related("guardian")
    return list(rows.order_by("-is_primary", "pk"))
