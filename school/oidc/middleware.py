"""Signing in on the way to another application: the last redirect after the form leads to that application's host."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .guard import form_policy

# A signed cookie, not the session: strangers who only come by should leave no row behind.
TARGET = "oidc_target"
SECONDS = 1800


def heading_for(response: HttpResponse, request: HttpRequest, address: str) -> HttpResponse:
    """Remember in this browser that its person is on the way to an application's registered address."""
    response.set_signed_cookie(
        TARGET, address, salt=TARGET, max_age=SECONDS, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


class FormTargetMiddleware:
    """While a person is on the way to an application, forms may lead to it; to any other host they may not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if TARGET not in request.COOKIES or getattr(request, "urlconf", None) is not None:
            return response
        target = request.get_signed_cookie(TARGET, default=None, salt=TARGET, max_age=SECONDS)
        if target and not hasattr(response, "_csp_config"):
            response._csp_config = form_policy(target)  # type: ignore[attr-defined]
        return response
