"""Answers of the content host: no cookie, own policy, files with ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from lms.h5p import store
from lms.h5p.addresses import content_origin, platform_origin
from lms.h5p.filetypes import media_type

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_CHUNK = 64 * 1024
NOBODY = "'none'"
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def page_policy(*reachable: str, ancestors: Sequence[str] = ()) -> str:
    """The policy of the player's page: code and files of this host only, framed by the platform only.

    `ancestors` are hosts whose pages frame the platform's page in turn.

    Code may ask for nothing but the addresses below `reachable` (libraries fetch their own sounds, contents their files):
    what a content has to say it says to the platform's page, which decides what becomes of it.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' data: blob:",
            f"connect-src {' '.join(content_origin() + path + '/' for path in reachable) or NOBODY}",
            "worker-src 'none'",
            "form-action 'none'",
            f"frame-ancestors {' '.join((platform_origin(), *ancestors))}",
            "base-uri 'none'",
            "sandbox allow-scripts allow-same-origin allow-popups allow-forms",
        )
    )


def protect(response: HttpResponseBase, policy: str) -> None:
    """The headers of everything that the content host answers."""
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    # The address is the key: it must not be told to a site that a content links to.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
    response.xframe_options_exempt = True  # type: ignore[attr-defined]  # frame-ancestors says it, for a named host


def file_response(request: HttpRequest, name: str, *, cache: str) -> HttpResponseBase:
    """A stored file, whole or the part that the browser asks for. Raises Http404 when it is not there."""
    storage = store.storage()
    try:
        size = storage.size(name)
        source: IO[bytes] = storage.open(name)
    except OSError as error:
        raise Http404 from error
    kind = media_type(name)
    first, last = 0, size - 1
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    partial = asked is not None and asked[0] != "bytes=-"
    if asked is not None and partial:
        first, last = _bounds(asked[1], asked[2], size)
        if first > last:
            source.close()
            refused = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
            protect(refused, FILE_POLICY)
            return refused
    response: HttpResponseBase
    if size <= _CHUNK * 4 and not partial:
        with source:
            response = HttpResponse(source.read(), content_type=kind)
    else:
        response = StreamingHttpResponse(
            _pieces(source, first, last), status=206 if partial else 200, content_type=kind
        )
    response.headers["Content-Length"] = str(last - first + 1)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = cache
    if partial:
        response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    if partial or not kind.startswith(("text/", "application/json", "image/svg")):
        # Said to be encoded already: compressing a picture again costs time, compressing a part of a file breaks it.
        response.headers["Content-Encoding"] = "identity"
    protect(response, FILE_POLICY)
    return response


def _bounds(start: str, end: str, size: int) -> tuple[int, int]:
    if not start:
        return max(size - int(end), 0), size - 1
    return int(start), min(int(end) if end else size - 1, size - 1)


def _pieces(source: IO[bytes], first: int, last: int) -> Iterator[bytes]:
    with source:
        source.seek(first)
        left = last - first + 1
        while left > 0 and (piece := source.read(min(_CHUNK, left))):
            left -= len(piece)
            yield piece
