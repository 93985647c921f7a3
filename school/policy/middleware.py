"""Nothing answers without a declaration: the gate before every view."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from school.row_security import fenced

from .actor import Actor
from .confirmation import confirm_first, is_recently_confirmed
from .gates import Access, access_of
from .rules import may


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Send an anonymous person to the sign-in page and back; a fragment's request is told to move the whole page."""
    whole = request.headers.get("HX-Request") != "true"
    back = request.get_full_path() if whole and request.method in {"GET", "HEAD"} else "/"
    target = f"{settings.SCHEME}://{settings.PLATFORM_HOST}" if getattr(request, "school", None) else ""
    address = f"{target}{resolve_url(settings.LOGIN_URL) if not target else '/dang-nhap/'}?{urlencode({'next': back})}"
    if whole:
        return HttpResponseRedirect(address)
    return HttpResponse(status=401, headers={"HX-Redirect": address})


class AccessMiddleware:
    """Ask the view's declaration: 404 without one, the sign-in page for strangers, 403 for a role outside the rule.

    Views that want the person to have shown lately that it is them lead through that first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        what = access_of(view, match.view_name if match else None)
        if what is None and match and match.route.startswith("admin/"):
            what = Access("admin")
        if what is None:
            raise Http404("This view declares no access.")
        if what.kind in {"public", "token"}:
            return None
        if not request.user.is_authenticated:
            return sign_in_first(request)
        if what.kind == "admin" and not request.user.has_perm("wagtailadmin.access_admin"):
            raise PermissionDenied
        if what.kind == "rule" and not may(request.user, what.model, what.action):
            raise PermissionDenied
        if what.fresh and not is_recently_confirmed(request):
            return confirm_first(request)
        return None


class RowSecurityMiddleware:
    """While a view runs, the database shows only what its person can reach: the second line behind the policy.

    A view by token has no person; its token names the one row that it may show.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as request.reach:  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        match = request.resolver_match
        what = access_of(view, match.view_name if match else None)
        if what is None or what.kind != "token":
            request.reach.enter_context(fenced(Actor.of(request.user).reach))  # type: ignore[attr-defined]
