"""Examples of the media rooms' addresses for the matrix: an asset of each school's teacher, shown to nobody else."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from media.models import Asset, AssetState, CaptionTrack, Job, JobState, Kind, Note, Upload
from tests.world import Cast, World


def _of(cast: Cast) -> dict[str, Any]:
    asset = Asset.objects.create(
        owner=cast.teacher,
        school=cast.school,
        kind=Kind.VIDEO,
        title="Bài giảng",
        original_name="bai-giang.mp4",
        content_type="video/mp4",
        state=AssetState.FAILED,
        error_code="worker_lost",
        size=5,
    )
    asset.original.save("bai-giang.mp4", ContentFile(b"bytes"))
    CaptionTrack.objects.create(asset=asset, language="vi", vtt="WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nChào\n")
    asset.extras.create(
        kind=Job.JobKind.DOWNLOAD, attempt=uuid.uuid4(), name="phim-240.mp4", content_type="video/mp4", size=5
    )
    job = Job.objects.create(asset=asset, state=JobState.FAILED, error_code="worker_lost")
    upload = Upload.objects.create(
        owner=cast.teacher, name="bai.mp4", length=10, expires=timezone.now() + timedelta(days=7)
    )
    document = Asset.objects.create(
        owner=cast.teacher, school=cast.school, kind=Kind.DOCUMENT, title="Đề cương", content_type="application/pdf"
    )
    document.original.save("de-cuong.pdf", ContentFile(b"%PDF-1.7"))
    note = Note.objects.create(asset=asset, author=cast.teacher, at=3, text="Hỏi: vì sao?")
    return {"document": document.pk, "note": note.pk, "asset": asset.pk, "job": job.pk, "upload": upload.pk}


def examples(world: World) -> dict[str, dict[str, Any]]:
    """url name → {"own": values of school A, "other": values of school B}."""
    own, other = _of(world.a), _of(world.b)

    def pick(*names: str, **fixed: Any) -> dict[str, Any]:
        return {
            "own": {name: own[name] for name in names} | fixed,
            "other": {name: other[name] for name in names} | fixed,
        }

    return {
        "media:mine": pick(),
        "media:queue": pick(),
        "media:queue-act": pick("job"),
        "media:tus": pick(),
        "media:tus-upload": pick("upload"),
        "media:upload-result": pick("upload"),
        "media:multipart": pick(),
        "media:multipart-upload": pick("upload"),
        "media:multipart-part": pick("upload", number=1),
        "media:bytes": pick(token="forged", name="v240.mp4"),
        "media:detail": pick("asset"),
        "media:progress": pick("asset"),
        "media:retry": pick("asset"),
        "media:cancel": pick("asset"),
        "media:delete": pick("asset"),
        "media:captions": pick("asset"),
        "media:chapters": pick("asset"),
        "media:captions-change": pick("asset", language="vi"),
        "media:captions-lines": pick("asset", language="vi"),
        "media:captions-file": pick("asset", language="vi"),
        "media:speech": pick("asset"),
        "media:transcript": pick("asset", language="vi"),
        "media:notes": pick("asset"),
        "media:note": pick("note"),
        "media:my-notes": pick(),
        "media:my-notes-text": pick(),
        "media:read": {which: {"asset": values["document"]} for which, values in (("own", own), ("other", other))},
        "media:pages": pick("asset"),
        "media:take-along": pick("asset"),
        "media:extra": pick("asset", name="phim-240.mp4"),
        "media:original": pick("asset"),
        "media:play": pick("asset", name="master.m3u8"),
    }
