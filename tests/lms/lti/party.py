"""A tool as attackers would speak for it: its requests by hand, signed with PyJWT, against Django's test client."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from lxml import html

from lms.lti import names
from lms.lti.models import Link, Tool

HOST = "https://tool.example"
BACK = f"{HOST}/launch"


def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    return {
        **json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())),
        "kid": kid,
        "use": "sig",
        "alg": "RS256",
    }


@dataclass
class Party:
    """A registered tool, its key and its place in a lesson."""

    tool: Tool
    link: Link
    key: rsa.RSAPrivateKey
    kid: str = "k1"

    def door(self, browser: Client, link: Link | None = None) -> dict[str, str]:
        """Open the tool; what it is told at its door."""
        answer = browser.get(f"/lti/mo/{(link or self.link).pk}/")
        assert answer.status_code == 302, (answer.status_code, answer.content[:300])
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def request(self, told: dict[str, str], **changes: Any) -> str:
        """The address to which the tool sends the browser; a change to None leaves a parameter out."""
        values = {
            "response_type": "id_token",
            "response_mode": "form_post",
            "scope": "openid",
            "prompt": "none",
            "client_id": told["client_id"],
            "redirect_uri": BACK,
            "login_hint": told["login_hint"],
            "lti_message_hint": told["lti_message_hint"],
            "state": "s1",
            "nonce": uuid.uuid4().hex,
        } | changes
        return "/lti/authorize?" + urlencode({name: value for name, value in values.items() if value is not None})

    def assertion(self, **changes: Any) -> str:
        """Who the tool is, signed; `key`, `alg` and `kid` may be an attacker's."""
        key, alg = changes.pop("key", self.key), changes.pop("alg", "RS256")
        headers = {"kid": changes.pop("kid", self.kid)}
        now = int(time.time())
        claims = {
            "iss": self.tool.client_id,
            "sub": self.tool.client_id,
            "aud": "http://localhost:8000/lti/token",
            "iat": now,
            "exp": now + 60,
            "jti": uuid.uuid4().hex,
        } | changes
        return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm=alg, headers=headers)

    def ask_token(self, assertion: str, scope: str = names.SCORE) -> Any:
        values = {
            "grant_type": "client_credentials",
            "client_assertion_type": names.ASSERTION,
            "client_assertion": assertion,
            "scope": scope,
        }
        return Client().post("/lti/token", values)

    def bearer(self, *scopes: str) -> dict[str, str]:
        answered = self.ask_token(self.assertion(), " ".join(scopes))
        assert answered.status_code == 200, answered.content
        return {"Authorization": f"Bearer {answered.json()['access_token']}"}


def posted(answer: Any) -> dict[str, str]:
    """What the page posts to the tool."""
    assert answer.status_code == 200, (answer.status_code, answer.content[:500])
    [form] = html.fromstring(answer.content).xpath("//form")
    return {"": form.get("action"), **{one.get("name"): one.get("value") for one in form.xpath(".//input")}}


def claims_of(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(posted(answer)["id_token"], options={"verify_signature": False})
    return found
