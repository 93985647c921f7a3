"""Public pages: the office's portal on the platform's host, each school's on its own host or under /truong/<slug>/."""

import mimetypes
import posixpath

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from wagtail.models import Page

from school.organisation.models import School
from school.organisation.selectors import portal_url
from school.policy import public
from school.portal.paging import page_of
from school.portal.selectors import SCHOOLS_A_PAGE, Portal, office_home, school_home, schools_found
from school.portal.storage import FOLDER

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"})


def _show(request: HttpRequest, portal: Portal, path: str) -> HttpResponse:
    """The portal's page at `path` ("" is the start page); 404 for what is not published."""
    context = {"portal": portal}
    if portal.home is None:
        if path:
            raise Http404
        return render(request, "portal/empty.html", context)
    wanted = f"{portal.home.url_path}{path.strip('/')}/" if path.strip("/") else portal.home.url_path
    page = get_object_or_404(Page.objects.live(), url_path=wanted).specific
    section = "news" if path.strip("/") else ""
    return render(request, page.template, {**page.get_context(request), **context, "section": section})


def front(request: HttpRequest) -> HttpResponse:
    """The office portal's start page, for the platform's "/" when nobody is signed in (config.views.home)."""
    return _show(request, Portal(None, office_home(), "/"), "")


@public
@require_safe
def office_page(request: HttpRequest, path: str = "") -> HttpResponse:
    """News of the office."""
    return _show(request, Portal(None, office_home(), "/"), f"tin-tuc/{path}")


@public
@require_safe
def office_front(request: HttpRequest) -> HttpResponse:
    """The office portal's start page for people who are signed in, whose "/" is their own."""
    return front(request)


@public
@require_safe
def schools(request: HttpRequest) -> HttpResponse:
    """All schools, with a search that ignores diacritics."""
    text = request.GET.get("q", "").strip()[:100]
    found = page_of(schools_found(text), request, SCHOOLS_A_PAGE)
    return render(
        request,
        "portal/schools.html",
        {"portal": Portal(None, office_home(), "/"), "page": found, "q": text, "section": "schools"},
    )


@public
@require_safe
def school_page(request: HttpRequest, slug: str, path: str = "") -> HttpResponse:
    """A school without a host name of its own; the others are sent there."""
    school = get_object_or_404(School, slug=slug)
    if school.host:
        return HttpResponseRedirect(f"{portal_url(school)}{path}")
    return _show(request, Portal(school, school_home(school), f"/truong/{school.slug}/"), path)


@public
@require_safe
def host_page(request: HttpRequest, path: str = "") -> HttpResponse:
    """A page of the school whose host this is (config.hosts)."""
    school = getattr(request, "school", None)
    if not isinstance(school, School):
        raise Http404
    return _show(request, Portal(school, school_home(school), "/"), path)


@public
@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A finished size of a portal's picture. Only pictures of the renditions' folder: nothing else of the uploads is reachable."""
    path = f"{FOLDER}{name}"
    if posixpath.normpath(path) != path or posixpath.splitext(name)[1].lower() not in PICTURES:
        raise Http404
    if not default_storage.exists(path):
        raise Http404
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"Cache-Control": "public, max-age=86400", "Content-Security-Policy": "default-src 'none'"}
    return FileResponse(default_storage.open(path), content_type=kind, headers=headers)
