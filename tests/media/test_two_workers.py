"""The same code on servers: S3 over HTTP, Redis, PostgreSQL, and two workers that share no folder."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from redis import Redis

from config import env
from media.models import Asset, AssetState, Job, RenditionSet
from media.store import folders
from tests.media import clips
from tests.media.lone import ROOT, environment, lone_worker, until
from tests.world import build

LOST, MORE = 4, 4  # files whose messages are lost with the broker's memory, and files that come afterwards
on_servers = pytest.mark.skipif(
    connection.vendor != "postgresql" or not django_settings.REDIS_URL, reason="needs PostgreSQL and Redis"
)


@contextmanager
def celery_worker(name: str, environment: dict[str, str], *, with_scheduler: bool) -> Iterator[None]:
    """A worker as on a machine of its own: only the servers are common."""
    folder = Path(environment["WORKER_TEST_FOLDER"])
    words = [sys.executable, "-m", "celery", "-A", "config", "worker", "-n", f"{name}@test", "--pool", "prefork"]
    words += ["--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    if with_scheduler:
        words += ["-B", "--schedule", str(folder / "beat")]
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGTERM)
            try:
                worker.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait(timeout=20)


@on_servers
@pytest.mark.timeout(300)
def test_two_workers_on_s3_redis_and_postgresql_publish_every_video_once_though_the_broker_forgot(
    transactional_db: None, tmp_path: Path, store_url: str, settings: Any
) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": env.storage(store_url)}
    teacher, redis = build().a.teacher, Redis.from_url(settings.REDIS_URL)
    redis.flushdb()
    places = {}
    for name in ("web", "first", "second"):
        (tmp_path / name).mkdir()
        places[name] = environment(
            tmp_path / name,
            lease=30,
            WORKER_TEST_STORE=store_url,
            WORKER_TEST_BROKER=settings.REDIS_URL,
            WORKER_TEST_FILES=str(tmp_path / name / "nothing"),
        )
    source = clips.clip("two-workers.mp4", size="854x480", seconds=4)
    with lone_worker(places["web"]) as web:
        for _ in range(LOST):
            web.ask("take", source, teacher.pk)
        assert redis.llen("media") == LOST
        redis.flushdb()
        with (
            celery_worker("first", places["first"], with_scheduler=True),
            celery_worker("second", places["second"], with_scheduler=False),
        ):
            ready = Asset.objects.filter(state=AssetState.READY)
            until("the first video", ready.exists, seconds=90)
            for _ in range(MORE):
                web.ask("take", source, teacher.pk)
            until("every video", lambda: ready.count() == LOST + MORE, seconds=120)

    assert set(Job.objects.values_list("state", "attempts", "error_code")) == {("done", 1, "")}
    assert set(Job.objects.values_list("lease_owner", flat=True)) == {"first@test", "second@test"}
    assert RenditionSet.objects.count() == LOST + MORE
    for asset in Asset.objects.all():
        assert folders(f"renditions/{asset.pk}") == [str(asset.current_id)]
    for name in ("first", "second"):
        assert list((tmp_path / name / "work").iterdir()) == []
        assert not (tmp_path / name / "nothing").exists()
