"""Pages of the content host. The signed address is the only key; cookies are neither read nor set."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from lms.h5p.addresses import platform_origin
from lms.h5p.models import LibraryRelease
from lms.h5p.names import path_safe
from lms.h5p.playing import FILES_SECONDS, files_url, integration, libraries_url, visit_of
from lms.h5p.selectors import playing
from lms.h5p.services import content_refresh
from lms.h5p.serving import file_response, page_policy, protect
from school.policy import by_token, public

_FOLDER = re.compile(r"([A-Za-z0-9_.\-]+)-(\d{1,5})\.(\d{1,5})\.(\d{1,5})")
_IMMUTABLE = "public, max-age=31536000, immutable"


@require_safe
@by_token("the content host has no cookies; the platform signed who may see this content and for how long")
def play(request: HttpRequest, token: str) -> HttpResponse:
    """The player for one content, to be shown in the platform's frame."""
    visit = visit_of(token)
    content_refresh(content=visit.content)
    found = playing(visit.content)
    libraries, files = libraries_url(), files_url(visit)
    # No session here that would know the reader's language.
    with translation.override(visit.language):
        response = render(
            request,
            "h5p/play.html",
            {
                "content": visit.content,
                "missing": found.missing,
                "integration": integration(visit, found, files),
                "bridge": {"contentId": visit.content.pk, "platform": platform_origin()},
                "styles": [f"{libraries}/{path}" for path in found.assets("preloadedCss")],
                "scripts": [f"{libraries}/{path}" for path in found.assets("preloadedJs")],
            },
            status=410 if found.missing else 200,
        )
    response.headers["Cache-Control"] = "private, no-store"
    protect(response, page_policy(libraries, files, ancestors=visit.guest.ancestors if visit.guest else ()))
    return response


@require_safe
@by_token("the content host has no cookies; the platform signed who may see this content and for how long")
def content_file(request: HttpRequest, token: str, file: str) -> HttpResponseBase:
    """A file that the content's parameters name."""
    visit = visit_of(token, files=True)
    if not path_safe(file) or not visit.content.files.filter(path=file).exists():
        raise Http404
    name = f"{visit.content.folder}/{file}"
    return file_response(request, name, cache=f"private, max-age={FILES_SECONDS}, immutable")


@require_safe
@public
def library_file(request: HttpRequest, folder: str, file: str) -> HttpResponseBase:
    """A file of an installed library: published code without anybody's data, kept by browsers for ever."""
    match = _FOLDER.fullmatch(folder)
    if match is None or not path_safe(file):
        raise Http404
    release = LibraryRelease.objects.filter(
        library__machine_name=match[1],
        library__major=match[2],
        library__minor=match[3],
        patch=match[4],
        library__disabled=False,
        library__approved=True,
    ).first()
    if release is None or file not in release.files:
        raise Http404
    return file_response(request, f"{release.folder}/{file}", cache=_IMMUTABLE)
