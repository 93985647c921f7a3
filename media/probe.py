"""What is in a media file, found by a limited child process."""

import json
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from media.errors import MediaError

CHILD = Path(__file__).with_name("probe_child.py")
RAGGED_SECONDS = 0.5  # picture and sound may begin and end this far apart without anyone noticing


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Facts of a media file. Sizes are as shown, after rotation; rates in bit/s; times in seconds."""

    container: str
    duration: float
    size: int
    video: int | None = None
    width: int = 0
    height: int = 0
    rate: Fraction = Fraction(0)
    video_codec: str = ""
    pixel_format: str = ""
    video_bit_rate: int = 0
    rotation: int = 0
    pixel_aspect: float = 1.0
    hdr: bool = False
    interlaced: bool = False
    key_frame_gap: float = 0.0
    video_from: float = 0.0
    video_until: float = 0.0
    audio: int | None = None
    audio_from: float = 0.0
    audio_until: float = 0.0
    audio_codec: str = ""
    channels: int = 0
    audio_bit_rate: int = 0

    @property
    def short_side(self) -> int:
        """The rung's measure: the smaller of width and height, so that portrait and landscape share one ladder."""
        return min(self.width, self.height)

    @property
    def picture_is_short(self) -> bool:
        """The picture begins late or ends before the sound: a player would wait for it for ever."""
        return self.video is not None and self._is_short(self.video_from, self.video_until)

    @property
    def sound_is_short(self) -> bool:
        """The sound begins late or ends before the picture, as when a lecturer's microphone is switched off."""
        return self.audio is not None and self._is_short(self.audio_from, self.audio_until)

    def _is_short(self, begin: float, end: float) -> bool:
        return end > 0 and (begin > RAGGED_SECONDS or end < self.duration - RAGGED_SECONDS)


def probe(path: Path, *, timeout: float = 90) -> Probe:
    """Look into the file at `path`; raises MediaError with a final code when it is not usable media.

    `timeout` is in seconds of wall time; the child also has limits on CPU time and memory. A file that somebody is still
    writing is told apart, because it may be whole the next time.
    """
    size = path.stat().st_size
    try:
        found = _look(path, timeout)
    finally:
        if path.stat().st_size != size:
            raise MediaError("unfinished", f"{size} bytes, then {path.stat().st_size}")
    return Probe(size=size, **found)


def _look(path: Path, timeout: float) -> dict[str, Any]:
    # -I: neither the script's folder nor the environment may put modules of the project in libav's way
    command = [sys.executable, "-I", str(CHILD), str(path)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise MediaError("unreadable", f"probe took more than {timeout} s") from error
    try:
        found: dict[str, Any] = json.loads((run.stdout.strip().splitlines() or ["{}"])[-1])
    except ValueError:
        found = {}
    if "error" in found:
        raise MediaError(found["error"], found.get("detail", ""))
    if run.returncode or not found:
        raise MediaError("unreadable", f"probe ended with {run.returncode}: {run.stderr[-300:]}")
    found["rate"] = Fraction(*found["rate"]) if "rate" in found and found["rate"][1] else Fraction(0)
    return found
