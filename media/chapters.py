"""Chapters of a recording: a teacher writes "3:20 Quy đồng mẫu số", a line each; the player shows and jumps to them."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from media.captions import Cue, write_vtt

MOST = 200
TITLE_LENGTH = 120
_CLOCK = r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})"
_LINE = re.compile(rf"^{_CLOCK}[\s.:–-]+(\S.*)$")


@dataclass(frozen=True)
class Chapter:
    """A part of a recording from ``start`` (seconds) to the next one."""

    start: int
    title: str


class ChapterError(ValueError):
    """A line that is no chapter of this recording: ``number`` counts from 1, ``why`` is "form", "order" or "end"."""

    def __init__(self, number: int, line: str, why: str) -> None:
        super().__init__(f"{number}: {why}")
        self.number, self.line, self.why = number, line, why


def read_clock(text: str) -> int | None:
    """The second that "3:20" or "1:04:05" means; None for what is no time."""
    parts = re.fullmatch(_CLOCK, text.strip())
    return _second(parts) if parts else None


def write_clock(second: int) -> str:
    """A second as read_clock reads it: 3:20 or 1:04:05."""
    minutes, seconds = divmod(second, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"


def _second(parts: re.Match[str]) -> int | None:
    """Hours, minutes and seconds of a match as seconds; None from sixty seconds on."""
    hours, minutes, seconds = (int(part or 0) for part in parts.groups()[:3])
    return hours * 3600 + minutes * 60 + seconds if seconds < 60 else None


def read_chapters(text: str, duration: float | None = None) -> list[Chapter]:
    """The chapters of a text; empty lines do not count.

    Raises ChapterError for a line without time or title, one before its predecessor, and one behind the recording's end.
    """
    found: list[Chapter] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = _LINE.match(line.strip())
        start = _second(parts) if parts else None
        if parts is None or start is None or len(found) >= MOST:
            raise ChapterError(number, line.strip(), "form")
        if found and start <= found[-1].start:
            raise ChapterError(number, line.strip(), "order")
        if duration is not None and start >= duration:
            raise ChapterError(number, line.strip(), "end")
        found.append(Chapter(start, parts[4].strip()[:TITLE_LENGTH]))
    return found


def chapters_vtt(chapters: Sequence[Chapter], duration: float) -> str:
    """The chapters as a WebVTT track, each up to the next."""
    ends = [*(chapter.start for chapter in chapters[1:]), max(duration, (chapters[-1].start + 1) if chapters else 0)]
    cues = [
        Cue(chapter.start, end, html.escape(chapter.title, quote=False))
        for chapter, end in zip(chapters, ends, strict=True)
    ]
    return write_vtt(cues)
