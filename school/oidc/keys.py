"""The provider's signing keys: sealed in the database, made once, published a while before they sign."""

import datetime
import json
import uuid
from typing import Any

import jwt
from allauth.core.internal import jwkkit
from allauth.idp.oidc.models import PrivateKey
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from school.sealing import seal, unseal

from .models import SigningKey

BITS = 3072
# The purposes of keys: sign-in for applications, and LTI (lms.lti).
OIDC, LTI = "oidc", "lti"


def issuer() -> str:
    """The provider's name: the platform's one address, whatever host a request came by."""
    return f"{settings.SCHEME}://{settings.PLATFORM_HOST}"


def _new_pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _add(purpose: str, number: int, not_before: datetime.datetime) -> SigningKey:
    made: SigningKey = SigningKey.objects.create(
        purpose=purpose, number=number, pem=seal(_new_pem()), not_before=not_before
    )
    return made


def private_keys(purpose: str = OIDC) -> list[PrivateKey]:
    """Every key kept for the purpose, the oldest first; a district without one gets its first here."""
    rows = list(SigningKey.objects.filter(purpose=purpose))
    if not rows:
        try:
            with transaction.atomic():
                _add(purpose, 1, timezone.now())
        except IntegrityError:
            # Another process was first: its key is as good.
            pass
        rows = list(SigningKey.objects.filter(purpose=purpose))
    return [
        PrivateKey(pem=unseal(row.pem), not_before=row.not_before, expires_at=row.expires, issued_at=row.created)
        for row in rows
    ]


@transaction.atomic
def key_rotate(*, ahead: datetime.timedelta, keep: datetime.timedelta, purpose: str = OIDC) -> SigningKey:
    """Make the next key, which signs after ``ahead``; the older ones stay published for ``keep`` longer.

    With nothing ahead and nothing kept, old keys are forgotten at once: what they signed is believed by nobody.
    """
    private_keys(purpose)
    starts = timezone.now() + ahead
    known = SigningKey.objects.filter(purpose=purpose)
    last = known.order_by("-number").first()
    if keep:
        known.filter(expires__isnull=True).update(expires=starts + keep)
    else:
        known.delete()
    return _add(purpose, last.number + 1, starts)


def keys_forget() -> int:
    """Delete keys that have expired; returns how many."""
    gone, _ = SigningKey.objects.filter(expires__lt=timezone.now()).delete()
    return int(gone)


def public_keys(purpose: str = OIDC) -> list[dict[str, Any]]:
    """The keys as JSON Web Keys, with their use and algorithm, also those that do not sign yet."""
    now = timezone.now()
    alive = [key for key in private_keys(purpose) if key.expires_at is None or key.expires_at > now]
    return [{**jwkkit.load_jwk_from_pem(key.pem)[0], "use": "sig", "alg": "RS256"} for key in alive]


def logout_token(*, client_id: str, sub: str, sid: str) -> str:
    """A logout token (Back-Channel Logout 1.0, section 2.4): two minutes long, never with a nonce."""
    from allauth.idp.oidc.adapter import get_adapter

    jwk, private = jwkkit.load_jwk_from_pem(get_adapter().get_signing_key().pem)
    now = int(timezone.now().timestamp())
    payload = {
        "iss": issuer(),
        "aud": client_id,
        "sub": sub,
        "sid": sid,
        "iat": now,
        "exp": now + 120,
        "jti": uuid.uuid4().hex,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }
    return jwt.encode(payload, private, algorithm="RS256", headers={"kid": jwk["kid"], "typ": "logout+jwt"})


def claims_unverified(token: str) -> dict[str, Any]:
    """The claims of a token of ours without asking its signature; {} for what is no token. For telling sessions apart only."""
    try:
        found = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, json.JSONDecodeError):
        return {}
    return dict(found)
