"""The endpoints that applications themselves call."""

import datetime
import json
import logging
from typing import Any

from allauth.core.internal import ratelimit
from allauth.idp.oidc.views import IntrospectView, RevokeView, TokenView, UserInfoView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from school.oidc import guard
from school.oidc.models import Application, Grant
from school.oidc.selectors import application_of, grant_of_refresh
from school.oidc.services import (
    code_redeemed,
    code_refused,
    code_settle,
    grants_end,
    refresh_claim,
    refresh_done,
    refresh_reused,
    token_hash,
    token_settle,
)

logger = logging.getLogger(__name__)


def _error(response: HttpResponse) -> str:
    try:
        return str(json.loads(response.content).get("error", ""))
    except ValueError:
        return ""


def _until(response: HttpResponse, ends: datetime.datetime | None) -> HttpResponse:
    """Tell the application the end that its refresh token really has."""
    data: dict[str, Any] = json.loads(response.content)
    if ends and "refresh_expires_in" in data:
        data["refresh_expires_in"] = max(0, int((ends - timezone.now()).total_seconds()))
        response.content = json.dumps(data).encode()
    return response


def _replay(request: HttpRequest, what: str, grant: Grant | None) -> None:
    if grant:
        logger.warning("A %s came a second time for client %r: its tokens are ended", what, grant.client_id)


class OwnTokenView(TokenView):  # type: ignore[misc]
    """Codes and refresh tokens are good once; whoever brings one again ends what came of it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if not ratelimit.consume(request, app="allauth.idp.oidc", action="token_ip"):
            return JsonResponse({"error": "temporarily_unavailable"}, status=429)
        if refusal := guard.endpoint_fault(request):
            return refusal
        kind = request.POST.get("grant_type")
        if kind == "refresh_token":
            return self._refresh(request, request.POST.get("refresh_token", ""))
        if kind == "authorization_code":
            return self._code(request, request.POST.get("code", ""))
        if kind == "client_credentials":
            return self._reader(request)
        return JsonResponse({"error": "unsupported_grant_type"}, status=400)

    def _code(self, request: HttpRequest, code: str) -> HttpResponse:
        code_settle(code)
        with transaction.atomic():
            response: HttpResponse = super().post(request)
            if response.status_code == 200:
                return _until(response, code_redeemed(code=code))
        if _error(response) == "invalid_grant":
            _replay(request, "code", code_refused(code=code))
        return response

    def _reader(self, request: HttpRequest) -> HttpResponse:
        """An application for itself: only one that reads the roster (RFC 6749, 4.4).

        Readers ask for all rights they know of, those over marks among them; they get those that they have here, and are told
        which (RFC 6749, 3.3).
        """
        application = application_of(guard.caller(request))
        if application is None or application.kind != Application.Kind.ROSTER:
            return JsonResponse({"error": "unauthorized_client"}, status=400)
        allowed = application.client.get_scopes()
        if granted := [scope for scope in request.POST.get("scope", "").split() if scope in allowed]:
            values = request.POST.copy()
            values["scope"] = " ".join(granted)
            request.POST = values  # type: ignore[assignment]
        response: HttpResponse = super().post(request)
        return response

    def _refresh(self, request: HttpRequest, value: str) -> HttpResponse:
        token_settle(value)
        with transaction.atomic():
            first = refresh_claim(value=value)
            response: HttpResponse = super().post(request)
            if first and response.status_code == 200:
                return _until(response, refresh_done(value=value))
            # Refused for another reason (a wrong secret, say): the token was not exchanged after all.
            transaction.set_rollback(True)
        if not first and _error(response) == "invalid_grant":
            _replay(request, "refresh token", refresh_reused(value=value))
        elif response.status_code == 200:
            return JsonResponse({"error": "invalid_grant"}, status=400)
        return response


class OwnUserInfoView(UserInfoView):  # type: ignore[misc]
    """A token is believed while the sign-in behind it stands."""

    def _respond(self, request: HttpRequest) -> HttpResponse:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        token_settle(value.strip() if scheme.lower() == "bearer" else request.POST.get("access_token", ""))
        response: HttpResponse = super()._respond(request)
        response.headers["Cache-Control"] = "no-store"
        return response


class OwnIntrospectView(IntrospectView):  # type: ignore[misc]
    """An application asks about its own tokens."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if refusal := guard.endpoint_fault(request):
            return refusal
        token_settle(request.POST.get("token", ""))
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


class OwnRevokeView(RevokeView):  # type: ignore[misc]
    """A revoked refresh token ends its whole family."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if refusal := guard.endpoint_fault(request):
            return refusal
        grant = grant_of_refresh(token_hash(request.POST.get("token", "")))
        response: HttpResponse = super().post(request, *args, **kwargs)
        if grant and grant_of_refresh(token_hash(request.POST.get("token", ""))) is None:
            grants_end(Grant.objects.filter(pk=grant.pk), tell=False)
        return response


token = OwnTokenView.as_view()
userinfo = OwnUserInfoView.as_view()
introspect = OwnIntrospectView.as_view()
revoke = OwnRevokeView.as_view()
