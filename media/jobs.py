"""The job table's own moves: claim, sign of life, finish, fail, release, reap. Each is one conditional UPDATE or more.

Workers may die, messages may be lost or come twice; whoever changes the row under the right condition owns the work.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from media.captions import Cue
from media.conf import media_settings
from media.errors import Cancelled, MediaError
from media.models import (
    Asset,
    AssetState,
    CaptionTrack,
    Extra,
    Job,
    JobState,
    Rendition,
    RenditionSet,
    rendition_prefix,
)
from media.playlists import Media
from media.signals import asset_ready

logger = logging.getLogger(__name__)

LOG_CHARACTERS = 4000
AWAY = (OperationalError, InterfaceError)  # the database is being restarted, or the connection was cut
PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Lease:
    """The right to work on a job: who holds the row's token has it. The token names the attempt's folder too."""

    job_id: int
    asset_id: uuid.UUID
    token: uuid.UUID
    kind: str = Job.JobKind.TRANSCODE

    @property
    def prefix(self) -> str:
        """The store's folder that this attempt writes."""
        return rendition_prefix(self.asset_id, self.token)


@dataclass(frozen=True)
class Reaped:
    """What the reaper found: jobs to hint at again, and jobs given up."""

    queued: tuple[int, ...]
    failed: tuple[int, ...]


def claim(job_id: int, *, owner: str) -> Lease | None:
    """Take a waiting job, or one whose holder has gone silent; None when another has it or it is over."""
    now = timezone.now()
    token = uuid.uuid4()
    row = Job.objects.filter(pk=job_id).values_list("asset_id", "kind").first()
    if row is None:
        return None
    lease = Lease(job_id, row[0], token, row[1])
    if lease.kind == Job.JobKind.SPEECH and _listening(now) >= media_settings().speech_at_once:
        return None  # it waits, and the reaper's next message finds it
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    with transaction.atomic():
        taken = Job.objects.filter(free, pk=job_id, attempts__lt=F("max_attempts")).update(
            state=JobState.RUNNING,
            lease_owner=owner,
            lease_token=token,
            lease_until=now + timedelta(seconds=media_settings().lease_seconds),
            heartbeat_at=now,
            attempts=F("attempts") + 1,
            progress=0,
            error_code="",
            prefix=lease.prefix,
        )
        if not taken:
            return None
        _shown_by(lease.asset_id, lease.kind).update(state=AssetState.PROCESSING, error_code="")
    return lease


def _listening(now: datetime) -> int:
    """How many jobs write down speech."""
    return Job.objects.filter(kind=Job.JobKind.SPEECH, state=JobState.RUNNING, lease_until__gte=now).count()


def beat(lease: Lease, progress: float, *, extra_seconds: float = 0) -> None:
    """Show life and progress (0–1) and renew the lease; raises Cancelled when it is no longer ours.

    While the database is away a beat is left out: the lease holds for a while, and the next beat tells whether it did.
    """
    now = timezone.now()
    try:
        alive = _mine(lease).update(
            heartbeat_at=now,
            lease_until=now + timedelta(seconds=media_settings().lease_seconds + extra_seconds),
            progress=min(max(round(progress * 100), 0), 100),
        )
    except AWAY as error:
        logger.warning("job %s: no sign of life could be noted: %s", lease.job_id, error)
        connection.close()
        return
    if not alive:
        raise Cancelled


def publish(
    lease: Lease,
    made: Iterable[Media],
    *,
    set_id: uuid.UUID,
    poster: bool,
    facts: dict[str, object],
    quick: bool = False,
) -> None:
    """Make a finished set the one that is shown, by one flip of the asset's row; raises Cancelled without the lease.

    `facts` are fields of the asset learnt on the way (kind, duration, size of the picture). A quick set leaves the job
    running and the asset in processing. While the database is away it is waited for: hours of work may hang on this.
    """
    media = list(made)
    _patiently(lambda: _publish(lease, media, set_id=set_id, poster=poster, facts=facts, quick=quick))


def _publish(
    lease: Lease, media: list[Media], *, set_id: uuid.UUID, poster: bool, facts: dict[str, object], quick: bool
) -> None:
    if RenditionSet.objects.filter(pk=set_id).exists():
        return  # it was committed, and only the answer got lost
    with transaction.atomic():
        if not quick:
            _finish(lease)
        elif not _mine(lease).update(heartbeat_at=timezone.now()):
            raise Cancelled
        made_set = RenditionSet.objects.create(
            pk=set_id,
            asset_id=lease.asset_id,
            quick=quick,
            has_video=any(one.width for one in media),
            has_audio=any(not one.width for one in media),
            has_poster=poster,
        )
        Rendition.objects.bulk_create(
            Rendition(
                set=made_set,
                name=one.name,
                is_video=bool(one.width),
                width=one.width,
                height=one.height,
                peak_rate=one.peak,
                size=one.size,
                codecs=one.codecs,
            )
            for one in media
        )
        state = AssetState.PROCESSING if quick else AssetState.READY
        Asset.objects.filter(pk=lease.asset_id).update(current=made_set, state=state, error_code="", **facts)
        if not quick and Asset.objects.filter(pk=lease.asset_id, downloadable=True).exists():
            # without a message: the reaper finds it
            Job.objects.get_or_create(
                asset_id=lease.asset_id,
                kind=Job.JobKind.DOWNLOAD,
                state__in=[JobState.QUEUED, JobState.RUNNING],
                defaults={"max_attempts": media_settings().max_attempts},
            )
        if not quick:
            transaction.on_commit(partial(asset_ready.send_robust, sender=Asset, asset_id=lease.asset_id))


def publish_extras(lease: Lease, made: Iterable[Extra]) -> None:
    """Make an attempt's files the asset's extras of this kind, in place of older ones; raises Cancelled without the lease.

    While the database is away it is waited for.
    """
    files = list(made)
    _patiently(lambda: _publish_extras(lease, files))


def _publish_extras(lease: Lease, made: list[Extra]) -> None:
    with transaction.atomic():
        _finish(lease)
        Extra.objects.filter(asset=lease.asset_id, kind=lease.kind).delete()
        Extra.objects.bulk_create(made)


def publish_captions(lease: Lease, language: str, cues: Iterable[Cue]) -> None:
    """Keep what a machine wrote down as captions that nobody has checked; raises Cancelled without the lease.

    They take the place of unchecked ones in the language, never of captions that a person wrote or looked at
    (MediaError captions_exist). While the database is away it is waited for.
    """
    found = list(cues)
    _patiently(lambda: _publish_captions(lease, language, found))


def _publish_captions(lease: Lease, language: str, cues: list[Cue]) -> None:
    with transaction.atomic():
        _finish(lease)
        track, _made = CaptionTrack.objects.select_for_update().get_or_create(
            asset_id=lease.asset_id, language=language, defaults={"published": False, "unchecked": True}
        )
        if not track.unchecked:
            raise MediaError("captions_exist", language)
        track.take(cues)
        track.save()


def _finish(lease: Lease) -> None:
    """Note the end of the work, in the transaction that publishes it; raises Cancelled without the lease."""
    now = timezone.now()
    done = {"state": JobState.DONE, "progress": 100, "heartbeat_at": now, "finished": now, "lease_until": None}
    if not _mine(lease).update(**done):
        raise Cancelled


def fail(lease: Lease, error: MediaError) -> JobState | None:
    """Note a failed attempt: back to waiting when another can help and is left, else over. None: no longer our job.

    A job that waits again gets its next message from the reaper, which is the pause between attempts.
    """
    return _patiently(lambda: _fail(lease, error))


def _patiently[Result](work: Callable[[], Result]) -> Result:
    """Do `work` again while the database is away, for as long as a lease can hold."""
    until = time.monotonic() + media_settings().lease_seconds
    while True:
        try:
            return work()
        except AWAY:
            if connection.in_atomic_block or time.monotonic() > until:
                raise
            connection.close()
            time.sleep(PAUSE_SECONDS)


def _fail(lease: Lease, error: MediaError) -> JobState | None:
    job = _mine(lease).first()
    if job is None:
        return None
    again = error.retryable and job.attempts < job.max_attempts
    state = JobState.QUEUED if again else JobState.FAILED
    with transaction.atomic():
        changed = _mine(lease).update(
            state=state,
            lease_token=None,
            lease_until=None,
            hinted_at=timezone.now(),
            error_code=error.code,
            log_tail=error.detail[-LOG_CHARACTERS:],
            finished=None if again else timezone.now(),
        )
        if not changed:
            return None
        if not again:
            _shown_by(lease.asset_id, lease.kind).update(state=AssetState.FAILED, error_code=error.code)
    return state


def release(owner: str) -> int:
    """Give back every job that the worker `owner` holds: it was told to stop. The attempt does not count."""
    return Job.objects.filter(state=JobState.RUNNING, lease_owner=owner).update(
        state=JobState.QUEUED, lease_token=None, lease_until=None, hinted_at=None, attempts=F("attempts") - 1
    )


def reap() -> Reaped:
    """Put jobs of silent workers back, give up those without attempts left, and find waiting jobs without a message."""
    now = timezone.now()
    late = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now)
    failed: list[int] = []
    for job in late.filter(attempts__gte=F("max_attempts")):
        with transaction.atomic():
            # asked again in the UPDATE: the worker may have shown life in between
            if late.filter(pk=job.pk).update(
                state=JobState.FAILED, lease_token=None, lease_until=None, error_code="worker_lost", finished=now
            ):
                _shown_by(job.asset_id, job.kind).update(state=AssetState.FAILED, error_code="worker_lost")
                failed.append(job.pk)
    late.update(state=JobState.QUEUED, lease_token=None, lease_until=None, hinted_at=None, error_code="worker_lost")
    stale = now - timedelta(seconds=media_settings().hint_seconds)
    forgotten = Q(hinted_at__isnull=True) | Q(hinted_at__lt=stale)
    waiting = Job.objects.filter(forgotten, state=JobState.QUEUED).order_by("created")
    queued = [pk for pk in waiting.values_list("pk", flat=True) if hinted(pk)]
    return Reaped(tuple(queued), tuple(failed))


def hinted(job_id: int) -> bool:
    """Note that a message for a waiting job is being sent; False when another process has just done so."""
    now = timezone.now()
    stale = now - timedelta(seconds=media_settings().hint_seconds)
    forgotten = Q(hinted_at__isnull=True) | Q(hinted_at__lt=stale)
    return Job.objects.filter(forgotten, pk=job_id, state=JobState.QUEUED).update(hinted_at=now) == 1


def _shown_by(asset_id: uuid.UUID, kind: str) -> QuerySet[Asset]:
    """The asset as rows to update, when this kind of job is what it is shown by; its extras change nothing of its state."""
    return Asset.objects.filter(pk=asset_id) if kind == Job.JobKind.TRANSCODE else Asset.objects.none()


def _mine(lease: Lease) -> QuerySet[Job]:
    return Job.objects.filter(pk=lease.job_id, state=JobState.RUNNING, lease_token=lease.token)
