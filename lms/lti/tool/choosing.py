"""A teacher of another platform chooses one of the lessons offered there (deep linking 2.0)."""

import time
import uuid
from typing import Any

from django.db.models import QuerySet

from lms.lti import jose, names
from lms.lti.addresses import absolute
from lms.lti.models import Platform, Visit
from lms.models import CourseState, Lesson


def lessons_offered(platform: Platform) -> QuerySet[Lesson]:
    """The published lessons of the courses that schools offer to the platform, course by course."""
    rows = Lesson.objects.filter(
        live=True,
        course__state=CourseState.OPEN,
        course__lti_platforms=platform,
        course__school__node__path__startswith=platform.node.path,
    )
    found: QuerySet[Lesson] = rows.select_related("course__school", "course__subject").defer("body")
    return found.order_by("course__title", "course_id", "order", "pk")


def answer(visit: Visit, lesson: Lesson | None) -> tuple[str, str]:
    """Where the answer goes, and the signed answer; without a lesson nothing was chosen."""
    platform, asked = visit.learner.platform, visit.choosing
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": platform.client_id,
        "aud": platform.issuer,
        "iat": now,
        "exp": now + 300,
        "nonce": uuid.uuid4().hex,
        names.LTI + "deployment_id": asked["deployment_id"],
        names.LTI + "message_type": names.DEEP_LINKING_RESPONSE,
        names.LTI + "version": names.VERSION,
        names.DL + "content_items": [_item(lesson, bool(asked["lineitem"]))] if lesson else [],
    }
    if asked.get("data") is not None:
        claims[names.DL + "data"] = asked["data"]
    return asked["return_url"], jose.sign(claims)


def _item(lesson: Lesson, with_column: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "type": "ltiResourceLink",
        "title": lesson.title,
        "url": f"{absolute('arrive')}?lesson={lesson.pk}",
        # Platforms carry both along; some keep only the one, some only the other.
        "custom": {"lesson": str(lesson.pk)},
    }
    if with_column:
        item["lineItem"] = {"label": lesson.title, "scoreMaximum": 100, "resourceId": f"lesson-{lesson.pk}"}
    return item
