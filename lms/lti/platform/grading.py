"""Assignment and Grade Services 2.0: a tool's columns and scores, bounded to the courses in which the tool stands."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.lti.addresses import absolute
from lms.lti.models import LineItem, Link, Pseudonym, Score, Tool
from lms.lti.policies import covers
from lms.lti.values import moment, number
from lms.models import Course, CourseState, LessonMaterial
from lms.selectors import students_of
from lms.services.progress import tool_scored

ACTIVITY = ("Initialized", "Started", "InProgress", "Submitted", "Completed")
GRADING = ("FullyGraded", "Pending", "PendingManual", "Failed", "NotReady")
LONGEST_COMMENT = 4000


class Wrong(Exception):
    """A request that is not carried out; ``status`` is the answer's."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def context_of(tool: Tool, course_id: int) -> Course | None:
    """The course, if a lesson of it (published or in preparation) holds the tool and the tool still is for its school."""
    course = Course.objects.select_related("school__node", "subject").filter(pk=course_id).first()
    if course is None or not covers(tool.node, course.school):
        return None
    return course if LessonMaterial.objects.filter(link__tool=tool, lesson__course=course).exists() else None


def writable(course: Course) -> None:
    """Raises Wrong for a course that has ended."""
    if course.state == CourseState.ARCHIVED:
        raise Wrong(_("The course has ended: it is read, not written."), 403)


def columns(tool: Tool, course: Course, **asked: str) -> QuerySet[LineItem]:
    """The tool's line items in the course; ``asked`` may filter by resource_link_id, resource_id and tag."""
    found: QuerySet[LineItem] = LineItem.objects.filter(tool=tool, course=course)
    if link := asked.get("resource_link_id"):
        mine = [one.pk for one in Link.objects.filter(tool=tool, lesson__course=course) if str(one.pk) == link]
        found = found.filter(link__in=mine)
    for name in ("resource_id", "tag"):
        if value := asked.get(name):
            found = found.filter(**{name: value})
    return found


def column_json(item: LineItem) -> dict[str, Any]:
    """A line item in the words of the specification."""
    found: dict[str, Any] = {
        "id": absolute("line-item", item.course_id, item.pk),
        "label": item.label,
        "scoreMaximum": plain(item.maximum),
    }
    optional = {
        "resourceId": item.resource_id,
        "tag": item.tag,
        "resourceLinkId": str(item.link_id or ""),
        "startDateTime": item.starts.isoformat() if item.starts else "",
        "endDateTime": item.ends.isoformat() if item.ends else "",
    }
    return found | {key: value for key, value in optional.items() if value}


def plain(value: Decimal) -> int | float:
    """A number as JSON has it, 10 rather than 10.0."""
    return int(value) if value == value.to_integral_value() else float(value)


@transaction.atomic
def column_save(*, tool: Tool, course: Course, data: dict[str, Any], item: LineItem | None = None) -> LineItem:
    """Make a line item, or replace what a tool may change of one. Raises Wrong."""
    writable(course)
    label, most = data.get("label"), number(data.get("scoreMaximum"))
    if not isinstance(label, str) or not label.strip():
        raise Wrong(_("label is missing."))
    if most is None or most <= 0:
        raise Wrong(_("scoreMaximum must be a number greater than 0."))
    link = link_of(tool, course, data.get("resourceLinkId"))
    if item is not None and item.link_id != (link.pk if link else None):
        raise Wrong(_("resourceLinkId cannot be changed."))
    made = item or LineItem(tool=tool, course=course, link=link)
    made.label, made.maximum = label.strip()[:200], most
    made.resource_id = str(data.get("resourceId") or "")[:255]
    made.tag = str(data.get("tag") or "")[:255]
    for field, name in (("starts", "startDateTime"), ("ends", "endDateTime")):
        value = data.get(name)
        if value and moment(value) is None:
            raise Wrong(_("%(name)s is no moment with a time zone.") % {"name": name})
        setattr(made, field, moment(value))
    made.save()
    return made


def link_of(tool: Tool, course: Course, pk: Any) -> Link | None:
    """The tool's place in the course, None when none is asked for; raises Wrong for one that is not there."""
    if not pk:
        return None
    found: Link | None = next(
        (one for one in Link.objects.filter(tool=tool, lesson__course=course) if str(one.pk) == pk), None
    )
    if found is None:
        raise Wrong(_("This resource link is not known in this course."), 404)
    return found


@transaction.atomic
def column_delete(*, item: LineItem) -> None:
    """Remove a column with its scores; raises Wrong for the one by which a lesson counts (its teacher made it)."""
    writable(item.course)
    if item.link and item.link.graded and not item.link.line_items.exclude(pk=item.pk).exists():
        raise Wrong(_("The lesson counts this column; only its teacher can remove it, with the block."), 403)
    item.delete()


@transaction.atomic
def score_record(*, item: LineItem, data: dict[str, Any]) -> Score:
    """Keep a score; raises Wrong (404: no student of the course, 409: older than the one that is kept)."""
    writable(item.course)
    given, most, at = number(data.get("scoreGiven")), number(data.get("scoreMaximum")), moment(data.get("timestamp"))
    if at is None:
        raise Wrong(_("timestamp is no moment with a time zone."))
    if data.get("activityProgress") not in ACTIVITY or data.get("gradingProgress") not in GRADING:
        raise Wrong(_("activityProgress and gradingProgress must be words of the specification."))
    if data.get("scoreGiven") is not None and (given is None or not most):
        raise Wrong(_("scoreGiven needs a scoreMaximum greater than 0, and both must be numbers from 0 on."))
    known = Pseudonym.objects.select_related("user").filter(tool=item.tool_id, sub=_uuid(data.get("userId"))).first()
    if known is None or not known.user.is_active or known.user not in students_of(item.course):
        raise Wrong(_("userId is no student of this course."), 404)
    # One column's scores are written one after the other: two first ones may come at once.
    LineItem.objects.select_for_update().get(pk=item.pk)
    score = Score.objects.filter(item=item, student=known.user).first()
    if score is not None and at <= score.at:
        raise Wrong(_("A newer score is kept."), 409)
    score = score or Score(item=item, student=known.user)
    score.given, score.maximum = given, most if given is not None else None
    score.comment = str(data.get("comment") or "")[:LONGEST_COMMENT]
    score.activity, score.grading = data["activityProgress"], data["gradingProgress"]
    score.at, score.received = at, timezone.now()
    score.save()
    if item.link is not None and item.link.graded:
        tool_scored(student=known.user, lesson=item.link.lesson)
    return score


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def results(item: LineItem, *, user_id: str = "") -> QuerySet[Score]:
    """The scores of a column that are there, of one student when asked."""
    found: QuerySet[Score] = Score.objects.filter(item=item, given__isnull=False).order_by("pk")
    if user_id:
        known = Pseudonym.objects.filter(tool=item.tool_id, sub=_uuid(user_id))
        found = found.filter(student__in=known.values("user"))
    return found


def results_json(item: LineItem, scores: list[Score]) -> list[dict[str, Any]]:
    """Results in the words of the specification; points are told on the column's own scale."""
    rows = Pseudonym.objects.filter(tool=item.tool_id, user__in=[score.student_id for score in scores])
    subs = dict(rows.values_list("user", "sub"))
    address = absolute("line-item", item.course_id, item.pk)
    return [
        {
            "id": f"{address}/results/{subs[score.student_id]}",
            "scoreOf": address,
            "userId": str(subs[score.student_id]),
            "resultScore": plain((score.given * item.maximum / score.maximum).quantize(Decimal("0.0001"))),
            "resultMaximum": plain(item.maximum),
            **({"comment": score.comment} if score.comment else {}),
        }
        for score in scores
        if score.student_id in subs and score.given is not None and score.maximum
    ]
