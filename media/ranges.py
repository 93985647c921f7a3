"""Bytes of a file over HTTP with ranges (RFC 9110 §14), for the embedded mode, where no nginx stands in front."""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from itertools import pairwise
from typing import IO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

BLOCK = 256 * 1024
MAX_RANGES = 8


@dataclass(frozen=True)
class Representation:
    """What is sent: an open file, its size in bytes, type, strong validator (without quotes) and time of change."""

    file: IO[bytes]
    size: int
    content_type: str
    etag: str
    changed: float


Span = tuple[int, int]  # first and last byte, inclusive


def respond(request: HttpRequest, what: Representation) -> HttpResponseBase:
    """200, 206 (one or several ranges), 304 or 416, as the request's headers ask."""
    # GZipMiddleware would compress a stream and drop its length: then neither ranges nor seeking hold
    request.META["HTTP_ACCEPT_ENCODING"] = "identity"
    etag = f'"{what.etag}"'
    common = {"ETag": etag, "Last-Modified": formatdate(what.changed, usegmt=True), "Accept-Ranges": "bytes"}
    if etag in {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}:
        what.file.close()
        return HttpResponse(status=304, headers=common)
    spans = _wanted(request, what, etag, common["Last-Modified"])
    if spans is None:
        return _stream(what, [(0, what.size - 1)], 200, what.content_type, common | {"Content-Length": str(what.size)})
    if not spans:
        what.file.close()
        return HttpResponse(status=416, headers=common | {"Content-Range": f"bytes */{what.size}"})
    if len(spans) == 1:
        first, last = spans[0]
        headers = {"Content-Range": f"bytes {first}-{last}/{what.size}", "Content-Length": str(last - first + 1)}
        return _stream(what, spans, 206, what.content_type, common | headers)
    return _several(what, spans, common)


def parse_range(header: str, size: int) -> list[Span] | None:
    """Spans of a Range header in the order asked; [] when none can be satisfied, None when the header is to be ignored.

    Ignored are other units, bad syntax, too many and overlapping ranges (RFC 9110 §14.2 lets a server do so).
    """
    unit, _, text = header.partition("=")
    if unit.strip().lower() != "bytes":
        return None
    spans: list[Span] = []
    parts = text.split(",")
    if len(parts) > MAX_RANGES:
        return None
    for part in parts:
        found = re.fullmatch(r"\s*(\d*)-(\d*)\s*", part)
        if found is None or not any(found.groups()):
            return None
        start, end = found.groups()
        first = int(start) if start else max(size - int(end), 0)
        last = min(int(end), size - 1) if start and end else size - 1
        if start and end and int(end) < int(start):
            return None
        if first < size and (start or int(end) > 0):
            spans.append((first, last))
    ordered = sorted(spans)
    if any(a[1] >= b[0] for a, b in pairwise(ordered)):
        return None
    return spans


def _wanted(request: HttpRequest, what: Representation, etag: str, changed: str) -> list[Span] | None:
    header = request.headers.get("Range", "")
    if not header or request.method not in ("GET", "HEAD"):
        return None
    condition = request.headers.get("If-Range", "").strip()
    if condition and condition not in (etag, changed):
        return None
    return parse_range(header, what.size)


def _blocks(file: IO[bytes], span: Span) -> Iterator[bytes]:
    file.seek(span[0])
    left = span[1] - span[0] + 1
    while left > 0:
        block = file.read(min(BLOCK, left))
        if not block:
            return
        left -= len(block)
        yield block


def _stream(
    what: Representation, spans: list[Span], status: int, content_type: str, headers: dict[str, str]
) -> StreamingHttpResponse:
    def body() -> Iterator[bytes]:
        with what.file:
            for span in spans:
                yield from _blocks(what.file, span)

    response = StreamingHttpResponse(body(), status=status, content_type=content_type, headers=headers)
    if len(spans) == 1 and hasattr(what.file, "fileno"):
        # the web server then lets the kernel send it (PEP 3333, wsgi.file_wrapper): the bytes do not pass through Python
        response.file_to_stream = _Slice(what.file, spans[0])  # type: ignore[attr-defined]
        response.block_size = BLOCK  # type: ignore[attr-defined]
        response._resource_closers.append(what.file.close)  # type: ignore[attr-defined]
    return response


class _Slice:
    """One span of an open file as a file of its own, also for a server that reads it because it cannot send it."""

    close: Callable[[], None]  # Django puts the response's own here

    def __init__(self, file: IO[bytes], span: Span) -> None:
        self._file, self._left = file, span[1] - span[0] + 1
        file.seek(span[0])

    def fileno(self) -> int:
        """The open file, at the first byte of the span; how many follow says the answer's Content-Length."""
        return self._file.fileno()

    def read(self, size: int) -> bytes:
        block = self._file.read(min(size, self._left))
        self._left -= len(block)
        return block


def _several(what: Representation, spans: list[Span], common: dict[str, str]) -> StreamingHttpResponse:
    boundary = secrets.token_hex(12)
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {what.content_type}\r\n"
        f"Content-Range: bytes {first}-{last}/{what.size}\r\n\r\n".encode()
        for first, last in spans
    ]
    tail = f"\r\n--{boundary}--\r\n".encode()
    length = sum(map(len, heads)) + sum(last - first + 1 for first, last in spans) + len(tail)

    def body() -> Iterator[bytes]:
        with what.file:
            for head, span in zip(heads, spans, strict=True):
                yield head
                yield from _blocks(what.file, span)
            yield tail

    return StreamingHttpResponse(
        body(),
        status=206,
        content_type=f"multipart/byteranges; boundary={boundary}",
        headers=common | {"Content-Length": str(length)},
    )
