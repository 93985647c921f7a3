"""Who on our roster an identity of another institution belongs to."""

from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from school.identity.models import User

# Under this name a confirmation remembers when it began.
CONFIRM = "confirm_since"
LOOKUPS = {
    "code": "code__iexact",
    "email": "email__iexact",
    "ministry_code": "ministry_code",
    "citizen_id": "citizen_id",
}


@dataclass(frozen=True)
class Idp:
    """One provider of the settings: which of its claims is compared with which of our fields, and how far it is trusted."""

    id: str
    name: str
    kind: str
    claim: str
    match: str
    trusted: bool
    verified_email: bool


def idps() -> list[Idp]:
    """All configured providers in the order of the file."""
    return [Idp(**entry) for entry in settings.UPSTREAM.values()]


def idp_of(provider_id: str) -> Idp | None:
    """The provider with this id, None when the settings do not name it."""
    entry = settings.UPSTREAM.get(provider_id)
    return Idp(**entry) if entry else None


def claims_of(idp: Idp, data: dict[str, Any]) -> dict[str, Any]:
    """The claims of an answer: OpenID Connect's userinfo over its ID token, SAML's attributes with their first values."""
    if idp.kind == "oidc":
        return {**(data.get("id_token") or {}), **(data.get("userinfo") or {})}
    return {name: values[0] for name, values in data.items() if isinstance(values, list) and values}


def person_of(idp: Idp, claims: dict[str, Any]) -> User | None:
    """The one person with an open account whose field equals the provider's claim.

    None when nobody or more than one fits, and for an e-mail address that the provider has not verified.
    """
    value = claims.get(idp.claim)
    if not isinstance(value, str) or not value.strip():
        return None
    if idp.match == "email" and not idp.verified_email and claims.get("email_verified") is not True:
        return None
    found: list[User] = list(User.objects.filter(is_active=True, **{LOOKUPS[idp.match]: value.strip()})[:2])
    return found[0] if len(found) == 1 else None


def links_of(user: Any) -> dict[str, SocialAccount]:
    """The person's links by the provider's id."""
    return {link.provider: link for link in SocialAccount.objects.filter(user=user)}


def is_linked_otherwise(idp: Idp, user: User, uid: str) -> bool:
    """Whether the person is already linked to another identity of this provider: an address given to somebody new."""
    others: bool = SocialAccount.objects.filter(provider=idp.id, user=user).exclude(uid=uid).exists()
    return others
