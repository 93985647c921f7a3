"""Which site answers under which host name.

Signed-in work lives on the platform's host, a school's public portal on its own, user-made active content on a third host
without cookies. Any other name is refused, so ``ALLOWED_HOSTS`` may stay open: the list of schools lives in the database.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound

from school.organisation.selectors import school_of_host

SCHOOL_URLS = "school.portal.urls_school"
CONTENT_URLS = "lms.h5p.urls_content"


def bare(host: str) -> str:
    """A host name without its port, in lower case."""
    return host.rsplit(":", 1)[0].lower() if ":" in host and not host.endswith("]") else host.lower()


class HostMiddleware:
    """Choose ``request.urlconf`` by host name and set ``request.school`` (None on the platform)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = bare(request.get_host())
        request.school = None  # type: ignore[attr-defined]
        if host == bare(settings.PLATFORM_HOST) or host in settings.PLATFORM_ALIASES:
            return self.get_response(request)
        if host == bare(settings.CONTENT_HOST):
            request.urlconf = CONTENT_URLS
            return self._without_cookies(request)
        school = school_of_host(host)
        if school is None:
            return HttpResponseNotFound("Không có trang nào ở địa chỉ này. / There is no site at this address.")
        request.school = school  # type: ignore[attr-defined]
        request.urlconf = SCHOOL_URLS
        return self.get_response(request)

    def _without_cookies(self, request: HttpRequest) -> HttpResponse:
        """The content host runs code that strangers made: no cookie comes in there and none goes out."""
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        response.cookies.clear()
        # Without cookies no answer depends on one; caches may keep the libraries for everybody.
        vary = [part for part in response.headers.get("Vary", "").split(", ") if part and part.lower() != "cookie"]
        if vary:
            response.headers["Vary"] = ", ".join(vary)
        elif response.has_header("Vary"):
            del response.headers["Vary"]
        return response
