"""What the library asks of us about issuer, keys, claims and secrets."""

import secrets
from collections.abc import Iterable
from typing import Any, Literal

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.internal.oauthlib.utils import get_validator_context
from allauth.idp.oidc.internal.private_keys import filter_keys
from allauth.idp.oidc.models import Client, PrivateKey
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .claims import claims_of
from .keys import issuer, private_keys
from .models import Grant


class OidcAdapter(DefaultOIDCAdapter):  # type: ignore[misc]
    """One issuer on one host, keys from the sealed table, claims of the roster."""

    scope_display = {
        "openid": _("Know who you are, by a number"),
        "profile": _("See your name and your sign-in code"),
        "email": _("See your e-mail address"),
        "roles": _("See your schools and your roles there"),
    }

    def generate_client_secret(self) -> str:
        # Only characters that survive a Basic header unescaped: many applications do not encode the secret.
        return secrets.token_urlsafe(32)

    def get_issuer(self) -> str:
        return issuer()

    def list_private_keys(
        self, *, did_activate: Literal[True] | None = None, is_active: Literal[True] | None = None
    ) -> list[PrivateKey]:
        found: list[PrivateKey] = filter_keys(private_keys(), did_activate=did_activate, is_active=is_active)
        return found

    def get_claims(
        self, purpose: str, user: Any, client: Client, scopes: Iterable[str], email: str | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        return {"sub": self.get_user_sub(client, user), **claims_of(user, scopes)}

    def populate_id_token(self, id_token: dict[str, Any], client: Client, scopes: Iterable[str], **kwargs: Any) -> None:
        """When and how the person signed in, and which sign-in it is: applications end that one when they are told to."""
        context = get_validator_context()
        # A refresh makes its token before the library has taken the grant from the old one.
        grant_id = context.grant_id or (context.refresh_token and context.refresh_token.get_grant_id())
        grant = Grant.objects.filter(pk=grant_id).first()
        if grant:
            id_token["auth_time"] = int(grant.auth_time.timestamp())
            id_token["sid"] = grant.sid
            if grant.amr:
                id_token["amr"] = grant.amr

    def validate_resource_uris(self, *, uris: list[str], **kwargs: Any) -> None:
        if uris:
            raise ValidationError("Resource indicators are not offered.")
