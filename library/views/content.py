"""The content host's side of reading: a frame with the reader's own code, and the cleaned book. Both ask the token only."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from library.models import EBook
from library.selectors import ebook_for
from library.tokens import token_read
from school.policy import by_token


# foliate-js shows each chapter in a frame from a blob: address, which inherits this policy. Scripts come from our files
# alone (neither blob: nor inline), so nothing of a book runs even if cleaning had missed it; nothing reaches outside.
def reader_policy() -> dict[str, list[str]]:
    """The policy of the frame; only the platform's page may hold it."""
    return {
        "default-src": [CSP.NONE],
        "script-src": [CSP.SELF, CSP.NONCE],
        "style-src": [CSP.SELF, CSP.UNSAFE_INLINE, "blob:"],
        "img-src": [CSP.SELF, "blob:", "data:"],
        "font-src": [CSP.SELF, "blob:", "data:"],
        "media-src": ["blob:"],
        "connect-src": [CSP.SELF, "blob:"],
        "frame-src": ["blob:"],
        "object-src": [CSP.NONE],
        "base-uri": [CSP.NONE],
        "form-action": [CSP.NONE],
        "frame-ancestors": [f"{settings.SCHEME}://{settings.PLATFORM_HOST}"],
    }


def _ebook(token: str) -> EBook:
    """The book the token opens, while its reader still may read it."""
    known = token_read(token)
    ebook = ebook_for(*known) if known else None
    if ebook is None:
        raise Http404
    return ebook


@by_token("the content host has no cookies; a signed address names the book and its reader")
@require_safe
@xframe_options_exempt
def frame(request: HttpRequest, token: str) -> HttpResponse:
    """The page inside the reading room's frame."""
    ebook = _ebook(token)
    values = {"ebook": ebook, "token": token, "platform": f"{settings.SCHEME}://{settings.PLATFORM_HOST}"}
    response = render(request, "library/frame.html", values)
    # what @csp_override sets, but read when asked: the hosts are settings of the running site
    response._csp_config = reader_policy()  # type: ignore[attr-defined]
    return response


@by_token("the content host has no cookies; a signed address names the book and its reader")
@require_safe
@csp_override({"default-src": [CSP.NONE], "sandbox": ""})
def book(request: HttpRequest, token: str) -> HttpResponseBase:
    """The cleaned EPUB; the original never leaves the store."""
    ebook = _ebook(token)
    headers = {"Cache-Control": "private, max-age=3600"}
    return FileResponse(ebook.file.open("rb"), content_type="application/epub+zip", headers=headers)
