"""A recording to take along: only when its owner allows it, as whole files that play and seek, and to its viewers alone."""

import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import av
import pytest
from django.core.files.storage import default_storage
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse

from lms.blocks import BlockData
from media import jobs, pipeline
from media.delivery import guest_answer
from media.downloads import choose_parts
from media.errors import MediaError
from media.models import Asset, AssetState, Extra, Job, JobState, Rendition
from media.services import asset_cancel, asset_from_file, download_allow, job_cancel, job_retry
from media.sweep import sweep
from tests.lms.made import make_course, make_lesson
from tests.media import clips
from tests.world import World


def ready(path: Path, world: World, title: str = "Phân số: 1/2") -> Asset:
    made = asset_from_file(path, owner=world.a.teacher, school=world.a.school, title=title)
    pipeline.run_job(made.jobs.get().pk, owner="test")
    return Asset.objects.select_related("current").get(pk=made.pk, state=AssetState.READY)


@pytest.fixture
def film(world: World) -> Asset:
    """A film of 480 lines in a lesson of class 6A1."""
    made = ready(clips.clip("take-along.mp4", size="854x480", seconds=3), world)
    make_lesson(make_course(world, world.a), world.a, [BlockData(type="video", ref=str(made.pk))])
    return made


def make(asset: Asset) -> Job:
    """Allow the recording to be taken along, and let a worker make its files."""
    download_allow(asset, True)
    job = asset.jobs.get(kind=Job.JobKind.DOWNLOAD, state=JobState.QUEUED)
    pipeline.run_job(job.pk, owner="test")
    job.refresh_from_db()
    return job


def rendition(name: str, *, side: int = 0, rate: int = 1) -> Rendition:
    return Rendition(name=name, is_video=bool(side), width=side * 2, height=side, peak_rate=rate, size=1)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("sides", "rates", "sound_only", "chosen"),
    [
        (
            (1080, 720, 480, 240),
            (128, 48),
            False,
            {"phim-240.mp4": "v240 a48", "phim-480.mp4": "v480 a128", "am-thanh.m4a": "a48"},
        ),
        ((576,), (128, 48), False, {"phim-576.mp4": "v576 a48", "am-thanh.m4a": "a48"}),
        ((240,), (), False, {"phim-240.mp4": "v240"}),
        ((), (128, 48), True, {"am-thanh.m4a": "a128"}),
        ((), (), False, {}),
    ],
)
def test_small_pictures_get_their_sound_and_large_ones_stay(
    sides: tuple[int, ...], rates: tuple[int, ...], sound_only: bool, chosen: dict[str, str]
) -> None:
    renditions = [rendition(f"v{side}", side=side) for side in sides] + [
        rendition(f"a{rate}", rate=rate) for rate in rates
    ]
    parts = choose_parts(renditions, sound_only=sound_only)
    assert {name: " ".join(one.name for one in those) for name, those in parts.items()} == chosen


def test_nothing_can_be_taken_along_until_the_owner_allows_it(world: World, film: Asset, client_for: Any) -> None:
    pupil = client_for(world.a.student)
    page = reverse("media:detail", args=[film.pk])
    assert not film.downloadable
    assert "Tải về xem khi không có mạng" not in pupil.get(page).content.decode()
    assert pupil.get(reverse("media:extra", args=[film.pk, "phim-240.mp4"])).status_code == 404

    assert (
        client_for(world.a.teacher).post(reverse("media:take-along", args=[film.pk]), {"do": "allow"}).status_code
        == 302
    )
    pipeline.run_job(film.jobs.get(kind=Job.JobKind.DOWNLOAD).pk, owner="test")
    shown = pupil.get(page).content.decode()
    for name in ("phim-240.mp4", "phim-480.mp4", "am-thanh.m4a"):
        assert reverse("media:extra", args=[film.pk, name]) in shown


def test_a_taken_file_is_whole_named_seekable_and_sent_in_ranges(
    world: World, film: Asset, client_for: Any, tmp_path: Path
) -> None:
    assert make(film).state == JobState.DONE
    pupil = client_for(world.a.student)
    for name, streams, called in (
        ("phim-240.mp4", {"video", "audio"}, "Phân số 1 2 240p.mp4"),
        ("phim-480.mp4", {"video", "audio"}, "Phân số 1 2 480p.mp4"),
        ("am-thanh.m4a", {"audio"}, "Phân số 1 2.m4a"),
    ):
        address = pupil.get(reverse("media:extra", args=[film.pk, name]))["Location"]
        answer = pupil.get(address)
        data = b"".join(answer.streaming_content)
        assert len(data) == film.extras.get(name=name).size
        assert answer["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote(called)}"
        assert answer["Content-Type"] == ("audio/mp4" if name.endswith("m4a") else "video/mp4")
        part = pupil.get(address, headers={"Range": "bytes=10-19"})
        assert (part.status_code, b"".join(part.streaming_content)) == (206, data[10:20])

        # The index stands before the pictures, and there are no fragments: any phone's player seeks at once.
        assert -1 < data.index(b"moov") < data.index(b"mdat")
        assert b"moof" not in data
        taken = tmp_path / name
        taken.write_bytes(data)
        with av.open(str(taken)) as opened:
            assert {stream.type for stream in opened.streams} == streams
            assert opened.duration / 1_000_000 == pytest.approx(3, abs=0.2)
            starts = [float((stream.start_time or 0) * stream.time_base) for stream in opened.streams]
            assert max(starts) - min(starts) < 0.1
            assert sum(1 for _ in opened.decode(opened.streams[0])) > 70


def test_the_film_as_the_camera_wrote_it_is_its_owners(world: World, film: Asset, client_for: Any) -> None:
    original = reverse("media:original", args=[film.pk])
    assert client_for(world.a.student).get(original).status_code == 404
    assert original not in client_for(world.a.student).get(reverse("media:detail", args=[film.pk])).content.decode()
    assert client_for(world.a.teacher).get(original).status_code == 302
    with pytest.raises(Http404):
        guest_answer(RequestFactory().get("/"), film, "original", base="/x/")


def test_another_school_and_another_class_find_no_file(world: World, film: Asset, client_for: Any) -> None:
    make(film)
    address = client_for(world.a.student).get(reverse("media:extra", args=[film.pk, "phim-240.mp4"]))["Location"]
    for stranger in (world.a.outsider, world.b.student, world.b.teacher, world.a.teacher2):
        client = client_for(stranger)
        assert client.get(reverse("media:extra", args=[film.pk, "phim-240.mp4"])).status_code == 404
        assert client.get(address).status_code == 404
        assert client.post(reverse("media:take-along", args=[film.pk]), {"do": "refuse"}).status_code == 404
    assert (
        client_for(world.a.student).post(reverse("media:take-along", args=[film.pk]), {"do": "allow"}).status_code
        == 404
    )


def test_taken_back_the_files_are_gone_at_once_whatever_ticket_is_left(
    world: World, film: Asset, client_for: Any, django_capture_on_commit_callbacks: Any
) -> None:
    make(film)
    pupil = client_for(world.a.student)
    address = pupil.get(reverse("media:extra", args=[film.pk, "phim-240.mp4"]))["Location"]
    stored = film.extras.get(name="phim-240.mp4").path
    with django_capture_on_commit_callbacks(execute=True):
        client_for(world.a.teacher).post(reverse("media:take-along", args=[film.pk]), {"do": "refuse"})
    assert pupil.get(address).status_code == 404
    assert not default_storage.exists(stored)
    assert not film.extras.exists()


def test_a_recording_allowed_before_it_is_ready_gets_its_files_when_it_is(world: World) -> None:
    made = asset_from_file(clips.clip("tho.mp3", picture=False, seconds=2), owner=world.a.teacher, title="Thơ")
    download_allow(made, True)
    assert not made.jobs.filter(kind=Job.JobKind.DOWNLOAD).exists()
    pipeline.run_job(made.jobs.get().pk, owner="test")
    waiting = made.jobs.get(kind=Job.JobKind.DOWNLOAD)
    assert waiting.pk in jobs.reap().queued
    pipeline.run_job(waiting.pk, owner="test")
    assert [extra.name for extra in made.extras.all()] == ["am-thanh.m4a"]


def test_files_that_could_not_be_made_leave_the_recording_as_it_is_and_are_tried_again(
    world: World, film: Asset, client_for: Any
) -> None:
    download_allow(film, True)
    job = film.jobs.get(kind=Job.JobKind.DOWNLOAD)
    for _ in range(job.max_attempts):
        lease = jobs.claim(job.pk, owner="test")
        assert lease is not None
        jobs.fail(lease, MediaError("out_of_disk"))
    film.refresh_from_db()
    assert (film.state, film.error_code) == (AssetState.READY, "")
    teacher = client_for(world.a.teacher)
    panel = teacher.get(reverse("media:take-along", args=[film.pk])).content.decode()
    assert "Không tạo được các tệp" in panel
    assert "Máy chủ không còn chỗ" in panel
    assert "Sẵn sàng" in teacher.get(reverse("media:progress", args=[film.pk])).content.decode()
    teacher.post(reverse("media:take-along", args=[film.pk]), {"do": "allow"})
    again = film.jobs.get(kind=Job.JobKind.DOWNLOAD, state=JobState.QUEUED)
    pipeline.run_job(again.pk, owner="test")
    assert film.extras.count() == 3


def test_stopping_one_job_does_not_stop_the_other(world: World, film: Asset) -> None:
    download_allow(film, True)
    job = film.jobs.get(kind=Job.JobKind.DOWNLOAD)
    assert not asset_cancel(film)
    assert job_cancel(job)
    assert not job_cancel(job)
    film.refresh_from_db()
    job.refresh_from_db()
    assert (film.state, job.state) == (AssetState.READY, JobState.CANCELLED)
    again = job_retry(job)
    assert again is not None
    assert job_retry(film.jobs.get(kind=Job.JobKind.TRANSCODE)) is None


def test_a_worker_that_lost_its_lease_publishes_nothing(film: Asset) -> None:
    download_allow(film, True)
    lease = jobs.claim(film.jobs.get(kind=Job.JobKind.DOWNLOAD).pk, owner="test")
    assert lease is not None
    download_allow(film, False)
    with pytest.raises(jobs.Cancelled):
        jobs.publish_extras(lease, [])
    assert not Extra.objects.exists()


def test_the_sweep_keeps_what_can_be_taken_along_and_drops_what_no_row_names(film: Asset, settings: Any) -> None:
    make(film)
    settings.MEDIA_PIPELINE = {**settings.MEDIA_PIPELINE, "keep_seconds": -1}
    sweep()
    kept = film.extras.get(name="phim-240.mp4")
    assert default_storage.exists(kept.path)
    film.extras.update(attempt=uuid.uuid4())
    sweep()
    assert not default_storage.exists(kept.path)


def test_a_picture_cannot_be_taken_along_as_a_film(world: World, client_for: Any) -> None:
    picture = Asset.objects.create(owner=world.a.teacher, kind="image", title="Ảnh", state=AssetState.READY)
    answer = client_for(world.a.teacher).post(reverse("media:take-along", args=[picture.pk]), {"do": "allow"})
    assert answer.status_code == 404
