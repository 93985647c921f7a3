"""The media playlist of a fragmented MP4 that ffmpeg has just written: one file, cut into pieces by byte ranges.

ffmpeg's own packager for HLS takes a picture's time at a cut from the lengths of those before it, which is wrong as soon as
pictures that repeat are left out or a phone recorded at a varying rate; its MP4 files have the times right.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# ISO/IEC 14496-12: flags of the optional fields of `tfhd` (8.8.7) and `trun` (8.8.8), in the order in which the fields stand.
_DEFAULTS = {"base": (0x1, 8), "description": (0x2, 4), "duration": (0x8, 4), "size": (0x10, 4)}
_FIRST = ((0x1, 4), (0x4, 4))
_SAMPLE = {"duration": 0x100, "size": 0x200, "flags": 0x400, "offset": 0x800}
_LARGEST_HEADER = 64 << 20  # bytes of a `moov` or `moof`; ffmpeg's are some kilobytes


class BrokenFileError(ValueError):
    """The file is no whole fragmented MP4 of one track."""


@dataclass(frozen=True)
class Piece:
    """One segment: first byte, length in bytes, and its seconds."""

    start: int
    length: int
    seconds: float


@dataclass(frozen=True)
class _Fragment:
    start: int
    end: int
    begins: float
    ends: float


def read_pieces(path: Path, *, seconds: int) -> tuple[int, list[Piece]]:
    """(bytes of the header, the pieces) of the file at `path`: of `seconds` or a little more, where its fragments allow it.

    Every fragment begins with a key frame, hence renditions with key frames at the same times are cut at the same times. Raises
    FileNotFoundError and BrokenFileError.
    """
    header, fragments = _read(path)
    return header, list(_pieces(fragments, seconds))


def media_playlist(name: str, header: int, pieces: list[Piece]) -> str:
    """The playlist (RFC 8216) of the file `name`, whose header has `header` bytes."""
    lines = [
        "#EXTM3U\n#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(math.floor(piece.seconds + 0.5) for piece in pieces) or 1}",
        "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{name}",BYTERANGE="{header}@0"',
    ]
    for piece in pieces:
        lines.append(f"#EXTINF:{piece.seconds:.6f},\n#EXT-X-BYTERANGE:{piece.length}@{piece.start}\n{name}")
    return "\n".join([*lines, "#EXT-X-ENDLIST\n"])


def _pieces(fragments: list[_Fragment], seconds: int) -> Iterator[Piece]:
    """Fragments put together: a piece ends with the last one that begins before the next multiple of `seconds`."""
    zero, first = fragments[0].begins, fragments[0]
    due = seconds
    for fragment in fragments[1:]:
        # the clocks of tracks differ by fractions of a frame
        if fragment.begins - zero > due - 0.001:
            yield Piece(first.start, fragment.start - first.start, fragment.begins - first.begins)
            first = fragment
            due = (int((fragment.begins - zero + 0.001) / seconds) + 1) * seconds
    last = fragments[-1]
    yield Piece(first.start, last.end - first.start, max(last.ends - first.begins, 0.001))


def _read(path: Path) -> tuple[int, list[_Fragment]]:
    """(bytes before the first fragment, the fragments) of the file."""
    fragments: list[_Fragment] = []
    header = scale = 0
    size = path.stat().st_size
    with path.open("rb") as file:
        for kind, start, body, end in _top(file, size):
            if kind == b"moov":
                scale = _scale(_body(file, body, end))
            elif kind == b"moof":
                if not scale:
                    raise BrokenFileError("a fragment before the header")
                header = header or start
                begins, ends = _times(_body(file, body, end))
                fragments.append(_Fragment(start, end, begins / scale, ends / scale))
            elif kind == b"mdat" and fragments:
                fragments[-1] = _Fragment(fragments[-1].start, end, fragments[-1].begins, fragments[-1].ends)
    if not fragments or kind != b"mdat":
        raise BrokenFileError("no whole fragment")
    return header, fragments


def _top(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int, int]]:
    """(type, first byte, first byte of the content, end) of each box of the file."""
    start = 0
    while start < size:
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            raise BrokenFileError("cut off in a box's head")
        length, kind = struct.unpack(">I4s", head[:8])
        body = start + 8
        if length == 1 and len(head) == 16:
            length, body = int.from_bytes(head[8:]), start + 16
        if length < body - start or start + length > size:
            raise BrokenFileError(f"cut off in {kind!r}")
        yield kind, start, body, start + length
        start += length


def _body(file: BinaryIO, start: int, end: int) -> bytes:
    if end - start > _LARGEST_HEADER:
        raise BrokenFileError("a header of impossible size")
    file.seek(start)
    return file.read(end - start)


def _inner(data: bytes, *kinds: bytes) -> Iterator[bytes]:
    """The contents of the boxes that lie at the path `kinds` within `data`."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length < 8:
            raise BrokenFileError(f"{kind!r} of length {length}")
        if kind == kinds[0]:
            content = data[at + 8 : at + length]
            yield from _inner(content, *kinds[1:]) if kinds[1:] else (content,)
        at += length


def _one(data: bytes, *kinds: bytes) -> bytes:
    found = next(_inner(data, *kinds), None)
    if found is None:
        raise BrokenFileError(f"no {kinds[-1]!r}")
    return found


def _scale(moov: bytes) -> int:
    """Ticks a second of the only track (8.4.2)."""
    mdhd = _one(moov, b"trak", b"mdia", b"mdhd")
    return int(struct.unpack_from(">I", mdhd, 20 if mdhd[0] else 12)[0])


def _times(moof: bytes) -> tuple[int, int]:
    """When the fragment's first picture (or sound) is presented and when its last one has been, in ticks."""
    head, decode = _one(moof, b"traf", b"tfhd"), _one(moof, b"traf", b"tfdt")
    now = int.from_bytes(decode[4 : 12 if decode[0] else 8])
    flags, at, usual = int.from_bytes(head[1:4]), 8, 0
    for name, (flag, length) in _DEFAULTS.items():
        if flags & flag:
            if name == "duration":
                usual = int.from_bytes(head[at : at + length])
            at += length
    begins: int | None = None
    ends = now
    for run in _inner(moof, b"traf", b"trun"):
        flags, count, at = int.from_bytes(run[1:4]), int.from_bytes(run[4:8]), 8
        at += sum(length for flag, length in _FIRST if flags & flag)
        for _ in range(count):
            length, offset = usual, 0
            for name, flag in _SAMPLE.items():
                if flags & flag:
                    value = int.from_bytes(run[at : at + 4], signed=name == "offset" and run[0] > 0)
                    length = value if name == "duration" else length
                    offset = value if name == "offset" else offset
                    at += 4
            begins = now + offset if begins is None else begins
            ends = max(ends, now + offset + length)
            now += length
    if begins is None:
        raise BrokenFileError("a fragment without content")
    return begins, ends
