"""Captions: a file in one of the usual formats becomes clean WebVTT (W3C) of our own writing.

Nothing of the file is passed on but times, words, and bold, italic and underline: WebVTT may carry styles and positions, and
what a browser's parser does with a stranger's file is not left to chance.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

import pysubs2
from pysubs2.formats.substation import parse_tags

from media.errors import MediaError

LARGEST_BYTES = 2 * 1024 * 1024
MOST_CUES = 20_000
MOST_LETTERS = 1_000  # of one cue
SUFFIXES = (".vtt", ".srt", ".ass", ".ssa")
TAG = re.compile(r"</?[biu]>")
_TIMES = re.compile(r"^\s*\d{1,2}:\d{2}:\d{2},\d{1,3}\s*-->", re.MULTILINE)


@dataclass(frozen=True)
class Cue:
    """Words between two moments (seconds); ``text`` is escaped and holds no tags but b, i and u."""

    start: float
    end: float
    text: str

    @property
    def plain(self) -> str:
        """The words alone, in one line."""
        return " ".join(self.written.split())

    @property
    def written(self) -> str:
        """The words alone, in the lines they are shown in."""
        return html.unescape(TAG.sub("", self.text))


def read_captions(raw: bytes, name: str, *, duration: float | None = None) -> list[Cue]:
    """The cues of a file in the order of their times.

    ``duration`` is the recording's length in seconds: what stands wholly behind its end is left out. Raises MediaError:
    captions_type, captions_encoding, captions_broken, captions_empty, captions_outside, too_big.
    """
    if PurePath(name).suffix.lower() not in SUFFIXES:
        raise MediaError("captions_type", name)
    if len(raw) > LARGEST_BYTES:
        raise MediaError("too_big", f"{len(raw)} bytes of captions")
    text = _decode(raw)
    try:
        found = pysubs2.SSAFile.from_string(text, format_=_format(text))
        cues = [cue for event in found.events if (cue := _cue(event, found.styles)) is not None]
    except MediaError:
        raise
    except Exception as error:  # the library raises whatever a damaged line makes its regular expressions do
        raise MediaError("captions_broken", f"{type(error).__name__}: {error}") from error
    if not cues:
        raise MediaError("captions_empty", name)
    if len(cues) > MOST_CUES:
        raise MediaError("too_big", f"{len(cues)} cues")
    inside = [cue for cue in cues if duration is None or cue.start < duration]
    if len(inside) * 2 < len(cues):
        raise MediaError("captions_outside", f"{len(cues) - len(inside)} of {len(cues)} cues behind {duration} s")
    return sorted(inside, key=lambda cue: (cue.start, cue.end))


def cue_text(words: str) -> str:
    """Plain words as a cue's text; empty when there is nothing to show. Its lines stay."""
    words = unicodedata.normalize("NFC", words.replace("\x00", ""))
    return _tidy(html.escape(words, quote=False).splitlines())


def _tidy(lines: Iterable[str]) -> str:
    """Lines of escaped text as WebVTT takes them: an empty line would end the cue, and an arrow would be read as times."""
    return "\n".join(line.strip().replace("--&gt;", "→") for line in lines if line.strip())


def write_vtt(cues: Iterable[Cue]) -> str:
    """The cues as a WebVTT file. HLS counts its clock from the first picture, as these times do (RFC 8216, 3.5)."""
    blocks = [f"{clock(cue.start)} --> {clock(cue.end)}\n{cue.text}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def read_vtt(text: str) -> list[Cue]:
    """The cues of a file that :func:`write_vtt` wrote."""
    cues = []
    for block in text.split("\n\n")[1:]:
        times, _, words = block.strip("\n").partition("\n")
        start, _, end = times.partition(" --> ")
        cues.append(Cue(_seconds(start), _seconds(end), words))
    return cues


def keyed(cues: Iterable[Cue]) -> dict[str, Cue]:
    """The cues by names that stay theirs when others go: the millisecond, and a number where several begin at once."""
    found, begun = {}, Counter[int]()
    for cue in cues:
        at = milliseconds(cue)
        found[f"{at}-{begun[at]}"] = cue
        begun[at] += 1
    return found


def milliseconds(cue: Cue) -> int:
    """When a cue begins."""
    return round(cue.start * 1000)


def clock(seconds: float) -> str:
    """WebVTT's time: 01:02:03.450."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"


def _seconds(text: str) -> float:
    hours, minutes, seconds = text.split(":")
    return round(int(hours) * 3600 + int(minutes) * 60 + float(seconds), 3)


def _decode(raw: bytes) -> str:
    """UTF-8 or UTF-16 by their marks, UTF-8 without one, else the Windows page of Vietnamese programs; composed letters."""
    order: tuple[str, ...]
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            order = (encoding,)
            break
    else:
        order = ("utf-8", "cp1258")
    for encoding in order:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    raise MediaError("captions_encoding")


def _format(text: str) -> str:
    """Which format it is, by its content: names lie."""
    start = text.lstrip("\ufeff \n\t")
    if start.startswith("WEBVTT"):
        return "vtt"
    if "[Script Info]" in text[:2000] or "\n[Events]" in text:
        return "ass"
    if _TIMES.search(text):
        return "srt"
    raise MediaError("captions_type", "neither WebVTT nor SubRip nor SubStation")


def _cue(event: pysubs2.SSAEvent, styles: dict[str, pysubs2.SSAStyle]) -> Cue | None:
    if event.is_comment or event.is_drawing or event.end <= event.start or event.start < 0:
        return None
    style = styles.get(event.style, pysubs2.SSAStyle())
    lines = [""]
    for words, look in parse_tags(event.text, style, styles):
        for number, piece in enumerate(re.split(r"\\[Nn]|\n", words)):
            if number:
                lines.append("")
            # WebVTT's own entities first, so that nothing is escaped twice.
            text = html.escape(html.unescape(piece.replace(r"\h", " ")), quote=False)
            for tag, on in (("u", look.underline), ("i", look.italic), ("b", look.bold)):
                if on and text.strip():
                    text = f"<{tag}>{text}</{tag}>"
            lines[-1] += text
    text = _tidy(lines)
    if not text or len(text) > MOST_LETTERS:
        return None
    return Cue(event.start / 1000, event.end / 1000, text)
