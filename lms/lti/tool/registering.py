"""The list of platforms: connecting one, changing it, turning it off, and what schools offer it."""

from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from lms.lti.models import Platform, Report
from lms.models import Course, CourseState
from school.audit.services import record
from school.identity.models import User
from school.organisation.models import Node
from school.policy import Actor, Role, visible

FIELDS = ("name", "issuer", "client_id", "deployment_ids", "auth_url", "token_url", "keyset_url", "page_urls")
OFFERING = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)


def platforms_of(user: User) -> QuerySet[Platform]:
    """The platforms that the person manages, with how many courses are offered to each."""
    counted = Count("courses", distinct=True)
    return visible(user, Platform, "manage").select_related("node").annotate(offered=counted).order_by("name", "pk")


def platforms_to_offer(user: User) -> QuerySet[Platform]:
    """The platforms to which the person may offer courses of their school."""
    counted = Count("courses", distinct=True)
    return visible(user, Platform, "offer").select_related("node").annotate(offered=counted).order_by("name", "pk")


def courses_to_offer(user: User, platform: Platform) -> QuerySet[Course]:
    """The open courses of the person's schools that the platform serves."""
    rows = Course.objects.filter(
        school__in=Actor.of(user).schools(*OFFERING),
        school__node__path__startswith=platform.node.path,
        state=CourseState.OPEN,
    )
    return rows.select_related("school", "school_class", "subject")


@transaction.atomic
def platform_save(*, node: Node, values: dict[str, Any], by: User, platform: Platform | None = None) -> Platform:
    """Connect a platform or change one; ``values`` are FIELDS."""
    made = platform or Platform()
    made.node = node
    for name in FIELDS:
        setattr(made, name, values[name])
    made.save()
    told = {name: values[name] for name in FIELDS} | {"kind": "LTI"}
    record(actor=by, action="client_changed" if platform else "client_added", target=made, detail=told)
    return made


@transaction.atomic
def platform_switch(*, platform: Platform, on: bool, by: User) -> None:
    """Turn a platform on or off; off, its learners read nothing more, at once."""
    Platform.objects.filter(pk=platform.pk).update(enabled=on)
    record(actor=by, action="client_changed" if on else "client_disabled", target=platform, detail={"kind": "LTI"})


@transaction.atomic
def courses_offer(*, platform: Platform, courses: list[Course], by: User) -> None:
    """Offer exactly these of the person's courses; what other schools offer stays."""
    mine = set(courses_to_offer(by, platform).values_list("pk", flat=True))
    before = set(platform.courses.filter(pk__in=mine).values_list("pk", flat=True))
    wanted = {course.pk for course in courses} & mine
    platform.courses.add(*(wanted - before))
    platform.courses.remove(*(before - wanted))
    if wanted != before:
        told = {"kind": "LTI", "offered": sorted(wanted - before), "taken_back": sorted(before - wanted)}
        schools = set(Course.objects.filter(pk__in=mine).values_list("school", flat=True))
        for school in schools:
            record(actor=by, action="client_changed", target=platform, detail=told, school_id=school)


def deliveries(platform: Platform) -> dict[str, Any]:
    """How the scores of the platform's learners went: {state: number} and the last fault."""
    rows = Report.objects.filter(learner__platform=platform)
    found = dict(rows.values_list("state").annotate(number=Count("pk")))
    fault = rows.exclude(fault="").order_by("-changed").values_list("fault", flat=True).first()
    return {**{state: found.get(state, 0) for state in Report.State.values}, "fault": fault or ""}
