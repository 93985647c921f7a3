"""A worker that is killed at ten random moments of its work, from the claim to the publication."""

import json
import random
import time
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from media.conf import ffmpeg_binary
from media.models import Asset, AssetState, Job, JobState, RenditionSet
from media.services import asset_from_file
from tests.media import clips
from tests.media.lone import environment, lone_worker, until, working_in
from tests.world import build

SEED = 1011
LEASE_SECONDS = 1
FINISHED_WITHIN = LEASE_SECONDS + 30  # seconds after the kill
FULL_SET = "v480"  # in the words of the command that makes it; the first, small set is always made at full speed


@pytest.mark.timeout(300)
def test_a_worker_killed_at_ten_random_moments_leaves_nothing_behind_and_each_video_becomes_ready_once(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.services._send_hint", lambda job_id: None)
    teacher = build().a.teacher
    source = clips.clip(
        "killed-often.mkv", size="640x480", seconds=2, options=("-c:v", "mpeg4", "-q:v", "4", "-c:a", "aac")
    )
    slow, wrapper = tmp_path / "slow", tmp_path / "ffmpeg"
    wrapper.write_text(
        f'#!/bin/sh\ncase "$*" in *{FULL_SET}*) [ -e "{slow}" ] && exec "{ffmpeg_binary()}" -readrate 0.05 "$@";; esac\n'
        f'exec "{ffmpeg_binary()}" "$@"\n'
    )
    wrapper.chmod(0o755)
    more = {"quick_seconds": 1, "keep_seconds": 0, "ffmpeg": str(wrapper)}
    env = environment(tmp_path, lease=LEASE_SECONDS, WORKER_TEST_PIPELINE=json.dumps(more))

    def begin() -> Job:
        return asset_from_file(source, owner=teacher).jobs.get()

    with lone_worker(env) as worker:
        started = time.monotonic()
        worker.wait(worker.run(begin().pk, "unharmed"))
        whole = time.monotonic() - started
        assert Asset.objects.get().state == AssetState.READY

        # Five over the whole of the work; five in an encode that would outlive its worker by far, if it could.
        chance = random.Random(SEED)
        moments = [(False, chance.uniform(0, whole)) for _ in range(5)] + [
            (True, chance.uniform(0, 3)) for _ in range(5)
        ]
        seen = set()
        for slowed, moment in moments:
            slow.touch() if slowed else slow.unlink(missing_ok=True)
            job = begin()
            killed = worker.run(job.pk, "killed")
            time.sleep(moment)
            worker.kill(killed)
            until("the end of ffmpeg", lambda: not working_in(tmp_path), seconds=10)
            slow.unlink(missing_ok=True)
            job.refresh_from_db()
            seen.add((job.state, job.asset.current_id is not None))

            def finished(job: Job = job) -> bool:
                worker.ask("reap")
                worker.wait(worker.run(job.pk, "another"))
                return Asset.objects.get(pk=job.asset_id).state == AssetState.READY

            until("a ready video", finished, seconds=FINISHED_WITHIN)
            assert list((tmp_path / "work").iterdir()) == []
            worker.ask("sweep")
            asset = Asset.objects.get(pk=job.asset_id)
            sets = list(RenditionSet.objects.filter(asset=asset))
            assert [(one.pk, one.quick) for one in sets] == [(asset.current_id, False)]
            assert default_storage.listdir(f"renditions/{asset.pk}")[0] == [str(asset.current_id)]
            job.refresh_from_db()
            assert job.attempts <= 2
    # before the first set was shown, and after it
    assert {(JobState.RUNNING, False), (JobState.RUNNING, True)} <= seen
