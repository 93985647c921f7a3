"""Every change to a file's life: taken in, retried, cancelled, deleted; and uploads that come in pieces."""

import logging
import tempfile
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from media import bucket, jobs, tasks
from media.captions import cue_text, keyed, read_captions, read_vtt
from media.conf import media_settings
from media.content import HEAD_BYTES, MACRO_SUFFIXES, identify, is_office, kind_by_name
from media.errors import MediaError
from media.models import (
    TRANSCODED,
    Asset,
    AssetState,
    CaptionTrack,
    Extra,
    Job,
    JobState,
    Kind,
    Upload,
    rendition_prefix,
)
from media.pictures import SIDES, WORTH_BYTES, prepare
from media.selectors import storage_used
from media.signals import asset_ready
from media.speech import speech_fault
from media.store import MovableFile, answering, delete_prefix, digest
from school.organisation.models import School
from school.policy import STAFF, Actor

logger = logging.getLogger(__name__)

ALL_KINDS = frozenset(Kind)
NAME_LENGTH = 255
TITLE_LENGTH = 200


def upload_check(*, owner: Any, name: str, size: int, kinds: Iterable[Kind] = ALL_KINDS) -> Kind:
    """Refuse a file before its first byte by name, size (bytes) and quota; returns the kind its name promises.

    Raises MediaError: macros, kind_not_allowed, empty, too_big, quota.
    """
    if Path(name).suffix.lower() in MACRO_SUFFIXES:
        raise MediaError("macros", name)
    kind = kind_by_name(name)
    if kind is None or kind not in frozenset(kinds):
        raise MediaError("kind_not_allowed", name)
    if size <= 0:
        raise MediaError("empty", name)
    if size > media_settings().limits[kind]:
        raise MediaError("too_big", f"{size} bytes")
    if storage_used(owner) + size > media_settings().quota_bytes:
        raise MediaError("quota", f"{size} bytes more")
    return kind


def captions_save(*, asset: Asset, language: str, raw: bytes, name: str) -> CaptionTrack:
    """Take in a file of captions; it replaces the one in the same language. Raises MediaError with the reason."""
    if asset.kind not in TRANSCODED or language not in CaptionTrack.Language.values:
        raise MediaError("captions_type", f"{asset.kind}, {language}")
    cues = read_captions(raw, name, duration=asset.duration)
    with transaction.atomic():
        track, _made = CaptionTrack.objects.select_for_update().get_or_create(asset=asset, language=language)
        if track.unchecked:  # what a person brings is what they have looked at
            track.unchecked, track.published = False, True
        track.take(cues)
        track.save()
    return track


def captions_edit(
    track: CaptionTrack, changes: dict[str, str], *, seen: datetime, publish: bool = False
) -> CaptionTrack:
    """Keep other words for some cues, by their names (captions.keyed); one without words goes.

    With ``publish`` viewers see the track, and only now are captions from a machine ones that somebody has looked at.
    Raises MediaError: captions_changed when it is not the track of the moment ``seen``, captions_empty when no cue would be left.
    """
    with transaction.atomic():
        track = CaptionTrack.objects.select_for_update().get(pk=track.pk)
        if track.changed != seen:
            raise MediaError("captions_changed")
        cues = []
        for key, cue in keyed(read_vtt(track.vtt)).items():
            text = cue_text(changes[key]) if changes.get(key, cue.written) != cue.written else cue.text
            if text:
                cues.append(replace(cue, text=text))
        if not cues:
            raise MediaError("captions_empty")
        track.take(cues)
        if publish:
            track.unchecked, track.published = False, True
        track.save()
    return track


def captions_show(track: CaptionTrack, shown: bool) -> None:
    """Show a track to viewers, or hide it. What a machine wrote is shown by captions_edit alone, to whoever has seen its lines."""
    CaptionTrack.objects.filter(pk=track.pk, unchecked=False).update(published=shown)


def speech_ask(asset: Asset, language: str) -> Job:
    """Queue the writing down of what is said in a recording; the open job when there is one already.

    Raises MediaError: speech_model, no_sound, captions_exist.
    """
    if fault := speech_fault():
        raise MediaError("speech_model", fault)
    if asset.state != AssetState.READY or asset.current is None or not asset.current.has_audio:
        raise MediaError("no_sound")
    if asset.captions.filter(language=language, unchecked=False).exists():
        raise MediaError("captions_exist", language)
    return _queue(asset, Job.JobKind.SPEECH, language=language)


def asset_create(
    *,
    owner: Any,
    file: "File[bytes]",
    title: str = "",
    school: School | None = None,
    kinds: Iterable[Kind] = ALL_KINDS,
) -> Asset:
    """Take in an open file (a form's upload): checked by its content, stored, and queued when it needs processing.

    Without `school` the file belongs to the owner's school when they work in one only.
    Raises MediaError with the sentence for the person.
    """
    name = Path(file.name or "").name
    upload_check(owner=owner, name=name, size=file.size, kinds=kinds)
    folder = media_settings().incoming_folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
    try:
        return _take_in(Path(copy.name), name=name, owner=owner, title=title, school=school, kinds=kinds)
    finally:
        Path(copy.name).unlink(missing_ok=True)


def asset_from_file(
    path: Path,
    *,
    owner: Any,
    title: str = "",
    school: School | None = None,
    kinds: Iterable[Kind] = ALL_KINDS,
) -> Asset:
    """Take in a copy of a local file, as the demonstration and imports do; the file itself stays. Raises MediaError."""
    with path.open("rb") as content:
        return asset_create(
            owner=owner, file=File(content, name=path.name), title=title or path.stem, school=school, kinds=kinds
        )


def asset_retry(asset: Asset) -> Job | None:
    """Queue a failed or cancelled file again; None when it is ready, still being processed or cannot succeed."""
    if not asset.can_retry:
        return None
    with transaction.atomic():
        waiting = Asset.objects.filter(pk=asset.pk, state=AssetState.FAILED)
        # two clicks at once: the one that changes the row queues the job
        return _queue(asset) if waiting.update(state=AssetState.UPLOADED, error_code="") else None


def asset_cancel(asset: Asset) -> bool:
    """Stop the processing of a file; the worker notices within two seconds. False when there is nothing to stop."""
    with transaction.atomic():
        cancelled = _cancel(Job.objects.filter(asset=asset, kind=Job.JobKind.TRANSCODE))
        if cancelled:
            Asset.objects.filter(pk=asset.pk).update(state=AssetState.FAILED, error_code="cancelled")
    return bool(cancelled)


def job_cancel(job: Job) -> bool:
    """Stop one job; False when it is over. What the file is shown by fails with it, a file's extras are just not there."""
    if job.kind == Job.JobKind.TRANSCODE:
        return asset_cancel(job.asset)
    return bool(_cancel(Job.objects.filter(pk=job.pk)))


def job_retry(job: Job) -> Job | None:
    """Queue the same work again; None when that cannot help or it waits already."""
    if job.kind == Job.JobKind.TRANSCODE:
        return asset_retry(job.asset)
    return _queue(job.asset, Job.JobKind(job.kind), language=job.language) if job.can_retry else None


def download_allow(asset: Asset, allowed: bool) -> None:
    """Let viewers take a recording along, or no longer: its files are made by a job, or deleted at once."""
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(downloadable=allowed)
        asset.downloadable = allowed
        made = Extra.objects.filter(asset=asset, kind=Job.JobKind.DOWNLOAD)
        if not allowed:
            _cancel(Job.objects.filter(asset=asset, kind=Job.JobKind.DOWNLOAD))
            for prefix in {rendition_prefix(asset.pk, extra.attempt) for extra in made}:
                transaction.on_commit(partial(delete_prefix, prefix))
            made.delete()
        elif asset.state == AssetState.READY and not made.exists():
            _queue(asset, Job.JobKind.DOWNLOAD)


def asset_delete(asset: Asset) -> None:
    """Delete a file with its jobs and renditions; the bytes go when the transaction has committed.

    Raises MediaError("in_use") when a room above protects it.
    """
    pk = asset.pk
    try:
        with transaction.atomic():
            asset.delete()
            transaction.on_commit(partial(_delete_files, pk))
    except ProtectedError as error:
        raise MediaError("in_use", str(pk)) from error


def job_hint(job_id: int) -> None:
    """Tell the workers of a waiting job when the transaction commits. A lost message is found again by the reaper."""
    transaction.on_commit(partial(_send_hint, job_id))


def upload_start(
    *, upload_id: uuid.UUID, owner: Any, name: str, length: int, title: str = "", kinds: Iterable[Kind] = ALL_KINDS
) -> Upload:
    """Announce a file that will come in pieces. Raises MediaError before any byte has moved."""
    name = Path(name.replace("\\", "/")).name[:NAME_LENGTH]
    kinds = frozenset(kinds)
    upload_check(owner=owner, name=name, size=length, kinds=kinds)
    return Upload.objects.create(
        pk=upload_id,
        owner=owner,
        school=_school_of(owner),
        name=name,
        title=title[:TITLE_LENGTH],
        kinds=",".join(sorted(kinds)),
        length=length,
        expires=timezone.now() + timedelta(days=media_settings().upload_days),
    )


def multipart_start(
    *, owner: Any, name: str, length: int, title: str = "", kinds: Iterable[Kind] = ALL_KINDS
) -> Upload:
    """Announce a file that the browser will send to the store itself. Raises MediaError before any byte has moved."""
    upload = upload_start(upload_id=uuid.uuid4(), owner=owner, name=name, length=length, title=title, kinds=kinds)
    try:
        upload.multipart = bucket.begin(upload.key)
    except MediaError:
        upload.delete()
        raise
    upload.save(update_fields=["multipart"])
    return upload


def multipart_have(upload: Upload) -> list[int]:
    """Numbers of the pieces of an announced file that lie in the store, whole; all of them once they are joined.

    Raises MediaError("missing") when the store has forgotten the upload: it must be announced again.
    """
    found = None if upload.completed else bucket.parts(upload.key, upload.multipart)
    if found is None:
        if not upload.completed and bucket.size(upload.key) is None:
            multipart_abort(upload)
            raise MediaError("missing", "the store has forgotten the upload")
        return list(range(1, -(-upload.length // bucket.PART_BYTES) + 1))
    return [number for number, part in sorted(found.items()) if part["Size"] == _piece_size(upload, number)]


def _piece_size(upload: Upload, number: int) -> int:
    """Bytes of a piece, counted from 1; 0 for one that the file does not have."""
    first = (number - 1) * bucket.PART_BYTES
    return min(bucket.PART_BYTES, upload.length - first) if 0 <= first < upload.length else 0


def multipart_sign(upload: Upload, number: int, *, sha256: str = "") -> str:
    """The address for one piece (counted from 1) of an announced file; an upload that moves stays resumable anew.

    Raises MediaError("missing") for a number that the file does not have, or when it is no longer open.
    """
    size = _piece_size(upload, number)
    if upload.completed or not size:
        raise MediaError("missing", f"piece {number}")
    Upload.objects.filter(pk=upload.pk).update(expires=timezone.now() + timedelta(days=media_settings().upload_days))
    return bucket.sign(upload.key, upload.multipart, number, size=size, sha256=sha256)


def multipart_abort(upload: Upload) -> None:
    """Give up a file that has not become an asset, with the pieces that have come."""
    if upload.asset_id is None:
        bucket.abort(upload.key, upload.multipart)
        delete_prefix(f"uploads/{upload.pk}")
        upload.delete()


def upload_finish(upload: Upload) -> Asset:
    """Make an asset of an upload whose bytes have all come; a second call gives the same asset.

    Raises MediaError when the content is refused; the bytes are deleted then, and the refusal stays on the row. With a retryable
    error (the store does not answer) everything stays, and the call may be made again.
    """
    upload.refresh_from_db()
    if upload.asset is not None:
        return upload.asset
    if upload.error_code:
        raise MediaError(upload.error_code)
    if not upload.multipart and upload.offset != upload.length:
        raise MediaError("missing", f"{upload.offset} of {upload.length} bytes")
    path = media_settings().incoming_folder / str(upload.pk)
    kinds = frozenset(Kind(kind) for kind in upload.kinds.split(",") if kind) or ALL_KINDS
    try:
        if upload.multipart:
            _arrived(upload, path)
        if not path.exists():
            raise MediaError("missing", str(upload.pk))
        with transaction.atomic():
            # the row lock: two requests may finish the same upload at once
            upload = Upload.objects.select_for_update().get(pk=upload.pk)
            if upload.asset is not None:
                return upload.asset
            asset = _take_in(
                path,
                name=upload.name,
                owner=upload.owner,
                title=upload.title,
                school=upload.school,
                kinds=kinds,
                stored=upload if _stays(upload) else None,
            )
            upload.asset, upload.completed = asset, True
            upload.save(update_fields=["asset", "completed"])
    except MediaError as error:
        if error.retryable:
            raise  # the bytes are here; only the store does not take them now
        Upload.objects.filter(pk=upload.pk).update(error_code=error.code, completed=True)
        path.unlink(missing_ok=True)
        if upload.multipart:
            delete_prefix(f"uploads/{upload.pk}")
        raise
    if upload.multipart:
        path.unlink(missing_ok=True)
        if asset.pk != upload.pk:
            delete_prefix(f"uploads/{upload.pk}")
    return asset


def _stays(upload: Upload) -> bool:
    """Whether a file that went straight into the store can stay where it is, unread: a recording, told by its first bytes."""
    return bool(upload.multipart) and kind_by_name(upload.name) in TRANSCODED


def _arrived(upload: Upload, path: Path) -> None:
    """Join the pieces of a file in the store and bring here what must be looked at: its beginning, or all of a small one."""
    bucket.complete(upload.key, upload.multipart)
    size = bucket.size(upload.key)
    if size != upload.length:
        raise MediaError("missing", f"{size} of {upload.length} bytes")
    path.parent.mkdir(parents=True, exist_ok=True)
    bucket.fetch(upload.key, path, first=HEAD_BYTES if _stays(upload) else 0)


def _take_in(
    path: Path,
    *,
    name: str,
    owner: Any,
    title: str,
    school: School | None,
    kinds: Iterable[Kind],
    stored: Upload | None = None,
) -> Asset:
    """Check a local file's content and move it into the store.

    With `stored` the whole file lies in the store already, and the local one is its beginning: the job that fetches it notes
    its checksum.
    """
    content = identify(path, name)
    allowed = frozenset(kinds)
    if content.kind not in allowed and not (content.kind in TRANSCODED and allowed & frozenset(TRANSCODED)):
        raise MediaError("kind_not_allowed", content.content_type)
    content_type, width, height = content.content_type, 0, 0
    if content.kind == Kind.IMAGE:
        content_type, width, height = prepare(path, content_type)
        if content_type != content.content_type:
            name = f"{Path(name).stem}.jpg"
    asset = Asset(
        pk=stored.pk if stored else uuid.uuid4(),
        owner=owner,
        school=school or _school_of(owner),
        kind=content.kind,
        title=(title or Path(name).stem)[:TITLE_LENGTH],
        original_name=name[:NAME_LENGTH],
        size=stored.length if stored else path.stat().st_size,
        sha256="" if stored else digest(path),
        content_type=content_type,
        width=width,
        height=height,
        state=AssetState.UPLOADED if content.kind in TRANSCODED else AssetState.READY,
    )
    with answering(), transaction.atomic(), MovableFile(path) as moved:
        if stored:
            asset.original.name = stored.key
        else:
            asset.original.save(name, moved, save=False)
        asset.save(force_insert=True)
        if asset.transcoded:
            _queue(asset)
        else:
            if content.kind == Kind.IMAGE and asset.size > WORTH_BYTES and max(width, height) > min(SIDES):
                _queue(asset, Job.JobKind.PICTURE)
            if is_office(content_type) and media_settings().office != "off":
                _queue(asset, Job.JobKind.PAGES)
            transaction.on_commit(partial(asset_ready.send_robust, sender=Asset, asset_id=asset.pk))
    return asset


def _queue(asset: Asset, kind: Job.JobKind = Job.JobKind.TRANSCODE, *, language: str = "") -> Job:
    """The open job of this kind for the asset; a second click finds the first one's."""
    with transaction.atomic():
        job, _made = Job.objects.get_or_create(
            asset=asset,
            kind=kind,
            state__in=[JobState.QUEUED, JobState.RUNNING],
            defaults={"max_attempts": media_settings().max_attempts, "language": language},
        )
        job_hint(job.pk)
    return job


def _cancel(rows: QuerySet[Job]) -> int:
    """Take open jobs from their workers, who notice within two seconds; how many there were."""
    return rows.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).update(
        state=JobState.CANCELLED, lease_token=None, lease_until=None, finished=timezone.now(), error_code="cancelled"
    )


def _send_hint(job_id: int) -> None:
    if not jobs.hinted(job_id):
        return
    try:
        tasks.transcode.delay(job_id)
    except (OperationalError, OSError):
        # the row is queued and the reaper sends the message again: the person's upload must not fail for the broker
        logger.exception("no message could be sent for job %s", job_id)


def _delete_files(asset_id: uuid.UUID) -> None:
    delete_prefix(f"uploads/{asset_id}")
    delete_prefix(f"renditions/{asset_id}")


def _school_of(owner: Any) -> School | None:
    ids = Actor.of(owner).schools(*STAFF)
    return School.objects.filter(pk=next(iter(ids))).first() if len(ids) == 1 else None
