"""What captions from speech cost beside the length of what is said, and that memory does not grow with it."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from config.demo.files import demo_file
from media.speech import RATE, listen
from tests.bench.measure import Figure, keep
from tests.bench.test_transcode import cpu
from tests.media import speaking
from tests.media.lone import working_in

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

THREADS = 2
SHORT, LONG = 150, 480  # seconds: both longer than what is heard at once


def spoken(folder: Path, seconds: int) -> Path:
    """The demonstration's lecture again and again, as the engine reads it."""
    lecture = speaking.raw(demo_file("media", "bai-giang-phan-so-1080p.mp4"), folder / "lecture.s16").read_bytes()
    path = folder / f"{seconds}.s16"
    path.write_bytes((lecture * (seconds * RATE * 2 // len(lecture) + 1))[: seconds * RATE * 2])
    return path


def heard(folder: Path, seconds: int) -> tuple[float, int]:
    """(CPU seconds, highest memory in bytes) of listening to so much speech."""
    sound = spoken(folder, seconds)
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            for engine in working_in(folder):
                with suppress(OSError):  # it ends while it is looked at
                    status = dict(
                        line.split(":", 1) for line in Path(f"/proc/{engine}/status").read_text().splitlines()
                    )
                    peak[0] = max(peak[0], int(status["VmHWM"].split()[0]) * 1024)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        used = cpu(lambda: listen(speaking.model(), sound, "vi", threads=THREADS, beat=lambda done: None))
    finally:
        done.set()
        watching.join()
    return used, peak[0]


def test_speech_costs_a_part_of_its_length_and_memory_stays(tmp_path: Path) -> None:
    short, little = heard(tmp_path, SHORT)
    long, much = heard(tmp_path, LONG)
    keep(
        "speech-work",
        Figure(
            f"{LONG // 60} minutes of speech written down (Whisper base, {THREADS} threads), beside their length",
            f"{long:.0f} s CPU",
            f"{LONG} s",
            f"{long / LONG:.2f}",
        ),
    )
    keep(
        "speech-memory",
        Figure(
            f"peak memory of {LONG / 60:g} minutes of speech, beside {SHORT / 60:g}",
            f"{much >> 20} MB",
            f"{little >> 20} MB",
            f"{much / little:.2f}",
        ),
    )
    assert short / SHORT < 0.6
    assert long / LONG < 0.6
    assert much / little < 1.25
