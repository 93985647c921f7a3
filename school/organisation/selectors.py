"""Reads over the organisation."""

from typing import Any

from django.conf import settings

from school.row_security import unfenced

from .models import Enrolment, Membership, School


def school_of_host(host: str) -> School | None:
    """The school whose portal answers under ``host`` (no port): its own name, or its label under PORTAL_DOMAIN."""
    own = School.objects.filter(host=host).first()
    if own is not None:
        return own
    label, _, domain = host.partition(".")
    if domain != settings.PORTAL_DOMAIN:
        return None
    return School.objects.filter(slug=label).first()


def portal_url(school: School) -> str:
    """The address of a school's public portal, with scheme and, in the embedded mode, the platform's port."""
    port = settings.PLATFORM_HOST.partition(":")[2]
    host = school.host or f"{school.slug}.{settings.PORTAL_DOMAIN}"
    return f"{settings.SCHEME}://{host}{':' + port if port else ''}/"


def place_of(user: Any) -> str:
    """Where this person learns or works: class and school, or the place of their post; "" for neither."""
    enrolment = Enrolment.objects.current().filter(student=user).select_related("school_class", "school").first()
    if enrolment:
        return f"{enrolment.school_class.name} · {enrolment.school}"
    post = Membership.objects.current().filter(user=user).select_related("node").first()
    return post.node.name if post else ""


def home_of_entry(user_id: int) -> int | None:
    """The same for an entry of the trail, which belongs to its person's school whoever causes it: a stranger who fails to sign
    in reaches no school at all.
    """
    with unfenced():
        return home_school(user_id)


def home_school(user_id: int) -> int | None:
    """The id of the school a person belongs to most plainly: where they study, else work, else where their child studies."""
    studies = Enrolment.objects.filter(student=user_id).order_by("-starts").values_list("school_id", flat=True).first()
    if studies is not None:
        return int(studies)
    posts = Membership.objects.filter(user=user_id, node__school__isnull=False).order_by("-starts")
    works = posts.values_list("node__school__pk", flat=True).first()
    if works is not None:
        return int(works)
    children = Enrolment.objects.filter(student__guarded_by__guardian=user_id).order_by("-starts")
    child = children.values_list("school_id", flat=True).first()
    return None if child is None else int(child)
