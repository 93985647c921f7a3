"""Signing in on the way to another application: the last redirect after the form leads to that application's host."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .guard import form_policy

TARGET = "oidc_target"


class FormTargetMiddleware:
    """While a person is on the way to an application, forms may lead to it; to any other host they may not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        target = request.session.get(TARGET) if getattr(request, "urlconf", None) is None else None
        if target and not hasattr(response, "_csp_config"):
            response._csp_config = form_policy(target)  # type: ignore[attr-defined]
        return response
