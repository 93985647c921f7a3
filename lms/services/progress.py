"""What a student has done: opened, watched, read, finished. Every write may come twice and changes nothing then."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from lms.h5p.models import Content
from lms.models import Lesson, LessonProgress, WatchProgress
from lms.selectors import lesson_states
from lms.signals import submission_scored
from lms.watching import MAX_SPEED, SLACK, Range, merge, total
from media.models import Asset
from school.identity.models import User

# Between two signs of life at most this much counts as time spent: a phone left open on a table is not study.
IDLE_AFTER = timedelta(seconds=60)


class ImpossibleWatch(ValueError):
    """More of the video was claimed than the time that has passed allows."""


def _progress(student: User, lesson: Lesson, now: datetime) -> LessonProgress:
    progress, _created = LessonProgress.objects.select_for_update().get_or_create(
        student=student, lesson=lesson, defaults={"opened_at": now, "seen_at": now}
    )
    return progress


def _seen(progress: LessonProgress, now: datetime) -> None:
    progress.seconds += int(min(max(now - progress.seen_at, timedelta()), IDLE_AFTER).total_seconds())
    progress.seen_at = max(now, progress.seen_at)
    progress.save(update_fields=["seconds", "seen_at"])


@transaction.atomic
def lesson_open(*, student: User, lesson: Lesson, now: datetime | None = None) -> LessonProgress:
    """The student's page of the lesson was opened: the first time is kept, later ones move `seen_at`."""
    now = now or timezone.now()
    progress = _progress(student, lesson, now)
    if progress.seen_at < now:
        # No time is added: between two openings the student was elsewhere.
        progress.seen_at = now
        progress.save(update_fields=["seen_at"])
    return progress


@transaction.atomic
def lesson_watch(
    *,
    student: User,
    lesson: Lesson,
    asset: Asset,
    duration: float,
    position: float,
    ranges: list[Range],
    now: datetime | None = None,
) -> WatchProgress:
    """Adds watched `ranges` (seconds of a video `duration` seconds long) and keeps `position` for the next device.

    ImpossibleWatch if the seconds that are new exceed the time since the last report, or all of them the time since
    the lesson was opened, at the player's top speed with some slack for clocks and lost reports.
    """
    now = now or timezone.now()
    progress = _progress(student, lesson, now)
    watch, _created = WatchProgress.objects.select_for_update().get_or_create(
        student=student, lesson=lesson, asset=asset, defaults={"reported_at": progress.opened_at}
    )
    merged = merge([*watch.ranges, *ranges])
    watched = min(total(merged), duration)
    if watched - watch.watched_seconds > _could_watch(watch.reported_at, now) or watched > _could_watch(
        progress.opened_at, now
    ):
        raise ImpossibleWatch(f"{watched - watch.watched_seconds:.0f} s")
    watch.ranges = [list(pair) for pair in merged]
    watch.watched_seconds = watched
    watch.watched_share = min(watched / duration, 1.0) if duration else 0.0
    watch.position = min(position, duration)
    watch.reported_at = now
    watch.save()
    _seen(progress, now)
    complete_if_done(student=student, lesson=lesson, now=now)
    return watch


def _could_watch(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) * MAX_SPEED + SLACK


@transaction.atomic
def lesson_read(*, student: User, lesson: Lesson, now: datetime | None = None) -> LessonProgress:
    """The student says that the text is read; it completes a lesson that has nothing to watch or to do."""
    now = now or timezone.now()
    progress = _progress(student, lesson, now)
    if progress.read_at is None:
        progress.read_at = now
        progress.save(update_fields=["read_at"])
    complete_if_done(student=student, lesson=lesson, now=now)
    progress.refresh_from_db()
    return progress


@transaction.atomic
def h5p_scored(
    *,
    student: User,
    lesson: Lesson,
    content: Content,
    score: Decimal | None,
    max_score: Decimal | None,
    now: datetime | None = None,
) -> None:
    """An H5P result has been stored: the lesson may be complete now, and the rooms above hear of the score."""
    now = now or timezone.now()
    _progress(student, lesson, now)
    complete_if_done(student=student, lesson=lesson, now=now)
    if score is None or max_score is None:
        return  # a text to read gives no points
    submission_scored.send(
        sender=Lesson, student=student, lesson=lesson, content=content, score=score, max_score=max_score
    )


@transaction.atomic
def tool_scored(*, student: User, lesson: Lesson, now: datetime | None = None) -> None:
    """An external tool has reported a score: the lesson may be complete now."""
    now = now or timezone.now()
    _progress(student, lesson, now)
    complete_if_done(student=student, lesson=lesson, now=now)


def complete_if_done(*, student: User, lesson: Lesson, now: datetime | None = None) -> bool:
    """Marks the lesson completed once every part is done. Completed stays completed when the teacher adds a part."""
    state = lesson_states([student.pk], [lesson.pk])[student.pk, lesson.pk]
    if not state.done:
        return False
    LessonProgress.objects.filter(student=student, lesson=lesson, completed_at=None).update(
        completed_at=now or timezone.now()
    )
    return True
