"""What an application's request must fulfil before the library sees it (identity.md §1.3).

The library alone accepts longer redirect addresses than were registered, codes without PKCE from applications with a secret, and
ignores ``max_age``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.core.internal.httpkit import extract_basic_auth
from allauth.idp.oidc.models import Client
from django.conf import settings
from django.http import HttpRequest, JsonResponse, QueryDict

from .models import Application
from .selectors import application_of

ONCE = ("client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age")
ONCE_PKCE = ("code_challenge", "code_challenge_method")
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST = 2000


class Refused(Exception):
    """A request that must not lead anywhere: its client or its address is not known. ``why`` is a word for page and log."""

    def __init__(self, why: str, client_id: str = "") -> None:
        super().__init__(why)
        # It is written down: what no client id can hold (PostgreSQL keeps no NUL) is left out.
        self.why, self.client_id = why, CONTROL.sub("", client_id)[:100]


@dataclass(frozen=True)
class Asked:
    """An authorization request whose client and address are right."""

    application: Application
    redirect_uri: str
    state: str
    scopes: list[str]
    prompt: frozenset[str]
    max_age: int | None
    query: QueryDict

    @property
    def client(self) -> Client:
        return self.application.client

    def back(self, error: str, description: str = "") -> str:
        """The application's address with an error (RFC 6749, 4.1.2.1)."""
        values = {"error": error, "error_description": description, "state": self.state}
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return self.redirect_uri + joint + urlencode({key: value for key, value in values.items() if value})


def known(client_id: str, redirect_uri: str) -> Application:
    """The application; raises Refused when it is unknown or off, or when the address is not letter by letter a registered one."""
    application = application_of(client_id) if CLIENT_ID.fullmatch(client_id) else None
    if application is None:
        raise Refused("client", client_id)
    if redirect_uri not in application.client.get_redirect_uris():
        raise Refused("redirect", client_id)
    return application


def read(query: QueryDict) -> Asked:
    """The request; raises Refused when nothing of it can be trusted enough to send anybody back."""
    for name in (*ONCE, *ONCE_PKCE):
        if len(query.getlist(name)) > 1 or len(query.get(name, "")) > LONGEST:
            raise Refused("request", query.get("client_id", ""))
    if any(CONTROL.search(value) for _, values in query.lists() for value in values):
        raise Refused("request", query.get("client_id", ""))
    application = known(query.get("client_id", ""), query.get("redirect_uri", ""))
    age = query.get("max_age", "")
    return Asked(
        application=application,
        redirect_uri=query.get("redirect_uri", ""),
        state=query.get("state", ""),
        scopes=query.get("scope", "").split(),
        prompt=frozenset(query.get("prompt", "").split()),
        max_age=int(age) if age.isascii() and age.isdigit() and len(age) < 10 else None,
        query=query,
    )


def fault(asked: Asked) -> tuple[str, str] | None:
    """The error that the application is told, with its reason; None when the request is in order."""
    query = asked.query
    for name, error in (("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")):
        if query.get(name):
            return error, ""
    if query.get("response_type") != "code":
        return "unsupported_response_type", "Only response_type=code."
    if query.get("response_mode", "query") != "query":
        return "invalid_request", "Only response_mode=query."
    if query.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(query.get("code_challenge", "")):
        return "invalid_request", "PKCE with code_challenge_method=S256 is required."
    if "openid" not in asked.scopes or not set(asked.scopes) <= set(asked.client.get_scopes()):
        return "invalid_scope", ""
    if query.get("max_age") and asked.max_age is None:
        return "invalid_request", "max_age is a number of seconds."
    if "none" in asked.prompt and len(asked.prompt) > 1:
        return "invalid_request", "prompt=none stands alone."
    if query.get("resource"):
        return "invalid_target", ""
    return None


def without(query: QueryDict, *prompts: str, also: tuple[str, ...] = ()) -> str:
    """The query string without some values of ``prompt`` and without the parameters ``also``."""
    left = query.copy()
    kept = [word for word in left.get("prompt", "").split() if word not in prompts]
    for name in also:
        left.pop(name, None)
    left.pop("prompt", None)
    if kept:
        left["prompt"] = " ".join(kept)
    return left.urlencode()


def caller(request: HttpRequest) -> str:
    """The client id that an application's own request names; its secret is the library's to check."""
    named, _ = extract_basic_auth({"Authorization": request.headers.get("Authorization", "")})
    return named or request.POST.get("client_id", "")


def endpoint_fault(request: HttpRequest) -> JsonResponse | None:
    """Before the token, revocation and introspection endpoints: applications that are off or unknown are refused alike."""
    named = caller(request)
    if not CLIENT_ID.fullmatch(named) or application_of(named) is None:
        return JsonResponse({"error": "invalid_client"}, status=401, headers={"WWW-Authenticate": 'Basic realm="oidc"'})
    if request.POST.get("client_id", named) != named:
        return JsonResponse({"error": "invalid_request"}, status=400)
    if request.POST.get("resource"):
        return JsonResponse({"error": "invalid_target"}, status=400)
    return None


def origin(address: str) -> str:
    """Scheme, host and port of an address, as a content security policy names them; "" for an app's own scheme."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def form_policy(address: str) -> Mapping[str, Any]:
    """The house's policy, but a form may lead on to this application: browsers ask it of redirects, too."""
    policy = settings.SECURE_CSP
    return {**policy, "form-action": [*policy["form-action"], origin(address)]}
