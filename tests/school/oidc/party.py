"""An application as the tests speak of it: it asks for codes with a signed-in browser and redeems them as a server would."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client as Browser

from school.identity.models import User
from school.oidc.models import Application
from school.oidc.services import application_save
from tests.world import PASSWORD, World

BACK = "https://moodle.example/callback"
AFTER = "https://moodle.example/bye"
AUTHORIZE, TOKEN = "/identity/o/authorize", "/identity/o/api/token"
USERINFO, INTROSPECT, REVOKE = "/identity/o/api/userinfo", "/identity/o/api/introspect", "/identity/o/api/revoke"
LOGOUT = "/identity/o/logout"


@dataclass
class Party:
    """One registered application and what it keeps between its requests."""

    application: Application
    secret: str
    redirect_uri: str = BACK
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    server: Browser = field(default_factory=lambda: Browser(headers={"host": "localhost:8000"}))

    @property
    def id(self) -> str:
        return str(self.application.pk)

    @property
    def basic(self) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()}

    @property
    def challenge(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def address(self, **changes: Any) -> str:
        """The address that a browser is sent to; a change to None leaves a parameter out."""
        values = {
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid profile email roles",
            "state": "s1",
            "nonce": "n1",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        } | changes
        return f"{AUTHORIZE}?{urlencode({key: value for key, value in values.items() if value is not None})}"

    def ask(self, browser: Browser, **changes: Any) -> Any:
        return browser.get(self.address(**changes))

    def code(self, browser: Browser, **changes: Any) -> str:
        """The code that the browser comes back with."""
        return answer(self.ask(browser, **changes))["code"]

    def redeem(self, code: str, **changes: Any) -> Any:
        values = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        } | changes
        return self.server.post(TOKEN, values, headers=self.basic)

    def tokens(self, browser: Browser, **changes: Any) -> dict[str, Any]:
        """Sign in: the whole way."""
        answered = self.redeem(self.code(browser, **changes))
        assert answered.status_code == 200, answered.content
        found: dict[str, Any] = answered.json()
        return found

    def refresh(self, token: str) -> Any:
        values = {"grant_type": "refresh_token", "refresh_token": token}
        return self.server.post(TOKEN, values, headers=self.basic)

    def userinfo(self, token: str) -> Any:
        return self.server.get(USERINFO, headers={"Authorization": f"Bearer {token}"})

    def active(self, token: str) -> bool:
        answered = self.server.post(INTROSPECT, {"token": token}, headers=self.basic)
        assert answered.status_code == 200, answered.content
        return bool(answered.json()["active"])


def answer(response: Any) -> dict[str, str]:
    """What an application reads from the address the browser comes back with."""
    assert response.status_code == 302, (response.status_code, response.content[:2000])
    return {key: values[0] for key, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def register(world: World, **changes: Any) -> Party:
    """A new application of the office, without a question of consent unless asked for."""
    values = {
        "name": "Moodle",
        "public": False,
        "redirect_uris": [BACK],
        "post_logout_uris": [AFTER],
        "backchannel_uri": "",
        "scopes": ["profile", "email", "roles"],
        "skip_consent": True,
    } | changes
    application, secret = application_save(office=world.office, values=values, by=world.office_admin)
    return Party(application, secret, values["redirect_uris"][0])


def sign_in(user: User, host: str = "localhost:8000") -> Browser:
    """A browser whose person typed their password."""
    user.set_password(PASSWORD)
    user.save()
    browser = Browser(headers={"host": host})
    answered = browser.post("/dang-nhap/", {"login": user.code, "password": PASSWORD})
    assert answered.status_code == 302
    return browser
