"""Runs one ffmpeg: reports progress, notices a stall, and never leaves a process behind."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from media.confined import confined
from media.errors import MediaError

BEAT_SECONDS = 2.0
GRACE_SECONDS = 5.0
LOG_NAME = "ffmpeg.log"


@dataclass
class _Watch:
    """What the reader of the progress and the watchman share."""

    process: subprocess.Popen[bytes]
    progress: float = 0.0
    moved: float = field(default_factory=time.monotonic)
    reason: str = ""
    finished: threading.Event = field(default_factory=threading.Event)

    def stop(self, reason: str) -> None:
        """End the whole process group: politely, then after a grace for certain."""
        self.reason = self.reason or reason
        self._signal(signal.SIGTERM)
        if not self.finished.wait(GRACE_SECONDS):
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


def run_ffmpeg(
    arguments: Sequence[str],
    *,
    folder: Path,
    duration: float,
    on_progress: Callable[[float], None] | None = None,
    stall_seconds: float = 120,
    limit_seconds: float | None = None,
    max_file_bytes: int | None = None,
) -> None:
    """Run ffmpeg in `folder` until it ends.

    `on_progress` gets the done fraction 0–1 about every two seconds: the heartbeat. It may raise Cancelled, upon which
    ffmpeg is ended and Cancelled goes on to the caller. Raises MediaError when ffmpeg fails, stalls or is too slow;
    its log stays in `folder` as ffmpeg.log.
    """
    log_path = folder / LOG_NAME
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            list(arguments),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            preexec_fn=confined(file_bytes=max_file_bytes),
        )
        watch = _Watch(process)
        watchman = threading.Thread(target=_guard, args=(watch, stall_seconds, limit_seconds), daemon=True)
        watchman.start()
        try:
            _read_progress(watch, duration, on_progress)
            code = process.wait()
        except BaseException:
            # whatever ends us (a lost lease, a worker told to stop) must end ffmpeg first
            threading.Thread(target=watch.stop, args=("cancelled",), daemon=True).start()
            process.wait()
            raise
        finally:
            watch.finished.set()
            watchman.join()
            if process.stdout is not None:
                process.stdout.close()
    if watch.reason or code:
        tail = log_tail(folder)
        raise MediaError(watch.reason or _reason(code, tail), tail)


def log_tail(folder: Path, size: int = 2000) -> str:
    """The end of ffmpeg's log, for the administrator; empty when there is none."""
    try:
        data = (folder / LOG_NAME).read_bytes()
    except FileNotFoundError:
        return ""
    return data[-size:].decode("utf-8", "replace").replace("\x00", "")


def _read_progress(watch: _Watch, duration: float, on_progress: Callable[[float], None] | None) -> None:
    sent = 0.0
    if watch.process.stdout is None:
        return
    for line in watch.process.stdout:
        key, _, value = line.decode("ascii", "replace").strip().partition("=")
        if key != "out_time_us" or not value.lstrip("-").isdigit():
            continue
        done = min(max(int(value) / 1_000_000 / duration, 0.0), 1.0)
        now = time.monotonic()
        if done > watch.progress:
            watch.progress, watch.moved = done, now
        if on_progress is not None and now - sent >= BEAT_SECONDS:
            sent = now
            on_progress(watch.progress)


def _guard(watch: _Watch, stall_seconds: float, limit_seconds: float | None) -> None:
    started = time.monotonic()
    while not watch.finished.wait(0.5):
        now = time.monotonic()
        if now - watch.moved > stall_seconds:
            watch.stop("stalled")
            return
        if limit_seconds is not None and now - started > limit_seconds:
            watch.stop("too_slow")
            return


def _reason(code: int, tail: str) -> str:
    if code == -signal.SIGXFSZ or "No space left" in tail or "File too large" in tail:
        return "out_of_disk"
    if "Invalid data found" in tail:
        return "bad_input"
    return "killed" if code < 0 else "ffmpeg_failed"
