"""One job from claim to publication: probe, plan, encode, check, store, flip. Knows nothing of Celery."""

import logging
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from media import jobs
from media.conf import ffmpeg_binary, media_settings
from media.documents import make_pages
from media.downloads import make_downloads
from media.errors import Cancelled, MediaError
from media.graph import poster_command, sprite_command, transcode_command
from media.jobs import Lease
from media.models import Asset, Extra, Job, Kind
from media.plan import Plan, make_plan, make_quick_plan
from media.playlists import Media, sprite_vtt, write_masters
from media.probe import Probe, probe
from media.runner import LOG_NAME, log_tail, run_ffmpeg
from media.sizes import make_sizes
from media.store import answering, delete_prefix, digest, local_original, put_files
from media.sweep import sweep_work
from media.transcription import transcribe

logger = logging.getLogger(__name__)

ENCODED_SHARE = 0.97  # of the progress; the rest is checking and storing
SLOW_STORE_BYTES_PER_SECOND = 1_000_000
SLOWEST_SPEED = 60  # seconds of work that one second of recording may take
SHORTEST_LIMIT = 900.0
FULL_BELOW = 1 << 20  # bytes
FILE_SLACK = 64 << 20  # one file of the result may be larger than the whole estimate by this, then ffmpeg is stopped


def run_job(job_id: int, *, owner: str) -> None:
    """Claim the job and carry it out; does nothing when another worker has it. Every failure ends in the job's row."""
    lease = jobs.claim(job_id, owner=owner)
    if lease is None:
        return
    try:
        sweep_work()
        asset = Asset.objects.select_related("current").get(pk=lease.asset_id)
        with answering(), _work_folder(lease) as work:
            if lease.kind == Job.JobKind.TRANSCODE:
                with local_original(asset, work) as source:
                    _transcode(lease, asset, source, work)
            elif lease.kind == Job.JobKind.SPEECH:
                jobs.publish_captions(lease, *transcribe(lease, asset, work))
            else:
                _extras(lease, asset, work)
    except Cancelled:
        logger.info("job %s: the lease is gone, leaving", job_id)
    except Asset.DoesNotExist:
        logger.info("job %s: the file was deleted", job_id)
    except MediaError as error:
        jobs.fail(lease, error)
    except Exception as error:
        jobs.fail(lease, MediaError("internal", repr(error)))
        raise


@contextmanager
def _work_folder(lease: Lease) -> Iterator[Path]:
    """A folder on the local disk for this attempt, named by its token so that the sweep knows whose it is."""
    folder = media_settings().work_folder
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"{lease.token}-", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _transcode(lease: Lease, asset: Asset, source: Path, work: Path) -> None:
    settings = media_settings()
    found = probe(source)
    jobs.beat(lease, 0)
    _check(found)
    plan = make_plan(found, max_side=settings.max_side)
    _check_room(found, plan, work)
    facts: dict[str, object] = {
        "kind": Kind.VIDEO if found.video is not None else Kind.AUDIO,
        "duration": round(found.duration, 3),
        "width": found.width,
        "height": found.height,
    }
    if not asset.sha256:  # it went from the browser straight into the store
        facts["sha256"] = digest(source)
    if asset.current_id is None and found.video is not None and 0 < settings.quick_seconds < found.duration:
        quick = make_quick_plan(found)
        made, poster = _make(lease, source, found, quick, work / "quick", share=0.0)
        _publish(lease, work / "quick", made, set_id=uuid.uuid4(), poster=poster, facts=facts, quick=True)
    made, poster = _make(lease, source, found, plan, work / "full", share=ENCODED_SHARE)
    _publish(lease, work / "full", made, set_id=lease.token, poster=poster, facts=facts)


MAKERS: dict[str, Callable[[Lease, Asset, Path], list[Extra]]] = {
    Job.JobKind.DOWNLOAD: make_downloads,
    Job.JobKind.PICTURE: make_sizes,
    Job.JobKind.PAGES: make_pages,
}


def _extras(lease: Lease, asset: Asset, work: Path) -> None:
    """Make the files of the job's kind in `work`, bring them into the store and publish them."""
    made = MAKERS[lease.kind](lease, asset, work)
    _store([work / extra.name for extra in made], lease.prefix, lease)
    jobs.publish_extras(lease, made)


def _check(found: Probe) -> None:
    settings = media_settings()
    if found.duration > settings.max_seconds:
        raise MediaError("too_long", f"{found.duration:.0f} s")
    if max(found.width, found.height) > settings.max_picture or found.width * found.height > settings.max_pixels:
        raise MediaError("too_large_picture", f"{found.width}×{found.height}")


def _check_room(found: Probe, plan: Plan, work: Path) -> None:
    """Refuse early when the disk cannot hold the result, instead of filling it for everyone."""
    needed = _room(found, plan)
    free = shutil.disk_usage(work).free
    if free < needed:
        raise MediaError("out_of_disk", f"{free} bytes free, {needed} needed")


def _room(found: Probe, plan: Plan) -> int:
    """Bytes that the result may need at most: the source (for a copied rung) and twice the caps of the rates."""
    rates = sum(rung.kbit for rung in plan.rungs) + sum(plan.audio)
    return int(found.size + 2 * rates * 1000 / 8 * found.duration)


def _make(
    lease: Lease, source: Path, found: Probe, plan: Plan, folder: Path, *, share: float
) -> tuple[dict[str, Media], bool]:
    """Encode a plan into `folder` and check it; (renditions by name, whether there is a poster)."""
    settings = media_settings()
    folder.mkdir()
    command = transcode_command(
        ffmpeg_binary(),
        source.absolute(),
        found,
        plan,
        preset=settings.preset,
        crf=settings.crf,
        threads=settings.threads,
    )
    run = partial(
        run_ffmpeg,
        folder=folder,
        duration=found.duration,
        on_progress=lambda done: jobs.beat(lease, done * share),
        stall_seconds=settings.stall_seconds,
        max_file_bytes=_room(found, plan) + FILE_SLACK,
        limit_seconds=max(found.duration * SLOWEST_SPEED, SHORTEST_LIMIT),
    )
    try:
        run(command)
        made = write_masters(folder, plan, duration=found.duration)
    except MediaError as error:
        # on a full disk not even ffmpeg's log says so
        if error.code in ("ffmpeg_failed", "incomplete_output") and shutil.disk_usage(folder).free < FULL_BELOW:
            raise MediaError("out_of_disk", error.detail) from error
        raise
    jobs.beat(lease, share)
    if plan.rungs:
        run(poster_command(ffmpeg_binary(), found, plan))
        run(sprite_command(ffmpeg_binary(), found, plan))
        (folder / "sprite.vtt").write_text(sprite_vtt(found.duration), encoding="utf-8")
    return made, (folder / "poster.jpg").exists()


def _publish(
    lease: Lease,
    folder: Path,
    made: dict[str, Media],
    *,
    set_id: uuid.UUID,
    poster: bool,
    facts: dict[str, object],
    quick: bool = False,
) -> None:
    if log := log_tail(folder):
        logger.info("job %s: %s", lease.job_id, log)
    files = [path for path in sorted(folder.iterdir()) if path.name != LOG_NAME]
    prefix = lease.prefix.replace(str(lease.token), str(set_id))
    _store(files, prefix, lease, progress=0.0 if quick else ENCODED_SHARE)
    jobs.publish(lease, made.values(), set_id=set_id, poster=poster, facts=facts, quick=quick)


def _store(files: list[Path], prefix: str, lease: Lease, *, progress: float = ENCODED_SHARE) -> None:
    def before_each(path: Path) -> None:
        # a slow store must not cost the lease in the middle of one large file
        jobs.beat(lease, progress, extra_seconds=path.stat().st_size / SLOW_STORE_BYTES_PER_SECOND)

    try:
        put_files(files, prefix, before_each=before_each)
    except MediaError:
        # half a set would keep a full disk full until the nightly sweep
        with suppress(MediaError), answering():
            delete_prefix(prefix)
        raise
