"""Starts and commands the worker of lone_worker.py."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.e2e.worker import database_url

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, *, lease: int, **more: str) -> dict[str, str]:
    """What a worker process must know of the test: its data, its folder, and a lease (seconds) short enough to wait for."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.media.worker_settings",
        "WORKER_TEST_FOLDER": str(folder),
        "WORKER_TEST_FILES": str(settings.MEDIA_ROOT),
        "WORKER_TEST_LEASE": str(lease),
        "DATABASE_URL": database_url(),
        "REDIS_URL": "",
        "PYTHONPATH": str(ROOT),
        **more,
    }


class Lone:
    """The running worker."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, *words: object) -> str:
        """One command, its answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("the worker has no pipes")
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        found = self._process.stdout.readline()
        assert found, "the worker has ended"
        return found.strip()

    def run(self, job_id: int, owner: str) -> int:
        """Begin a job in a child; returns its process id."""
        return int(self.ask("run", job_id, owner))

    def kill(self, pid: int) -> None:
        """kill -9 of a child: no handler runs, nothing is given back."""
        os.kill(pid, signal.SIGKILL)
        self.wait(pid)

    def wait(self, pid: int) -> None:
        """Until a child has ended."""
        self.ask("wait", pid)


@contextmanager
def lone_worker(env: dict[str, str], *, before: Sequence[str] = ()) -> Iterator[Lone]:
    """The worker as a process of its own; ``before`` are the words of a program that starts it."""
    words = [*before, sys.executable, "-m", "tests.media.lone_worker"]
    with (Path(env["WORKER_TEST_FOLDER"]) / "lone.log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        yield Lone(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)


def until(what: str, ready: Callable[[], Any], *, seconds: float) -> Any:
    """Poll until `ready` gives something true; after so many seconds the test fails."""
    end = time.monotonic() + seconds
    while True:
        if found := ready():
            return found
        if time.monotonic() > end:
            pytest.fail(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.05)


def working_in(folder: Path) -> list[int]:
    """Process ids of what works in the folder (Linux; elsewhere none are found)."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (place / "cwd").readlink().is_relative_to(folder):
                found.append(int(place.name))
        except OSError:
            continue
    return found
