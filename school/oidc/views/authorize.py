"""The page that an application sends people to."""

import logging
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal import ratelimit
from allauth.idp.oidc.forms import AuthorizationForm
from allauth.idp.oidc.internal.oauthlib.server import get_server
from allauth.idp.oidc.internal.oauthlib.utils import extract_params, get_validator_context
from allauth.idp.oidc.internal.tokens import decode_jwt_token
from allauth.idp.oidc.views import AuthorizationView
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from school.audit.services import record
from school.identity.requests import person
from school.identity.sessions import UNTIL
from school.oidc import guard
from school.oidc.middleware import TARGET, heading_for
from school.oidc.selectors import consented
from school.oidc.services import consent_give, grant_open
from school.sso.models import HostSession
from school.sso.services import SID

logger = logging.getLogger(__name__)
# RFC 8176. A passkey asks for the device and its lock: something held, and a person there.
AMR = {"password": "pwd", "totp": "otp", "recovery_codes": "otp", "webauthn": "hwk"}
FACTORS = 2


def refused(request: HttpRequest, refusal: guard.Refused) -> HttpResponse:
    """A page in words; nobody is sent to an address that is not known. The trail tells of it, of a flood only a part."""
    logger.warning("A sign-in request was refused (%s) for client %r", refusal.why, refusal.client_id)
    if ratelimit.consume(request, app="allauth.idp.oidc", action="refused", limit_get=True):
        told = {"why": refusal.why, "application": refusal.client_id}
        record(actor=request.user, action="token_refused", detail=told, request=request)
    return render(request, "idp/oidc/error.html", {"why": refusal.why}, status=400)


class Away(HttpResponse):
    """A redirect to an application, whose scheme may be an app's own."""

    def __init__(self, address: str) -> None:
        super().__init__(status=302, headers={"Location": address, "Cache-Control": "no-store"})


def signed_in_at(request: HttpRequest) -> float:
    """When the person last proved who they are in this session (epoch seconds)."""
    records = get_authentication_records(request, request.user)
    if records:
        return float(max(record["at"] for record in records))
    started = HostSession.objects.filter(sid=request.session.get(SID, "")).order_by("started").first()
    return started.started.timestamp() if started else time.time()


def methods(request: HttpRequest) -> list[str]:
    """How they proved it (amr), in the words of RFC 8176."""
    records = get_authentication_records(request, request.user)
    used = {AMR[word] for one in records if (word := one.get("type") or one["method"]) in AMR}
    return sorted(used | ({"mfa"} if len(used) >= FACTORS or "hwk" in used else set()))


class AuthorizeView(AuthorizationView):  # type: ignore[misc]
    """The library's page behind the guard; consent is remembered for each client, and every code is noted under its sign-in."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            asked = guard.read(request.GET)
        except guard.Refused as refusal:
            return refused(request, refusal)
        if found := guard.fault(asked):
            return Away(asked.back(*found))
        if getattr(request, "true_user", None):
            # Whoever looks through another person's eyes does not go on to other applications as them.
            raise PermissionDenied
        return self._prove_first(request, asked) or self._consent_first(request, asked)

    def _prove_first(self, request: HttpRequest, asked: guard.Asked) -> HttpResponse | None:
        """Lead through the sign-in, or through a new proof when the application wants one; None when all is proved."""
        here = reverse("idp:oidc:authorization")
        # An answer to the proof that is asked for: asking again would never end. The application reads auth_time.
        back = f"{here}?{guard.without(asked.query, 'login', also=('max_age',))}"
        known = request.user.is_authenticated
        old = known and asked.max_age is not None and time.time() - signed_in_at(request) > asked.max_age
        if known and not old and "login" not in asked.prompt:
            return None
        if "none" in asked.prompt:
            return Away(asked.back("login_required"))
        if not known:
            return heading_for(redirect_to_login(back), request, asked.redirect_uri)
        ways = account_adapter().get_reauthentication_methods(request.user)
        if not ways:
            raise PermissionDenied
        proof = HttpResponseRedirect(f"{ways[0]['url']}?{urlencode({'next': back})}")
        return heading_for(proof, request, asked.redirect_uri)

    def _consent_first(self, request: HttpRequest, asked: guard.Asked) -> HttpResponse:
        agreed = asked.client.skip_consent or consented(person(request), asked.client, asked.scopes)
        if "none" in asked.prompt and not agreed:
            return Away(asked.back("consent_required"))
        hint = asked.query.get("id_token_hint", "")
        if hint and not self._is_of(request, hint, asked.client.pk):
            return Away(asked.back("login_required", "Somebody else is signed in."))
        # What is answered above is not asked again by the library: it knows consent by tokens only, takes no hint that is five
        # minutes old, and takes the claims parameter, which is not offered, for a question about the person.
        request.META["QUERY_STRING"] = guard.without(asked.query, "none", also=("claims", "id_token_hint"))
        request.GET = QueryDict(request.META["QUERY_STRING"])
        try:
            self._scopes, self._request_info = get_server().validate_authorization_request(*extract_params(request))
        except (FatalClientError, ValidationError):
            return refused(request, guard.Refused("request", asked.client.pk))
        except OAuth2Error as error:
            return Away(asked.back(error.error, error.description or ""))
        self._request_info["resources"] = []
        quiet = agreed and "consent" not in asked.prompt
        response: HttpResponse = self._skip_consent() if quiet else self.render_to_response(self.get_context_data())
        return response

    def _is_of(self, request: HttpRequest, hint: str, client_id: str) -> bool:
        """Whether an ID token of ours, an expired one too, speaks of the person who is signed in."""
        claims = decode_jwt_token(hint, client_id=client_id, verify_exp=False, verify_iss=True)
        return claims is not None and claims.get("sub") == str(person(request).pk)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The person's answer. What they were asked is signed; the client is looked at again, it may be off by now."""
        if signed := request.POST.get("request"):
            try:
                _, info = Signer().unsign_object(signed)
                guard.known(info["client_id"], info["redirect_uri"])
            except (BadSignature, KeyError, TypeError, ValueError):
                return refused(request, guard.Refused("request"))
            except guard.Refused as refusal:
                return refused(request, refusal)
            if not request.user.is_authenticated:
                return redirect_to_login("/")
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]

    @transaction.atomic
    def form_valid(self, form: AuthorizationForm) -> HttpResponse:
        """Give the code and note under which sign-in it was given."""
        request, user = self.request, person(self.request)
        response: HttpResponse = super().form_valid(form)
        address = response.headers.get("Location", "")
        code = parse_qs(urlsplit(address).query).get("code", [""])[0]
        grant_id = get_validator_context().grant_id
        if not code or not grant_id:
            return response
        client = guard.known(self._request_info["client_id"], self._request_info["redirect_uri"]).client
        scopes = form.cleaned_data["scopes"]
        grant_open(
            grant_id=grant_id,
            client=client,
            user=user,
            sid=request.session.get(SID, ""),
            code=code,
            auth_time=signed_in_at(request),
            amr=methods(request),
            until=request.session.get(UNTIL) or time.time() + settings.STAFF_SESSION[1],
        )
        if not client.skip_consent:
            consent_give(user=user, client=client, scopes=scopes)
        response.delete_cookie(TARGET)
        response.headers["Cache-Control"] = "no-store"
        return response

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """The question; its form may lead to this one application."""
        response: HttpResponse = super().render_to_response(context, **kwargs)
        response._csp_config = guard.form_policy(self._request_info["redirect_uri"])  # type: ignore[attr-defined]
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The library's own asks for the current ``Site``, which this project has none of."""
        context: dict[str, Any] = super(AuthorizationView, self).get_context_data(**kwargs)
        client = guard.known(self._request_info["client_id"], self._request_info["redirect_uri"]).client
        host = urlsplit(self._request_info["redirect_uri"]).netloc
        return {**context, "client": client, "host": host, "scopes": self._scopes}


authorize = AuthorizeView.as_view()
