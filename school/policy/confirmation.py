"""Whether it is still the same person in front of the screen: a proof given within the last minutes (ASVS 5.0, 7.5.1).

The proof is a password, an authenticator's code or a passkey, given at the sign-in itself or since. What the person wanted to do
waits in their session and is offered again afterwards by a button, so that it walks through every gate like any other request.
"""

import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

HELD = "held_request"
# What a person types into a form; a longer one (a pasted table) is typed again.
HELD_BYTES = 32_768
# Signing in through another provider may have been silent: only a confirmation asked for on purpose counts there.
TYPED = {"password", "mfa"}


def is_recently_confirmed(request: HttpRequest) -> bool:
    """Whether this session's person has proved who they are within ``ACCOUNT_REAUTHENTICATION_TIMEOUT`` seconds."""
    if not request.user.is_authenticated:
        return False
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    return any(
        record["at"] > since and (record.get("reauthenticated") or record["method"] in TYPED) for record in records
    )


def _page_before(request: HttpRequest) -> str:
    """The address on this host from which the request came; the start page when it does not say."""
    came = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(came)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _hold(request: HttpRequest) -> dict[str, Any]:
    """What is needed to offer the request again; a file cannot wait, so its sender goes back to the form."""
    kept = {"method": "get", "path": request.get_full_path(), "fields": [], "back": _page_before(request)}
    if request.method in {"GET", "HEAD"}:
        return kept if request.headers.get("HX-Request") != "true" else {**kept, "path": kept["back"]}
    fields = [[name, value] for name, values in request.POST.lists() for value in values]
    fields = [pair for pair in fields if pair[0] != "csrfmiddlewaretoken"]
    size = sum(len(name) + len(value) for name, value in fields)
    typed = request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}
    if request.FILES or size > HELD_BYTES or not typed:
        return {**kept, "path": kept["back"]}
    return {**kept, "method": "post", "fields": fields}


def confirm_first(request: HttpRequest) -> HttpResponse:
    """Lead to the page that asks who is there, then to the held request.

    Raises PermissionDenied on a school's host and for a person who has no means to confirm.
    """
    means = get_adapter().get_reauthentication_methods(request.user)
    if getattr(request, "school", None) is not None or not means:
        raise PermissionDenied
    request.session[HELD] = _hold(request)
    address = f"{means[0]['url']}?{urlencode({'next': reverse('confirmed')})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
