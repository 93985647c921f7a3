"""The job table: one owner at a time, silence is noticed, nothing is lost and nothing is shown half-made."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from media import jobs, pipeline, tasks
from media.conf import media_settings
from media.errors import Cancelled, MediaError
from media.models import Asset, AssetState, Job, JobState, Kind, RenditionSet
from media.services import asset_cancel, asset_delete, asset_from_file, asset_retry
from media.store import put_files
from media.sweep import sweep
from tests.media import clips
from tests.world import World


@pytest.fixture
def job(world: World) -> Job:
    asset = asset_from_file(clips.clip("plain.mp4", size="640x480"), owner=world.a.teacher)
    return asset.jobs.get()


def late(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_only_one_worker_gets_a_job(job: Job) -> None:
    first = jobs.claim(job.pk, owner="a")
    assert first is not None
    assert jobs.claim(job.pk, owner="b") is None
    job.refresh_from_db()
    assert (job.state, job.lease_owner, job.attempts, job.prefix) == (JobState.RUNNING, "a", 1, first.prefix)
    assert job.asset.state == AssetState.PROCESSING


def test_a_silent_worker_loses_its_job_and_notices(job: Job) -> None:
    first = jobs.claim(job.pk, owner="a")
    assert first is not None
    late(job)
    second = jobs.claim(job.pk, owner="b")
    assert second is not None
    assert second.prefix != first.prefix
    with pytest.raises(Cancelled):
        jobs.beat(first, 0.5)
    with pytest.raises(Cancelled):
        jobs.publish(first, [], set_id=first.token, poster=False, facts={})
    assert not RenditionSet.objects.exists()
    jobs.beat(second, 0.43)
    job.refresh_from_db()
    assert job.progress == 43


def test_a_sign_of_life_keeps_the_lease(job: Job) -> None:
    lease = jobs.claim(job.pk, owner="a")
    assert lease is not None
    late(job)
    jobs.beat(lease, 0.1)
    assert jobs.claim(job.pk, owner="b") is None
    assert jobs.reap().queued == ()


def test_the_reaper_puts_a_silent_workers_job_back_and_sends_a_message(job: Job) -> None:
    jobs.claim(job.pk, owner="a")
    late(job)
    assert jobs.reap() == jobs.Reaped(queued=(job.pk,), failed=())
    job.refresh_from_db()
    assert (job.state, job.error_code, job.lease_token) == (JobState.QUEUED, "worker_lost", None)
    assert jobs.reap().queued == ()  # its message is on the way


def test_the_reaper_gives_up_after_the_last_attempt(job: Job) -> None:
    for _ in range(3):
        assert jobs.claim(job.pk, owner="a") is not None
        late(job)
    assert jobs.claim(job.pk, owner="a") is None
    assert jobs.reap().failed == (job.pk,)
    job.refresh_from_db()
    assert (job.state, job.asset.state, job.asset.error_code) == (JobState.FAILED, AssetState.FAILED, "worker_lost")


def test_a_lost_message_is_found_by_the_reaper(job: Job) -> None:
    assert jobs.reap().queued == (job.pk,)


def test_a_job_whose_message_is_old_gets_another(job: Job) -> None:
    assert jobs.hinted(job.pk)
    assert not jobs.hinted(job.pk)
    Job.objects.update(hinted_at=timezone.now() - timedelta(seconds=media_settings().hint_seconds + 1))
    assert jobs.reap().queued == (job.pk,)


def test_the_reapers_task_brings_a_forgotten_file_to_ready(job: Job) -> None:
    tasks.reap()
    job.asset.refresh_from_db()
    assert job.asset.state == AssetState.READY


def test_a_worker_told_to_stop_gives_its_job_back_without_losing_an_attempt(job: Job) -> None:
    lease = jobs.claim(job.pk, owner="celery@a")
    assert lease is not None
    assert jobs.release("celery@b") == 0
    assert jobs.release("celery@a") == 1
    with pytest.raises(Cancelled):
        jobs.beat(lease, 0.5)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)


def test_a_passing_failure_is_tried_again_and_a_final_one_is_not(job: Job) -> None:
    lease = jobs.claim(job.pk, owner="a")
    assert lease is not None
    assert jobs.fail(lease, MediaError("stalled", "log")) == JobState.QUEUED
    job.refresh_from_db()
    assert (job.state, job.error_code, job.log_tail, job.asset.state) == (
        JobState.QUEUED,
        "stalled",
        "log",
        AssetState.PROCESSING,
    )
    lease = jobs.claim(job.pk, owner="a")
    assert lease is not None
    assert jobs.fail(lease, MediaError("unreadable")) == JobState.FAILED
    job.refresh_from_db()
    assert (job.state, job.asset.state, job.asset.error_code) == (JobState.FAILED, AssetState.FAILED, "unreadable")
    assert not job.asset.can_retry


def test_the_last_attempts_failure_is_final_and_a_person_may_try_again(job: Job) -> None:
    for _ in range(3):
        lease = jobs.claim(job.pk, owner="a")
        assert lease is not None
        state = jobs.fail(lease, MediaError("ffmpeg_failed"))
    assert state == JobState.FAILED
    asset = Asset.objects.get()
    assert asset.can_retry
    again = asset_retry(asset)
    assert again is not None
    assert again.pk != job.pk
    asset.refresh_from_db()
    assert asset.state == AssetState.UPLOADED
    assert asset_retry(asset) is None


def test_a_cancelled_job_is_left_by_its_worker(job: Job) -> None:
    lease = jobs.claim(job.pk, owner="a")
    assert lease is not None
    assert asset_cancel(job.asset)
    with pytest.raises(Cancelled):
        jobs.beat(lease, 0.2)
    assert jobs.fail(lease, MediaError("killed")) is None
    job.asset.refresh_from_db()
    assert (job.asset.state, job.asset.error_code) == (AssetState.FAILED, "cancelled")
    assert asset_retry(job.asset) is not None
    assert not asset_cancel(Asset.objects.create(kind=Kind.IMAGE, title="ảnh", state=AssetState.READY))


def test_a_message_that_comes_twice_does_the_work_once(job: Job) -> None:
    pipeline.run_job(job.pk, owner="a")
    pipeline.run_job(job.pk, owner="b")
    job.refresh_from_db()
    assert (job.attempts, job.lease_owner) == (1, "a")
    assert RenditionSet.objects.count() == 1


def test_a_message_for_a_deleted_file_does_nothing(job: Job) -> None:
    pk = job.pk
    asset_delete(job.asset)
    pipeline.run_job(pk, owner="a")
    assert not Job.objects.exists()


def test_a_long_video_is_watchable_before_it_is_ready(job: Job, settings: Any) -> None:
    settings.MEDIA_PIPELINE = {"quick_seconds": 1, "threads": 2}
    seen: list[tuple[str, bool]] = []
    real = jobs.publish

    def watch(lease: jobs.Lease, made: Any, **more: Any) -> None:
        real(lease, made, **more)
        asset = Asset.objects.select_related("current").get(pk=lease.asset_id)
        assert asset.current is not None
        seen.append((asset.state, asset.current.quick))

    original, jobs.publish = jobs.publish, watch
    try:
        pipeline.run_job(job.pk, owner="a")
    finally:
        jobs.publish = original
    assert seen == [(AssetState.PROCESSING, True), (AssetState.READY, False)]


@pytest.mark.parametrize(
    ("path", "code"),
    [(clips.truncated, "unreadable"), (lambda: clips.clip("long.mp4", seconds=3), "too_long")],
)
def test_a_file_that_cannot_be_processed_ends_in_its_reason(world: World, settings: Any, path: Any, code: str) -> None:
    settings.MEDIA_PIPELINE = {"max_seconds": 2.5}
    asset = asset_from_file(path(), owner=world.a.teacher)
    pipeline.run_job(asset.jobs.get().pk, owner="a")
    asset.refresh_from_db()
    assert (asset.state, asset.error_code, asset.jobs.get().attempts) == (AssetState.FAILED, code, 1)
    assert asset.error


def test_an_original_that_is_gone_is_said_so(job: Job) -> None:
    default_storage.delete(str(job.asset.original.name))
    pipeline.run_job(job.pk, owner="a")
    job.asset.refresh_from_db()
    assert job.asset.error_code == "missing"


def test_a_disk_that_is_too_small_is_seen_before_it_is_full(job: Job, settings: Any, monkeypatch: Any) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(pipeline.shutil, "disk_usage", lambda path: usage)
    pipeline.run_job(job.pk, owner="a")
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.QUEUED, "out_of_disk")


def test_working_folders_are_empty_when_the_work_is_over(job: Job) -> None:
    pipeline.run_job(job.pk, owner="a")
    assert not any(path.name.startswith(str(job.pk)) for path in media_settings().work_folder.iterdir())
    assert list(media_settings().work_folder.iterdir()) == []


def test_the_sweep_deletes_attempts_that_nobody_names_and_keeps_what_is_shown(job: Job, settings: Any) -> None:
    settings.MEDIA_PIPELINE = {"keep_seconds": 0, "threads": 2}
    pipeline.run_job(job.pk, owner="a")
    asset = Asset.objects.select_related("current").get()
    assert asset.current is not None
    orphan = f"renditions/{asset.pk}/{uuid.uuid4()}/"
    default_storage.save(orphan + "v240.mp4", ContentFile(b"half"))
    stray = f"uploads/{uuid.uuid4()}/"
    default_storage.save(stray + "original.mp4", ContentFile(b"never committed"))
    assert sweep().prefixes >= 2
    assert not default_storage.exists(orphan + "v240.mp4")
    assert not default_storage.exists(stray + "original.mp4")
    assert default_storage.exists(asset.current.prefix + "v240.mp4")
    assert default_storage.exists(str(asset.original.name))


def test_a_fresh_attempt_is_not_swept_under_its_viewers(job: Job) -> None:
    orphan = f"renditions/{job.asset_id}/{uuid.uuid4()}/"
    default_storage.save(orphan + "v240.mp4", ContentFile(b"half"))
    sweep()
    assert default_storage.exists(orphan + "v240.mp4")


def test_deleting_a_file_deletes_its_bytes(job: Job, django_capture_on_commit_callbacks: Any) -> None:
    pipeline.run_job(job.pk, owner="a")
    asset = Asset.objects.select_related("current").get()
    assert asset.current is not None
    name, prefix = str(asset.original.name), asset.current.prefix
    with django_capture_on_commit_callbacks(execute=True):
        asset_delete(asset)
    assert not default_storage.exists(name)
    assert not default_storage.exists(prefix)
    assert not Job.objects.exists()


def test_a_file_is_not_put_over_another(tmp_path: Any) -> None:
    prefix = f"renditions/{uuid.uuid4()}/{uuid.uuid4()}/"
    for number in range(2):
        path = tmp_path / "v240.mp4"
        path.write_bytes(b"x" * number)
        if number == 0:
            put_files([path], prefix, before_each=lambda path: None)
        else:
            with pytest.raises(MediaError, match="storage"):
                put_files([path], prefix, before_each=lambda path: None)
