"""Tokens for a tool's server: it signs who it is (RFC 7523), and gets an opaque word that is good for an hour.

(1EdTech Security Framework 1.0, section 4.)
"""

import datetime
import hashlib
import secrets
import time
from dataclasses import dataclass

from django.utils import timezone

from lms.lti import jose, names
from lms.lti.addresses import absolute
from lms.lti.models import AccessToken, Tool
from lms.lti.once import spend

SECONDS = 3600
# An assertion lives shortly; a longer life would have to be remembered longer.
LONGEST = 3600


class Denied(Exception):
    """No token; ``error`` is the word of RFC 6749, section 5.2, ``why`` is for the log."""

    def __init__(self, error: str, why: str = "") -> None:
        super().__init__(why or error)
        self.error, self.why = error, why or error


@dataclass(frozen=True)
class Granted:
    """A fresh token and what it opens."""

    token: str
    scopes: list[str]


def token_issue(*, grant_type: str, assertion_type: str, assertion: str, scope: str) -> Granted:
    """A token for the tool that signed the assertion; raises Denied."""
    if grant_type != "client_credentials":
        raise Denied("unsupported_grant_type")
    if assertion_type != names.ASSERTION or not assertion:
        raise Denied("invalid_request")
    tool = _tool(assertion)
    asked = list(dict.fromkeys(scope.split()))
    if not asked or not set(asked) <= set(tool.scopes):
        raise Denied("invalid_scope")
    token = secrets.token_urlsafe(32)
    until = timezone.now() + datetime.timedelta(seconds=SECONDS)
    AccessToken.objects.create(hash=_hash(token), tool=tool, scopes=asked, until=until)
    return Granted(token, asked)


def _tool(assertion: str) -> Tool:
    try:
        named = jose.peek(assertion).get("iss")
        tool: Tool | None = Tool.objects.filter(client_id=str(named), enabled=True).first()
        if tool is None:
            raise jose.BadToken("iss")
        claims = jose.verify(assertion, tool)
        if claims.get("sub") != tool.client_id:
            raise jose.BadToken("sub")
        if not jose.is_for(claims, absolute("token")):
            raise jose.BadToken("aud")
        if claims["exp"] > time.time() + LONGEST + jose.LEEWAY:
            raise jose.BadToken("exp")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not jti or not spend("jti", tool.pk, jti, seconds=2 * LONGEST):
            raise jose.BadToken("jti")
    except jose.BadToken as error:
        raise Denied("invalid_client", str(error)) from error
    return tool


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def bearer(header: str) -> AccessToken | None:
    """The kept token of an Authorization header, while it is good and its tool is on."""
    kind, _space, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        return None
    rows = AccessToken.objects.select_related("tool__node").filter(until__gt=timezone.now(), tool__enabled=True)
    found: AccessToken | None = rows.filter(hash=_hash(token.strip())).first()
    return found
