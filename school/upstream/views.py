"""A person's links with other institutions, and confirming through one of them that it is still them."""

import time
from collections.abc import Callable

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from allauth.socialaccount.providers.saml import views as saml
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from school.identity.requests import person
from school.policy import public, recently_confirmed, signed_in

from .selectors import CONFIRM, idp_of, links_of
from .services import link_end

ANSWER_BYTES = 200_000


def _answered(step: Callable[..., HttpResponse], request: HttpRequest, provider_id: str) -> HttpResponse:
    """The library's step, or a page in words when the other side cannot be reached or answers nonsense."""
    try:
        return step(request, provider_id)
    except (RequestException, KeyError) as error:
        provider = get_adapter().get_provider(request, provider_id)
        answer: HttpResponse = render_authentication_error(request, provider, exception=error)
        return answer


@public
def oidc_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider."""
    return _answered(openid_connect.login, request, provider_id)


@public
def oidc_callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Come back from the provider."""
    return _answered(openid_connect.callback, request, provider_id)


@public
@csrf_exempt
@require_POST
def saml_answer(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The provider's answer, posted by its page without our cookies; the library keeps it until our own cookie is back.

    Only for a provider that we know, and only as long as an answer is: what is kept here comes from strangers.
    """
    known = idp_of(organization_slug)
    if known is None or known.kind != "saml":
        raise Http404("Unknown provider.")
    if len(request.POST.get("SAMLResponse", "")) > ANSWER_BYTES:
        raise BadRequest("The answer is too long.")
    answer: HttpResponse = saml.acs(request, organization_slug)
    return answer


@public
def saml_logout(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Not offered: the library would take an unsigned request, so that any page could sign our people out."""
    raise Http404("Single logout is not offered.")


@signed_in
@require_GET
def confirm(request: HttpRequest, idp: str) -> HttpResponse:
    """Ask the linked provider to have the password typed there once more; it then leads to what was wanted."""
    chosen = idp_of(idp)
    if chosen is None or chosen.kind != "oidc" or idp not in links_of(person(request)):
        raise Http404("Not linked.")
    provider = get_adapter().get_provider(request, idp)
    provider.app.settings = provider.app.settings | {"auth_params": {"prompt": "login", "max_age": "0"}}
    since = {CONFIRM: int(time.time())}

    def lead(request: HttpRequest, _: str) -> HttpResponse:
        answer: HttpResponse = provider.redirect(
            request, AuthProcess.REDIRECT, next_url=reverse("confirmed"), data=since
        )
        return answer

    return _answered(lead, request, idp)


@recently_confirmed
@signed_in
@require_POST
def link_remove(request: HttpRequest, idp: str) -> HttpResponse:
    """Take the button away from one's account; whoever has no password keeps it, or nothing would open any more."""
    if not person(request).has_usable_password():
        messages.error(request, _("Choose a password first; without one nothing else would let you in."))
    elif link_end(user=person(request), provider_id=idp):
        messages.success(request, _("The link is removed."))
    return redirect("account")
