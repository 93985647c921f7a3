"""Signing with our key, and believing what another side signed: one place for every token of LTI.

A peer (a tool, a platform) has a ``keyset_url`` or a pasted ``keyset``. Fetched keys are kept for an hour; a key that is not
among them is looked for once more, at most once a minute, so that nobody can make us ask without end.
"""

import hashlib
import json
import time
from functools import lru_cache
from typing import Any, Protocol, TypeGuard

from django.core.cache import cache
from django.utils import timezone
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from lms.lti.names import ALGORITHMS
from school.oidc.keys import LTI, private_keys
from school.outbound import OutboundError, get

KEPT = 3600
AGAIN, SOON = 60, 10
LEEWAY = 60
LONGEST = 32 * 1024
_ASYMMETRIC = {"RSA", "EC"}


class BadToken(Exception):
    """A token that is not believed; the text is a word for the log, not for people."""


class Peer(Protocol):
    """Who signs."""

    keyset_url: str

    @property
    def keyset(self) -> Any:
        """The keys that were pasted, where there is no address."""


@lru_cache(maxsize=16)
def _key(pem: str) -> RSAKey:
    return RSAKey.import_key(pem, {"use": "sig"})


def sign(claims: dict[str, Any]) -> str:
    """The claims under our newest key that is already published."""
    keys = private_keys(LTI)
    # Asked after the keys: a district's first one was made just now.
    now = timezone.now()
    alive = [key for key in keys if key.not_before <= now and (not key.expires_at or key.expires_at > now)]
    key = _key(alive[-1].pem)
    return jwt.encode({"alg": "RS256", "kid": key.thumbprint(), "typ": "JWT"}, claims, key, algorithms=["RS256"])


def peek(token: str) -> dict[str, Any]:
    """The claims, not believed: only to find out whose keys to ask. Raises BadToken."""
    try:
        claims = json.loads(jws.extract_compact(token[:LONGEST].encode()).payload)
    except (JoseError, ValueError, RecursionError) as error:
        raise BadToken("token") from error
    if not isinstance(claims, dict):
        raise BadToken("token")
    return claims


def verify(token: str, peer: Peer) -> dict[str, Any]:
    """The claims that the peer signed, with a time that is now. Raises BadToken; whom they are for is the caller's to ask."""
    if len(token) > LONGEST:
        raise BadToken("token")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError) as error:
        raise BadToken("token") from error
    if header.get("alg") not in ALGORITHMS:
        raise BadToken("alg")
    try:
        claims = jwt.decode(token, _keys(peer, str(header.get("kid") or "")), algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, RecursionError) as error:
        raise BadToken("signature") from error
    now = time.time()
    expires, issued, before = (claims.get(name) for name in ("exp", "iat", "nbf"))
    if not _number(expires) or expires < now - LEEWAY:
        raise BadToken("exp")
    if not _number(issued) or issued > now + LEEWAY:
        raise BadToken("iat")
    if before is not None and (not _number(before) or before > now + LEEWAY):
        raise BadToken("nbf")
    return dict(claims)


def is_for(claims: dict[str, Any], *audiences: str) -> bool:
    """Whether one of the audiences is named by ``aud``."""
    named = claims.get("aud")
    return bool(set(audiences) & set(named if isinstance(named, list) else [named]))


def key_set(data: Any) -> KeySet:
    """A set of public keys from its JSON; raises BadToken when there is none in it."""
    try:
        found = [one for one in data["keys"] if one.get("kty") in _ASYMMETRIC and one.get("use", "sig") == "sig"]
        public = [{name: value for name, value in one.items() if name not in _PRIVATE} for one in found]
        return KeySet.import_key_set({"keys": public})
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadToken("keys") from error


_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "key_ops"}


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _keys(peer: Peer, kid: str) -> KeySet:
    if not peer.keyset_url:
        return key_set(peer.keyset)
    name = "lti-keys-" + hashlib.sha256(peer.keyset_url.encode()).hexdigest()
    known = cache.get(name)
    if known is None and not cache.add(name + "-first", 1, SOON):
        raise BadToken("keys")
    # An unknown key may be a new one. Whoever only guesses makes us ask once a minute.
    stranger = known is not None and kid and kid not in {one.get("kid") for one in known["keys"]}
    if known is None or (stranger and cache.add(name + "-again", 1, AGAIN)):
        known = _fetch(peer.keyset_url)
        cache.set(name, known, KEPT)
    return key_set(known)


def _fetch(address: str) -> dict[str, Any]:
    try:
        answer = get(address)
        data = json.loads(answer.body)
    except (OutboundError, ValueError, RecursionError) as error:
        raise BadToken("keys") from error
    keys = data.get("keys") if isinstance(data, dict) else None
    if answer.status != 200 or not isinstance(keys, list) or not all(isinstance(one, dict) for one in keys):
        raise BadToken("keys")
    return {"keys": keys}
