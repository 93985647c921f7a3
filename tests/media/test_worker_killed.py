"""A real worker process is killed in the middle of its work; another one finishes it.

The first worker's ffmpeg is slowed down by a wrapper, so that "half-way" is not a matter of luck; the second runs at full
speed. Everything polls with a limit, nothing sleeps for a guessed time, and whatever was started is ended.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from media import services
from media.conf import ffmpeg_binary
from media.models import Asset, AssetState
from media.services import asset_from_file
from tests.media import clips
from tests.world import build

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 90.0
LEASE_SECONDS = 4


class District:
    """Folders, database and worker processes of a small district of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slow = folder / "slow"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.database = self._database()
        wrapper = folder / "ffmpeg"
        wrapper.write_text(
            f'#!/bin/sh\n[ -e "{self.slow}" ] && exec "{ffmpeg_binary()}" -readrate 0.1 "$@"\nexec "{ffmpeg_binary()}" "$@"\n'
        )
        wrapper.chmod(0o755)
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.media.worker_settings",
            "WORKER_TEST_FOLDER": str(folder),
            "WORKER_TEST_FILES": str(settings.MEDIA_ROOT),
            "WORKER_TEST_FFMPEG": str(wrapper),
            "WORKER_TEST_LEASE": str(LEASE_SECONDS),
            "DATABASE_URL": self.database,
            "REDIS_URL": "",
            "BROKER_URL": "",
            "PYTHONPATH": str(ROOT),
        }
        self.environment.pop("BROKER_URL")

    def _database(self) -> str:
        """The address of the test's data for other processes: SQLite in memory is copied into a file."""
        if connection.vendor != "sqlite":
            values = connection.settings_dict
            who = f"{values['USER']}:{values['PASSWORD']}" if values["PASSWORD"] else values["USER"]
            return f"postgres://{who}@{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"
        file = self.folder / "db.sqlite3"
        connection.ensure_connection()
        with closing(sqlite3.connect(file)) as target:
            connection.connection.backup(target)
        return f"sqlite:///{file}"

    def row(self, table: str, columns: str) -> tuple[Any, ...]:
        """The only row of a table, as another process last committed it."""
        query = f"SELECT {columns} FROM {table}"
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=30)) as reader:
                found = reader.execute(query).fetchone()
        else:
            with connection.cursor() as cursor:
                cursor.execute(query)
                found = cursor.fetchone()
        return tuple(found)

    def start_worker(self, name: str) -> subprocess.Popen[bytes]:
        """A Celery worker with its scheduler, in a process group of its own."""
        log = (self.folder / f"{name}.log").open("wb")
        words = [sys.executable, "-m", "celery", "-A", "config", "worker", "-n", f"{name}@test", "--pool", "threads"]
        words += ["--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle", "-B"]
        words += ["--schedule", str(self.folder / f"{name}-beat")]
        with log:
            worker = subprocess.Popen(
                words, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.workers.append(worker)
        return worker

    def wait(self, what: str, ready: Callable[[], Any]) -> Any:
        """Poll until `ready` gives something true; after the limit the test fails with the workers' logs."""
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            if found := ready():
                return found
            time.sleep(0.1)
        logs = "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(self.folder.glob("*.log")))
        pytest.fail(f"{what} did not come within {LIMIT:.0f} s\n{logs}")

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """kill -9 of the worker with its scheduler: no handler runs, nothing is given back."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(timeout=30)

    def end(self) -> None:
        """Leave no process behind."""
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)


@pytest.fixture
def district(transactional_db: None, tmp_path: Path) -> Iterator[Callable[[], District]]:
    made: list[District] = []

    def make() -> District:
        made.append(District(tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.end()
    shutil.rmtree(tmp_path, ignore_errors=True)


def ffmpegs(district: District) -> list[int]:
    """Process ids of ffmpeg processes that work in the district's folder (Linux; elsewhere none are found)."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (place / "cwd").readlink().is_relative_to(district.folder):
                found.append(int(place.name))
        except OSError:
            continue
    return found


@pytest.mark.timeout(300)
def test_a_worker_killed_half_way_is_replaced_and_the_video_becomes_ready(
    district: Callable[[], District], django_db_serialized_rollback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_send_hint", lambda job_id: None)  # the message is lost: the row must be found
    asset = asset_from_file(clips.clip("killed.mp4", size="640x480", seconds=4), owner=build().a.teacher)
    here = district()

    here.slow.touch()
    first = here.start_worker("first")
    here.wait("work", lambda: here.row("media_job", "state, progress")[1] > 0)
    state, attempts, first_prefix, owner = here.row("media_job", "state, attempts, prefix, lease_owner")
    assert (state, attempts, owner) == ("running", 1, "first@test")
    assert ffmpegs(here)
    here.kill(first)
    here.wait("the end of ffmpeg", lambda: not ffmpegs(here))
    assert here.row("media_asset", "state")[0] == AssetState.PROCESSING

    here.slow.unlink()
    here.start_worker("second")
    here.wait("a ready video", lambda: here.row("media_asset", "state")[0] == AssetState.READY)

    state, attempts, prefix, owner, progress = here.row("media_job", "state, attempts, prefix, lease_owner, progress")
    assert (state, attempts, owner, progress) == ("done", 2, "second@test", 100)
    assert prefix != first_prefix
    current = str(here.row("media_renditionset", "id")[0]).replace("-", "")
    assert str(here.row("media_asset", "current_id")[0]).replace("-", "") == current
    assert prefix.replace("-", "").endswith(f"{current}/")
    published = set(default_storage.listdir(prefix)[1])
    assert {"master.m3u8", "v480.mp4", "v240.mp4", "a48.mp4", "poster.jpg"} <= published
    assert not default_storage.exists(first_prefix)
    assert Asset.objects.filter(pk=asset.pk).exists()
