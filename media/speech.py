"""What is said in a recording, written down by an engine of this machine (faster-whisper), with the operator's model.

The engine runs in a child process with limits of time and memory and without a network: nothing of a recording leaves the house.
"""

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import ffmpeg

from media.conf import media_settings
from media.confined import confined
from media.cues import Word
from media.errors import MediaError
from media.graph import PROGRESS, QUIET
from media.runner import run_ffmpeg

CHILD = Path(__file__).with_name("speech_child.py")
RATE = 16_000  # samples a second
SAMPLE_BYTES = 2
FILES = ("model.bin", "config.json", "tokenizer.json")
MARK = b"WhisperSpec"  # in the first bytes of a Whisper model of CTranslate2
FILE_BYTES = 1 << 20  # the child writes nothing
BASE_MEMORY = 3 << 30  # address space besides the model, which is in memory twice while it is read
BEAT_SECONDS = 2.0
SLOWEST_SPEED = 10  # seconds of work that one second of recording may take
SHORTEST_LIMIT = 900.0
STALL_SECONDS = 900.0  # without a word or a sign of the engine: half a minute of speech, or reading the model


def model_fault(folder: Path) -> str:
    """What is wrong with a folder that should hold a model, in words for the operator; empty when nothing is."""
    try:
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            return f"{folder} is not a folder with a Whisper model of CTranslate2: no {', '.join(missing)} in it."
        with (folder / "model.bin").open("rb") as content:
            head = content.read(64)
    except OSError as error:
        return f"{folder} cannot be read: {error.strerror}."
    return "" if MARK in head else f"{folder / 'model.bin'} is not a Whisper model of CTranslate2."


def speech_fault() -> str:
    """Why this server writes no speech down, in words for the operator; empty when it does."""
    model = media_settings().speech_model
    if model is None:
        return "MEDIA_SPEECH_MODEL is not set."
    if importlib.util.find_spec("faster_whisper") is None:
        return "The packages of requirements/speech.txt are not installed."
    return model_fault(model)


def cut_sound(binary: str, source: Path, sound: Path, *, seconds: float, beat: Callable[[], None]) -> None:
    """Write the sound of a recording (its length in seconds) as the engine reads it: 16-bit mono at 16 kHz, without a header.

    Silence stands where the sound begins late or has a hole, so that times are the recording's. Raises MediaError.
    """
    stream = ffmpeg.input(str(source), protocol_whitelist="file", t=f"{seconds:.3f}")["a:0"]
    stream = stream.filter("aresample", RATE, **{"async": 1, "first_pts": 0})
    output = ffmpeg.output(stream, sound.name, f="s16le", ac=1)
    run_ffmpeg(
        ffmpeg.compile(output, cmd=[binary, *QUIET, *PROGRESS]),
        folder=sound.parent,
        duration=seconds,
        on_progress=lambda done: beat(),
        max_file_bytes=int((seconds + 10) * RATE * SAMPLE_BYTES),
        limit_seconds=max(seconds, SHORTEST_LIMIT),
    )


@dataclass
class _Heard:
    """What the child has said until now; written by the thread that reads it."""

    words: list[Word] = field(default_factory=list)
    seconds: float = 0.0
    moved: float = field(default_factory=time.monotonic)
    done: bool = False
    error: MediaError | None = None

    def take(self, line: bytes) -> None:
        try:
            found: dict[str, Any] = json.loads(line)
        except ValueError:
            return  # a library's own word
        if "error" in found:
            self.error = MediaError(found["error"], found.get("detail", ""))
        self.words += [Word(*word) for word in found.get("words", ())]
        self.seconds = found.get("heard", self.seconds)
        self.done = self.done or "done" in found
        self.moved = time.monotonic()


def listen(
    model: Path,
    sound: Path,
    language: str,
    *,
    threads: int,
    beat: Callable[[float], None],
    beat_seconds: float = BEAT_SECONDS,
    child: Path = CHILD,
) -> list[Word]:
    """What is said in ``sound`` (as cut_sound writes it), word by word.

    ``beat`` gets the done fraction 0–1 about every two seconds and may raise, upon which the engine is ended. Raises MediaError:
    speech_model, speech_language, stalled, too_slow, killed, internal.
    """
    length = sound.stat().st_size / SAMPLE_BYTES / RATE
    limit = max(length * SLOWEST_SPEED, SHORTEST_LIMIT)
    threads = threads or os.cpu_count() or 1
    # -I: neither the script's folder nor the environment may put modules of the project in the engine's way
    command = [sys.executable, "-I", str(child), str(model.absolute()), str(sound.absolute()), language, str(threads)]
    errors = sound.with_suffix(".log")
    with errors.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=sound.parent,
            # nothing of ours: the environment of a worker holds the keys of database and store
            env={"HOME": str(sound.parent), "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            preexec_fn=confined(
                cpu_seconds=int(limit * threads),
                memory_bytes=BASE_MEMORY + 2 * (model / "model.bin").stat().st_size,
                file_bytes=FILE_BYTES,
                network=False,
            ),
        )
    heard = _Heard()
    reader = threading.Thread(target=_read, args=(process.stdout, heard), daemon=True)
    reader.start()
    try:
        _wait(process, heard, length, limit, beat, beat_seconds)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join()
    if heard.error is not None:
        raise heard.error
    if process.returncode or not heard.done:
        tail = errors.read_bytes()[-2000:].decode("utf-8", "replace").replace("\x00", "")
        raise MediaError("killed" if process.returncode < 0 else "internal", tail or f"ended with {process.returncode}")
    return heard.words


def _read(lines: "IO[bytes] | None", heard: _Heard) -> None:
    if lines is None:
        return
    with lines:
        for line in lines:
            heard.take(line)


def _wait(
    process: "subprocess.Popen[bytes]",
    heard: _Heard,
    length: float,
    limit: float,
    beat: Callable[[float], None],
    beat_seconds: float,
) -> None:
    started = time.monotonic()
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(beat_seconds)
            return
        now = time.monotonic()
        if now - heard.moved > STALL_SECONDS:
            raise MediaError("stalled", f"nothing heard for {STALL_SECONDS:.0f} s")
        if now - started > limit:
            raise MediaError("too_slow", f"{limit:.0f} s")
        beat(min(heard.seconds / length, 1.0) if length else 0.0)
