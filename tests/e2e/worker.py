"""A real Celery worker beside the live server, on a broker of files, as `make run` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from config.celery import app

ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """The address of the test's database for another process."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    who = f"{values['USER']}:{values['PASSWORD']}" if values["PASSWORD"] else values["USER"]
    return f"postgres://{who}@{values['HOST']}:{values['PORT'] or 5432}/{values['NAME']}"


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """Starts the worker and lets this process send it messages by the broker of the test settings."""
    queue, control = settings.BROKER_FOLDER / "queue", settings.BROKER_FOLDER / "control"
    queue.mkdir(parents=True, exist_ok=True)
    control.mkdir(exist_ok=True)
    app.conf.task_always_eager = False
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.e2e.worker_settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": "",
        "WORKER_FILES": str(settings.MEDIA_ROOT),
        "WORKER_QUEUE": str(queue),
        "WORKER_CONTROL": str(control),
        # What this process sealed the worker must open.
        "WORKER_SEALING": settings.SEALING_KEYS[0],
        "OUTBOUND_NETWORKS": ",".join(settings.OUTBOUND_NETWORKS),
        "PYTHONPATH": str(ROOT),
    }
    words = [sys.executable, "-m", "celery", "-A", "config", "worker", "-n", "story@test", "--pool", "threads"]
    words += ["--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    with (settings.BROKER_FOLDER / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=20)
        app.conf.task_always_eager = True
