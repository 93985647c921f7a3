"""What nobody refers to any more is deleted: old renditions, uploads that never ended, folders of dead workers."""

import shutil
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from media import bucket
from media.conf import media_settings
from media.models import Asset, Extra, Job, JobState, RenditionSet, Upload
from media.store import delete_prefix, folders, newest_change, s3_bucket

ROOT = "renditions"
ORIGINALS = "uploads"


@dataclass(frozen=True)
class Swept:
    """How many folders of the store, unfinished uploads and working folders went."""

    prefixes: int
    uploads: int
    work_folders: int


def sweep() -> Swept:
    """Delete what is not referenced and older than its grace (settings keep_seconds and upload_days)."""
    return Swept(_sweep_renditions() + _sweep_originals(), _sweep_uploads(), sweep_work())


def _sweep_originals() -> int:
    """Originals whose row was never committed."""
    before = timezone.now() - timedelta(seconds=media_settings().keep_seconds)
    gone = 0
    for name in folders(ORIGINALS):
        pk = _uuid(name)
        if pk is not None and (Asset.objects.filter(pk=pk).exists() or Upload.objects.filter(pk=pk).exists()):
            continue
        changed = newest_change(f"{ORIGINALS}/{name}")
        if changed is None or changed < before:
            delete_prefix(f"{ORIGINALS}/{name}")
            gone += 1
    return gone


def _sweep_renditions() -> int:
    before = timezone.now() - timedelta(seconds=media_settings().keep_seconds)
    gone = 0
    for asset_name in folders(ROOT):
        kept = _kept(asset_name)
        for attempt in folders(f"{ROOT}/{asset_name}"):
            prefix = f"{ROOT}/{asset_name}/{attempt}"
            changed = newest_change(prefix)
            if attempt in kept or (changed is not None and changed > before):
                continue
            if set_id := _uuid(attempt):
                RenditionSet.objects.filter(pk=set_id).delete()
            delete_prefix(prefix)
            gone += 1
    return gone


def _kept(asset_name: str) -> set[str]:
    """Attempts of an asset that are shown or being written."""
    asset = _uuid(asset_name)
    if asset is None:
        return set()
    shown = Asset.objects.filter(pk=asset, current__isnull=False).values_list("current_id", flat=True)
    written = Job.objects.filter(asset=asset, state=JobState.RUNNING).values_list("lease_token", flat=True)
    beside = Extra.objects.filter(asset=asset).values_list("attempt", flat=True)
    return {str(pk) for pk in (*shown, *written, *beside)}


def _sweep_uploads() -> int:
    late = Upload.objects.filter(expires__lt=timezone.now())
    for upload in late:
        (media_settings().incoming_folder / str(upload.pk)).unlink(missing_ok=True)
        if upload.multipart and upload.asset_id is None:
            bucket.abort(upload.key, upload.multipart)
    gone: int = late.delete()[0]
    if s3_bucket() is not None:
        # pieces without a row, of a web process that was killed between the store and the database
        known = set(Upload.objects.exclude(multipart="").values_list("multipart", flat=True))
        old = timezone.now() - timedelta(days=media_settings().upload_days)
        stray = [one for one in bucket.opened_before(f"{ORIGINALS}/", old) if one[1] not in known]
        for name, multipart in stray:
            bucket.abort(name, multipart)
        gone += len(stray)
    return gone


def sweep_work() -> int:
    """Delete this machine's working folders of attempts that nobody holds any more: their worker was killed.

    Every worker asks before its next job, because the nightly sweep runs on one machine only.
    """
    folder = media_settings().work_folder
    # listed before the question: whose attempt begins in between is not in the list
    found = list(folder.iterdir()) if folder.exists() else []
    if not found:
        return 0
    running = Job.objects.filter(state=JobState.RUNNING)
    alive = {str(token) for token in running.values_list("lease_token", flat=True)}
    dead = [left for left in found if left.name[:36] not in alive]
    for left in dead:
        shutil.rmtree(left, ignore_errors=True)
    return len(dead)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
