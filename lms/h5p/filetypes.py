"""Which files may come in a package, and whether their first bytes fit their name."""

from __future__ import annotations

import filetype

CONTENT_EXTENSIONS = frozenset(
    [
        "json",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "bmp",
        "tif",
        "tiff",
        "webm",
        "mp4",
        "ogg",
        "mp3",
        "m4a",
        "wav",
        "vtt",
        "webvtt",
        "gltf",
        "glb",
        "txt",
    ]
)
LIBRARY_EXTENSIONS = CONTENT_EXTENSIONS | frozenset(
    ["js", "css", "svg", "eot", "ttf", "otf", "woff", "woff2", "md", "diff", "patch", "xml"]
)

# Sound with the wrong ending is common (a WAV called .mp3) and harmless: browsers decide by the bytes.
AUDIO_EXTENSIONS = frozenset(["mp3", "wav", "ogg", "m4a"])
TEXT_EXTENSIONS = frozenset(["json", "vtt", "webvtt", "gltf", "txt"])
_MARKUP = (b"<?xml", b"<svg", b"<!doctype", b"<html", b"<script")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# The container is the same; only the habit of naming differs.
_FAMILIES = (
    frozenset(("jpg", "jpeg")),
    frozenset(("tif", "tiff")),
    frozenset(("mp4", "m4a", "m4v", "mov")),
    frozenset(("ogg", "ogv", "oga", "opus")),
    frozenset(("webm", "mkv", "weba")),
    frozenset(("png", "apng")),
)
HEAD_BYTES = 1024


def extension(name: str) -> str:
    """The last extension in lower case, "" when there is none."""
    base = name.rsplit("/", 1)[-1]
    stem, dot, last = base.rpartition(".")
    return last.lower() if dot and stem else ""


def extensions_equivalent(first: str, second: str) -> bool:
    """Whether two extensions name the same kind of container."""
    first, second = first.lower(), second.lower()
    return first == second or any(first in family and second in family for family in _FAMILIES)


def content_fits(name: str, head: bytes) -> bool:
    """Whether the first bytes (at most HEAD_BYTES are looked at) fit the file's extension.

    A binary extension whose bytes nobody recognises does not fit; text may not begin like a page or a drawing,
    because a browser that sniffs would run it.
    """
    head = head[:HEAD_BYTES]
    ext = extension(name)
    if ext not in CONTENT_EXTENSIONS:
        return False
    if ext in TEXT_EXTENSIONS:
        return not _looks_like_markup(head)
    if ext == "glb":
        return head.startswith(b"glTF")
    kind = filetype.guess(head)
    if kind is None:
        return False
    return extensions_equivalent(ext, kind.extension) or {ext, kind.extension} <= AUDIO_EXTENSIONS


def true_extension(name: str, head: bytes) -> str:
    """The extension a file is kept under: what the bytes are for sound, else what the name says."""
    ext = extension(name)
    kind = filetype.guess(head[:HEAD_BYTES]) if ext in AUDIO_EXTENSIONS else None
    return kind.extension if kind is not None and kind.extension in AUDIO_EXTENSIONS else ext


def _looks_like_markup(head: bytes) -> bool:
    text = head
    if head[:2] in _MARKS[1:]:
        text = head.replace(b"\x00", b"")[2:]
    elif head.startswith(_MARKS[0]):
        text = head[3:]
    if filetype.guess(head) is not None:
        return True
    return text.lstrip().lower().startswith(_MARKUP)


def media_type(name: str) -> str:
    """The Content-Type a file of a package is served with; never one that a browser opens as a page."""
    return _MEDIA_TYPES.get(extension(name), "application/octet-stream")


_MEDIA_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "webm": "video/webm",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "vtt": "text/vtt; charset=utf-8",
    "webvtt": "text/vtt; charset=utf-8",
    "gltf": "model/gltf+json",
    "glb": "model/gltf-binary",
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "eot": "application/vnd.ms-fontobject",
}
