"""What a visit may see and do: one lesson, for a while, without an account. Everything is asked anew at each request."""

import hashlib
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from lms.blocks import H5P
from lms.h5p.models import Content
from lms.h5p.playing import Guest, guests_by
from lms.h5p.recording import Reached, reached_by_guest
from lms.lti.models import GuestResult, Learner, Report, Visit
from lms.lti.tool.arriving import offered
from lms.models import Lesson, LessonMaterial
from media.models import Asset

_CONTEXT = "lti-visit-"


def visit_of(word: str) -> Visit | None:
    """The visit of a word in an address, while it lasts and its platform is on."""
    rows = Visit.objects.select_related("learner__platform__node").filter(
        hash=hashlib.sha256(word.encode()).hexdigest(), until__gt=timezone.now(), learner__platform__enabled=True
    )
    found: Visit | None = rows.first()
    return found


def lesson_of(visit: Visit) -> Lesson | None:
    """The visit's lesson, if it is still published and offered."""
    return offered(visit.learner.platform, visit.lesson_id) if visit.lesson_id else None


def asset_of(lesson: Lesson, pk: Any) -> Asset | None:
    """A picture, film or file that the published lesson holds."""
    row = LessonMaterial.objects.select_related("asset__current").filter(lesson=lesson, live=True, asset=pk).first()
    return row.asset if row else None


def content_of(lesson: Lesson, pk: int) -> Content | None:
    """An exercise that the published lesson holds."""
    row = LessonMaterial.objects.select_related("content").filter(lesson=lesson, live=True, content=pk).first()
    return row.content if row else None


def context_of(visit: Visit) -> str:
    """Under what the player's address speaks of the visit."""
    return f"{_CONTEXT}{visit.pk}"


@guests_by
def guest_of(context: str, content_pk: int) -> Guest | None:
    """A visit's learner may see the exercises of its lesson."""
    pk = context.removeprefix(_CONTEXT)
    if pk == context or not pk.isdigit():
        return None
    rows = Visit.objects.select_related("learner__platform__node").filter(
        pk=int(pk), until__gt=timezone.now(), learner__platform__enabled=True
    )
    visit = rows.first()
    lesson = lesson_of(visit) if visit else None
    if visit is None or lesson is None or content_of(lesson, content_pk) is None:
        return None
    return Guest(visit.language, tuple(visit.learner.platform.origins))


def statement_record(*, visit: Visit, lesson: Lesson, content: Content, statement: Any) -> Reached | None:
    """Keep what a finished exercise reached, the best of all attempts, and send it home; None when nothing was finished."""
    found = reached_by_guest(content=content, statement=statement)
    if found is not None:
        _keep(visit, lesson, content, found)
    return found


def read_record(*, visit: Visit, lesson: Lesson) -> None:
    """The learner says that the lesson is read: it completes one without exercises."""
    _keep(visit, lesson, None, Reached(None, None))


@transaction.atomic
def _keep(visit: Visit, lesson: Lesson, content: Content | None, found: Reached) -> None:
    # One learner's results are written one after the other: two windows may report at once.
    Learner.objects.select_for_update().get(pk=visit.learner_id)
    row = GuestResult.objects.filter(learner=visit.learner, lesson=lesson, content=content).first()
    row = row or GuestResult(learner=visit.learner, lesson=lesson, content=content)
    if found.score is not None and found.most is not None:
        row.score, row.maximum = max(found.score, min(row.score or Decimal(0), found.most)), found.most
    row.finished = timezone.now()
    row.save()
    if visit.line_item:
        now = timezone.now()
        fresh = {"changed": now, "state": Report.State.QUEUED, "attempts": 0, "due": now, "fault": ""}
        Report.objects.update_or_create(learner=visit.learner, lesson=lesson, line_item=visit.line_item, defaults=fresh)


class Standing:
    """How far a learner is with a lesson: the share of its exercises (each counts the same), and whether all are finished."""

    def __init__(self, learner: Learner, lesson: Lesson) -> None:
        contents = set(
            LessonMaterial.objects.filter(lesson=lesson, live=True, block=H5P).values_list("content", flat=True)
        )
        rows = {row.content_id: row for row in GuestResult.objects.filter(learner=learner, lesson=lesson)}
        self.graded = bool(contents)
        done = [row for pk, row in rows.items() if pk in contents]
        self.complete = len(done) == len(contents) if contents else None in rows
        shares = [row.score / row.maximum if row.maximum and row.score is not None else Decimal(1) for row in done]
        self.share = sum(shares, Decimal(0)) / len(contents) if contents else Decimal(0)

    @property
    def percent(self) -> int:
        """In whole percent, rounded down."""
        return int(self.share * 100)
