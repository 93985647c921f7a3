"""From an upload to something that can be watched, with a real ffmpeg."""

from typing import Any

import pytest
from django.core.files.storage import default_storage

from config.demo.files import demo_file
from media.models import AssetState, JobState, Kind
from media.probe import probe
from media.services import asset_from_file
from media.signals import asset_ready
from tests.media import clips
from tests.shared import shared
from tests.world import World


@pytest.fixture
def ready_news() -> Any:
    heard: list[Any] = []

    def hear(asset_id: Any, **_: Any) -> None:
        heard.append(asset_id)

    asset_ready.connect(hear)
    yield heard
    asset_ready.disconnect(hear)


def take_in(path: Any, world: World, commit: Any, **more: Any) -> Any:
    with commit(execute=True):
        asset = asset_from_file(path, owner=world.a.teacher, **more)
    asset.refresh_from_db()
    return asset


def names_in_store(asset: Any) -> set[str]:
    return set(default_storage.listdir(asset.current.prefix)[1])


def test_a_video_becomes_a_ladder_with_masters_poster_and_seek_pictures(
    world: World, django_capture_on_commit_callbacks: Any, ready_news: list[Any]
) -> None:
    asset = take_in(clips.clip("plain.mp4", size="640x480"), world, django_capture_on_commit_callbacks, title="Bài 1")
    assert (asset.state, asset.error_code) == (AssetState.READY, "")
    assert names_in_store(asset) == {
        *(f"{name}.{end}" for name in ("v480", "v240", "a64", "a48") for end in ("mp4", "m3u8")),
        "master.m3u8",
        "audio.m3u8",
        "poster.jpg",
        "sprite.jpg",
        "sprite.vtt",
    }
    job = asset.jobs.get()
    assert (job.state, job.progress, job.attempts) == (JobState.DONE, 100, 1)
    assert asset.current.prefix == job.prefix
    assert ready_news == [asset.pk]
    assert asset.duration == pytest.approx(2, abs=0.1)
    assert asset.school == world.a.school


def test_a_real_video_of_the_samples_is_ready_with_its_top_rung_copied(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    asset = take_in(shared("samples/media/bigbuckbunny_720p_5s.mp4"), world, django_capture_on_commit_callbacks)
    assert asset.state == AssetState.READY
    assert asset.kind == Kind.VIDEO
    assert sorted(asset.current.renditions.values_list("name", flat=True)) == ["a128", "a48", "v240", "v480", "v720"]


def test_the_lecture_of_the_demonstration_is_ready_though_its_sound_ends_before_its_picture(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    lecture = demo_file("media", "bai-giang-phan-so-1080p.mp4")
    assert probe(lecture).sound_is_short
    asset = take_in(lecture, world, django_capture_on_commit_callbacks)
    assert (asset.state, asset.error_code) == (AssetState.READY, "")
    assert asset.current.renditions.count() == 6
