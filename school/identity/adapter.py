"""What the account library asks the house: who may register (nobody), how guesses are counted, when a person must confirm."""

import math
import time
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from school.policy import is_recently_confirmed
from school.sealing import seal, unseal

from .backends import account_keys
from .sessions import ONWARD

LIMITS: dict[str, Any] = {"app": "allauth.account", "action": "login_failed"}


def bare(host: str) -> str:
    """A host name without its port."""
    return host.rpartition(":")[0] or host


def seconds_to_wait(request: HttpRequest, key: str) -> int:
    """After how many seconds the next try of this account or address is heard; 0 when it is heard now."""
    now, longest = time.time(), 0.0
    for rate in ratelimit.get_rates(**LIMITS):
        # Newest first; the try that must grow old first is the last of the counted ones.
        tries: list[float] = cache.get(ratelimit.get_cache_key(request, rate=rate, key=key, **LIMITS), [])
        if len(tries) >= rate.amount:
            longest = max(longest, tries[rate.amount - 1] + rate.duration - now)
    return math.ceil(longest)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come from the roster, never by self-registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        """The page after sign-in says who is signed in; a message over it would only be noise."""
        if message_template in {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}:
            return
        super().add_message(request, level, message_template, *args, **kwargs)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try against the account, whether its code, phone or e-mail was typed; a right one is taken back later.

        Raises ValidationError with the time to wait when the account (or the address) has had too many wrong ones.
        """
        self._counted: list[Any] = []
        for key in account_keys(credentials.get("username", "")):
            usage = ratelimit.consume(request, key=key, **LIMITS)
            if not usage:
                self._rollback_login_failed_rl_usage()
                raise self._rest(seconds_to_wait(request, key))
            self._counted.append(usage)

    def _rollback_login_failed_rl_usage(self) -> None:
        for usage in self._counted:
            usage.rollback()
        self._counted = []

    def _rest(self, seconds: int) -> ValidationError:
        minutes = max(1, math.ceil(seconds / 60))
        sentence = ngettext(
            "Too many wrong passwords. Try again in %(minutes)d minute.",
            "Too many wrong passwords. Try again in %(minutes)d minutes.",
            minutes,
        )
        return ValidationError(sentence % {"minutes": minutes}, code="too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Tell whoever gave a right password why it does not open; to everybody else nothing is said.

        Raises ValidationError with a sentence for the person.
        """
        why = getattr(request, "refusal", None)
        if why == "expired":
            raise ValidationError(
                _("The password on this slip has expired. Ask the homeroom teacher or the school for a new slip."),
                code="expired",
            )
        if why == "shared":
            raise ValidationError(
                _("Sign in with the code on your slip: this phone number alone does not say who you are."),
                code="shared",
            )

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """After a first password the way leads on to where it was interrupted; else the account's page says it is done."""
        return reverse("onward") if ONWARD in request.session else reverse("account")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """The library's own pages (second factor, recovery codes) ask by the house's rule, too."""
        return not is_recently_confirmed(cast(HttpRequest, context.request))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seeds of authenticator apps and recovery codes are sealed; the library alone would keep them in clear."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return "Mái Trường"

    def get_totp_label(self, user: Any) -> str:
        return str(user.code)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        # A passkey belongs to the platform's host: sign-in happens there alone.
        return {"id": bare(settings.PLATFORM_HOST), "name": "Mái Trường"}
