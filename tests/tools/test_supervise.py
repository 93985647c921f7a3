"""The supervisor of `make run`, with real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import supervise
from tools.supervise import Child, Supervisor

pytestmark = pytest.mark.pure
SLEEPS = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(120)"]
# Starts a process of its own, as the worker starts ffmpeg, and does not hear SIGTERM.
STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
pathlib.Path(sys.argv[1]).write_text(str(grandchild.pid))
time.sleep(120)
"""


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait for something to become true; False when it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_running(pid: int) -> bool:
    """Whether the process lives; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Logs of the test's children go to its own folder."""
    monkeypatch.setattr(supervise, "LOG", tmp_path)
    return tmp_path


def test_a_killed_child_is_started_again_and_its_output_is_kept(logs: Path) -> None:
    supervisor = Supervisor([Child("web", SLEEPS, pause=0.1)], verbose=False, env={})
    supervisor._start(supervisor.children[0])
    child = supervisor.children[0]
    try:
        assert child.process is not None
        first = child.process.pid
        assert until(lambda: (logs / "web.log").exists() and "up" in (logs / "web.log").read_text())
        os.killpg(first, signal.SIGKILL)
        assert until(lambda: (supervisor.tend(), child.process is not None and child.process.pid != first)[1])
        assert is_running(child.process.pid)
    finally:
        supervisor.stop()


def test_the_pause_before_another_start_grows(logs: Path) -> None:
    child = Child("web", [sys.executable, "-c", "raise SystemExit(3)"], pause=0.05)
    supervisor = Supervisor([child], verbose=False, env={})
    supervisor._start(child)
    assert until(lambda: (supervisor.tend(), child.pause >= 0.4)[1])
    supervisor.stop()


def test_stopping_ends_a_stubborn_child_and_what_it_started(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "POLITE_SECONDS", 0.5)
    note = tmp_path / "grandchild"
    supervisor = Supervisor([Child("worker", [sys.executable, "-c", STUBBORN, str(note)])], verbose=False, env={})
    supervisor._start(supervisor.children[0])
    assert until(lambda: note.exists() and note.read_text() != "")
    grandchild = int(note.read_text())
    supervisor.stop()
    process = supervisor.children[0].process
    assert process is not None
    assert process.returncode == -signal.SIGKILL
    assert until(lambda: not is_running(grandchild), 5)
