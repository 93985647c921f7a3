"""Keeps several processes running together and ends them together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import TextIO

from tools.steps import LOG, ROOT, environment, relative, say

POLITE_SECONDS = 8.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
SETTLED_SECONDS = 60.0
WORTH_SHOWING = (" ERROR", " CRITICAL", "[ERROR]", "[CRITICAL]")


@dataclass
class Child:
    """One process of the district: how it is started, and how often it has died."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    restart_at: float = field(default=0.0)


class Supervisor:
    """Starts children, starts a died one again after a growing pause, and stops them all on a signal.

    Each child leads its own process group: Ctrl-C in the terminal reaches only the supervisor, which then
    ends the groups in order, and nothing that a child started (ffmpeg, pool processes) outlives it.
    """

    def __init__(self, children: Sequence[Child], *, verbose: bool, env: dict[str, str]) -> None:
        self.children = list(children)
        self.verbose = verbose
        self.env = env
        self.stopping = threading.Event()

    def start(self) -> None:
        """Start every child; from now on SIGINT and SIGTERM ask for the end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        LOG.mkdir(parents=True, exist_ok=True)
        for child in self.children:
            self._start(child)

    def watch(self) -> None:
        """Return when the end was asked for; meanwhile start again what died."""
        while not self.stopping.wait(0.3):
            self.tend()

    def tend(self) -> None:
        """Look at each child once and start again the ones whose pause is over."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.restart_at:
                    self._start(child)
            elif (code := child.process.poll()) is not None:
                self._kill_group(child, signal.SIGKILL)
                if now - child.started > SETTLED_SECONDS:
                    child.pause = FIRST_PAUSE
                say(
                    f"  ! {child.name} ended with {code}; it starts again in {child.pause:.0f} s ({log_of(child.name)})"
                )
                child.process, child.restart_at = None, now + child.pause
                child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        """End all children: SIGTERM, after some seconds SIGKILL, each to the whole group."""
        self.stopping.set()
        for child in self.children:
            self._kill_group(child, signal.SIGTERM)
        deadline = time.monotonic() + POLITE_SECONDS
        while time.monotonic() < deadline and any(c.process and c.process.poll() is None for c in self.children):
            time.sleep(0.1)
        for child in self.children:
            self._kill_group(child, signal.SIGKILL)
            if child.process:
                child.process.wait(timeout=5)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            cwd=ROOT,
            env=environment(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        child.started = time.monotonic()
        if child.process.stdout is not None:
            threading.Thread(target=self._copy, args=(child.name, child.process.stdout), daemon=True).start()

    def _copy(self, name: str, lines: TextIO) -> None:
        """Every line goes to var/log/<name>.log, and to the terminal when it tells of trouble."""
        with (LOG / f"{name}.log").open("a", encoding="utf-8") as target:
            for line in lines:
                target.write(line)
                target.flush()
                if self.verbose or any(word in line for word in WORTH_SHOWING):
                    sys.stdout.write(f"  {name:>9} | {line}")
                    sys.stdout.flush()

    @staticmethod
    def _kill_group(child: Child, number: int) -> None:
        if child.process is None:
            return
        try:
            os.killpg(child.process.pid, number)
        except (ProcessLookupError, PermissionError):
            # The group is gone already (macOS answers "not permitted" for a group of zombies).
            return


def log_of(name: str) -> str:
    """Where a child's lines are kept, as shown to people."""
    return relative(LOG / f"{name}.log")
