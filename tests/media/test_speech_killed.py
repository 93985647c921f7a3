"""A worker that is killed while it listens: the engine goes with it, and another one writes the captions once."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from media.captions import read_vtt
from media.models import Asset, CaptionTrack, Job, JobState
from media.services import asset_from_file, speech_ask
from tests.media import speaking
from tests.media.lone import environment, lone_worker, until, working_in
from tests.world import build

LEASE_SECONDS = 1


@pytest.mark.timeout(240)
def test_a_worker_killed_at_any_moment_of_listening_leaves_nothing_and_captions_come_once(
    transactional_db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.services._send_hint", lambda job_id: None)
    settings.MEDIA_PIPELINE = {**settings.MEDIA_PIPELINE, "speech_model": speaking.model()}
    upload = asset_from_file(speaking.lecture(), owner=build().a.teacher).jobs.get()
    env = environment(tmp_path, lease=LEASE_SECONDS, WORKER_TEST_SPEECH_MODEL=str(speaking.model()))
    with lone_worker(env) as worker:
        worker.wait(worker.run(upload.pk, "unharmed"))
        film = Asset.objects.select_related("current").get(pk=upload.asset_id)
        job = speech_ask(film, "vi")
        started = time.monotonic()
        worker.wait(worker.run(job.pk, "unharmed"))
        whole = time.monotonic() - started
        chance = random.Random(23)
        engines = 0
        for moment in [whole * 0.5, *(chance.uniform(0, whole) for _ in range(2))]:
            CaptionTrack.objects.all().delete()
            job = speech_ask(film, "vi")
            killed = worker.run(job.pk, "killed")
            time.sleep(moment)
            for engine in working_in(tmp_path):
                os.kill(engine, signal.SIGSTOP)  # it cannot end by itself
                engines += 1
            worker.kill(killed)
            until("the end of the engine", lambda: not working_in(tmp_path), seconds=10)

            def finished(job: Job = job) -> bool:
                worker.ask("reap")
                worker.wait(worker.run(job.pk, "another"))
                job.refresh_from_db()
                return job.state == JobState.DONE

            until("captions", finished, seconds=LEASE_SECONDS + 40)
            track = film.captions.get()
            assert read_vtt(track.vtt)
            assert (track.unchecked, track.published) == (True, False)
            assert list((tmp_path / "work").iterdir()) == []
        assert engines  # one at least was killed in the middle of it
