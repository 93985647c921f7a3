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
    """Starts the worker and lets this process send it messages; both are undone at the end.

    Every worker of a run has the same folders: Celery keeps its connection to the broker once it has sent a message.
    """
    folder = Path(settings.VAR) / "story"
    queue, control = folder / "queue", folder / "control"
    queue.mkdir(parents=True, exist_ok=True)
    control.mkdir(exist_ok=True)
    kept = {name: app.conf[name] for name in ("task_always_eager", "broker_url", "broker_transport_options")}
    app.conf.update(
        task_always_eager=False,
        broker_url="filesystem://",
        broker_transport_options={
            "data_folder_in": str(queue),
            "data_folder_out": str(queue),
            "control_folder": str(control),
        },
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.e2e.worker_settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": "",
        "WORKER_FILES": str(settings.MEDIA_ROOT),
        "WORKER_QUEUE": str(queue),
        "WORKER_CONTROL": str(control),
        "PYTHONPATH": str(ROOT),
    }
    words = [sys.executable, "-m", "celery", "-A", "config", "worker", "-n", "story@test", "--pool", "threads"]
    words += ["--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    with (folder / "worker.log").open("wb") as log:
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
        app.conf.update(kept)
