"""What a camera writes beside a picture (place, device, time, a second smaller picture) is taken out; the picture's own bytes stay.

Only how it was held is kept, for browsers turn it by that. JPEG, PNG and WebP are lists of parts; those that say more than the
picture needs are left out. Nothing is decoded here.
"""

import struct
from collections.abc import Callable, Iterator

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
# APP0 (density), APP2 (colour profile), APP14 (Adobe's colour transform); all other notes go, comments too.
_KEPT_APPS = {0xE0: b"", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_NOTES = frozenset({*range(0xE0, 0xF0), 0xFE})
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_NOTES = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_NOTES = frozenset({b"EXIF", b"XMP "})
_WEBP_FLAGS = 0b0000_1100  # in VP8X: EXIF and XMP are there


class Damaged(ValueError):
    """The parts of the file do not add up."""


def clean_jpeg(data: bytes, orientation: int) -> bytes:
    """The JPEG without notes, and without what some phones hang behind its end (a second picture with notes of its own)."""
    out = bytearray(b"\xff\xd8")
    if orientation != 1:
        out += _orientation_segment(orientation)
    at = 2
    while True:
        if at + 2 > len(data) or data[at] != 0xFF:
            raise Damaged("marker")
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == _EOI:
            return bytes(out + b"\xff\xd9")
        if marker in _ALONE:
            out += data[at : at + 2]
            at += 2
            continue
        length = _number(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise Damaged("segment")
        kept = _KEPT_APPS.get(marker)
        if marker not in _NOTES or (kept is not None and data[at + 4 : end].startswith(kept)):
            out += data[at:end]
        at = end
        if marker == _SOS:
            end = _scan_end(data, at)
            out += data[at:end]
            at = end
            if at >= len(data):  # cut off by the sender: browsers show what is there
                return bytes(out)


def clean_png(data: bytes, _orientation: int) -> bytes:
    """The PNG without texts, notes and time."""
    if not data.startswith(_PNG):
        raise Damaged("signature")
    out, at = bytearray(_PNG), len(_PNG)
    while at < len(data):
        end = at + 12 + _number(">I", data, at)
        kind = data[at + 4 : at + 8]
        if end > len(data):
            raise Damaged("chunk")
        if kind not in _PNG_NOTES:
            out += data[at:end]
        if kind == b"IEND":
            return bytes(out)
        at = end
    raise Damaged("no end")


def clean_webp(data: bytes, _orientation: int) -> bytes:
    """The WebP without notes."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Damaged("signature")
    body = bytearray()
    for kind, content in _webp_chunks(data):
        if kind in _WEBP_NOTES:
            continue
        if kind == b"VP8X" and content:
            content = bytes([content[0] & ~_WEBP_FLAGS]) + content[1:]
        body += kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + bytes(body)


# By content type: (data, how it was held: 1 to 8) → clean data. GIF has no place for notes of a camera.
CLEANERS: dict[str, Callable[[bytes, int], bytes]] = {
    "image/jpeg": clean_jpeg,
    "image/png": clean_png,
    "image/webp": clean_webp,
    "image/gif": lambda data, _orientation: data,
}


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        length = _number("<I", data, at + 4)
        if at + 8 + length > len(data):
            raise Damaged("chunk")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _scan_end(data: bytes, at: int) -> int:
    """Where the pieces of picture end: at the next marker that is neither stuffing nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return len(data)
        if data[at + 1] == 0xFF:
            at += 1
        elif data[at + 1] == 0 or data[at + 1] in _ALONE:
            at += 2
        else:
            return at


def _orientation_segment(orientation: int) -> bytes:
    """An APP1 segment with nothing but how the camera was held (TIFF tag 0x0112, 1 to 8)."""
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    content = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content


def _number(form: str, data: bytes, at: int) -> int:
    try:
        return int(struct.unpack_from(form, data, at)[0])
    except struct.error as error:
        raise Damaged("end") from error
