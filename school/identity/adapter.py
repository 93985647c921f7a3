from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from school.sealing import seal, unseal


def bare(host: str) -> str:
    """A host name without its port."""
    return host.rpartition(":")[0] or host


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
