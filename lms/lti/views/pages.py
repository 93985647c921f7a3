"""What the pages of LTI have in common: who may frame them, where their forms lead, a refusal in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP

from lms.lti.addresses import origin


def protect(
    response: HttpResponse,
    *,
    forms: Sequence[str] = (),
    ancestors: Sequence[str] = (),
    base: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The house's policy (or ``base``); forms may lead to these hosts besides, and these may show the page in a frame."""
    policy: dict[str, Any] = {**(base or settings.SECURE_CSP)}
    policy["form-action"] = [*policy["form-action"], *forms]
    if ancestors:
        policy["frame-ancestors"] = list(ancestors)
        response.xframe_options_exempt = True
    response._csp_config = policy  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def post_on(
    request: HttpRequest, address: str, fields: dict[str, str], *, ancestors: Sequence[str] = ()
) -> HttpResponse:
    """A page that posts the fields to an address at once (form_post); without scripts a button does it."""
    response = render(request, "lti/post.html", {"address": address, "fields": fields})
    return protect(response, forms=[origin(address)], ancestors=ancestors)


def refused(request: HttpRequest, why: str, *, status: int = 403, ancestors: Sequence[str] = ()) -> HttpResponse:
    """A page that says why nothing happened, also inside a frame."""
    response = render(request, "lti/refused.html", {"why": why}, status=status)
    return protect(response, ancestors=ancestors or [CSP.SELF])
