"""What happens when another institution has told who somebody is."""

from typing import Any, NoReturn

from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from school.policy import is_recently_confirmed

from .selectors import CONFIRM, Idp, claims_of, idp_of, is_linked_otherwise, person_of
from .services import link_make, pending_keep

# The provider's clock may run this many seconds behind ours.
SKEW = 30


def _stop(request: HttpRequest, idp: Idp | None, why: str) -> NoReturn:
    """End with a page in words; ``why`` is unknown, other, link or stale."""
    page = render(request, "upstream/stopped.html", {"idp": idp, "why": why}, status=403)
    page["Cache-Control"] = "private, no-store"
    raise ImmediateHttpResponse(page)


class UpstreamAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Identities are matched to people of the roster; they never make one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        # The library would erase the person's password; our own matching is stricter.
        return False

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        return reverse("account")

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let in whom the settings and the roster agree on; everybody else gets a page that says what to do.

        Raises ImmediateHttpResponse with that page.
        """
        idp = idp_of(sociallogin.account.provider)
        if idp is None:
            _stop(request, None, "unknown")
        data = sociallogin.account.extra_data or {}
        self._forget_claims(sociallogin)
        if sociallogin.state.get("process") == AuthProcess.REDIRECT:
            self._confirm(request, sociallogin, idp, data)
            return
        if sociallogin.account.pk:
            self._linked(request, sociallogin, idp)
            return
        person = person_of(idp, claims_of(idp, data))
        if person is None or is_linked_otherwise(idp, person, sociallogin.account.uid):
            _stop(request, idp, "unknown")
        if request.user.is_authenticated:
            self._link_signed_in(request, sociallogin, idp, person)
        elif idp.trusted:
            sociallogin.account = link_make(idp=idp, user=person, uid=sociallogin.account.uid)
            sociallogin.user = person
        else:
            pending_keep(request=request, idp=idp, user=person, uid=sociallogin.account.uid)
            sentence = _("Sign in here once with your code and password. After that %(name)s alone suffices.")
            messages.info(request, sentence % {"name": idp.name})
            raise ImmediateHttpResponse(redirect("account_login"))

    def _forget_claims(self, sociallogin: Any) -> None:
        """What the institution tells beyond the identity itself is compared and not kept."""
        sociallogin.account.extra_data = {}
        if sociallogin.account.pk:
            sociallogin.account.save(update_fields=["extra_data"])

    def _linked(self, request: HttpRequest, sociallogin: Any, idp: Idp) -> None:
        if request.user.is_authenticated and request.user.pk != sociallogin.user.pk:
            _stop(request, idp, "other")

    def _link_signed_in(self, request: HttpRequest, sociallogin: Any, idp: Idp, person: Any) -> NoReturn:
        """Somebody at work adds the button to their account: they are the one named, and have lately proved who they are."""
        if person.pk != request.user.pk:
            _stop(request, idp, "other")
        if not is_recently_confirmed(request):
            _stop(request, idp, "stale")
        link_make(idp=idp, user=person, uid=sociallogin.account.uid)
        messages.success(request, _("From now on you can sign in with %(name)s.") % {"name": idp.name})
        raise ImmediateHttpResponse(redirect("account"))

    def _confirm(self, request: HttpRequest, sociallogin: Any, idp: Idp, data: dict[str, Any]) -> None:
        """Only a password asked for anew there counts: the provider must say when it was given (``auth_time``)."""
        since = (sociallogin.state.get("data") or {}).get(CONFIRM)
        if not since or not request.user.is_authenticated:
            _stop(request, idp, "unknown")
        if not sociallogin.account.pk or sociallogin.user.pk != request.user.pk:
            _stop(request, idp, "other")
        when = (data.get("id_token") or {}).get("auth_time")
        if not isinstance(when, int) or when < since - SKEW:
            _stop(request, idp, "stale")
        record_authentication(
            request,
            sociallogin.user,
            method="socialaccount",
            reauthenticated=True,
            provider=idp.id,
            uid=sociallogin.account.uid,
        )
