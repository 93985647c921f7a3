"""The content security policy of the page editors' corner."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class AdminPolicyMiddleware:
    """Give Wagtail's admin, and nothing else, a policy that allows its inline scripts and styles."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Loosen the policy below ``settings.CSP_ADMIN_PREFIX`` unless the view set its own."""
        response = self.get_response(request)
        if request.path.startswith(settings.CSP_ADMIN_PREFIX) and not hasattr(response, "_csp_config"):
            response._csp_config = settings.SECURE_CSP_ADMIN  # type: ignore[attr-defined]
        return response
