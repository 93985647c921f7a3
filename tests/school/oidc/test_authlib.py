"""A client that we did not write: Authlib signs in over HTTP and checks every token with joserfc."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.school.oidc.party import AFTER, BACK, register
from tests.world import PASSWORD, World


@pytest.fixture
def issuer(transactional_db: None, django_db_serialized_rollback: None, live_server: Any, settings: Any) -> str:
    """The provider on a real socket."""
    settings.PLATFORM_HOST = f"localhost:{live_server.thread.port}"
    return f"http://{settings.PLATFORM_HOST}"


def browse(issuer: str, login: str) -> requests.Session:
    """A person at the sign-in page."""
    browser = requests.Session()
    browser.get(f"{issuer}/dang-nhap/", timeout=30)
    form = {"login": login, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    answered = browser.post(f"{issuer}/dang-nhap/", form, timeout=30, allow_redirects=False)
    assert answered.status_code == 302
    return browser


def test_authlib_signs_in_refreshes_revokes_and_signs_out(issuer: str, world: World, key: Any) -> None:
    world.a.teacher.email = "toan@truong.example"
    world.a.teacher.set_password(PASSWORD)
    world.a.teacher.save()
    party = register(world)
    metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
    assert metadata["issuer"] == issuer
    session = OAuth2Session(
        party.id,
        party.secret,
        scope="openid profile email roles",
        redirect_uri=BACK,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",
    )
    verifier, nonce = generate_token(48), generate_token(20)
    address, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, max_age=300
    )
    browser = browse(issuer, world.a.teacher.code)
    back = browser.get(address, timeout=30, allow_redirects=False).headers["Location"]
    assert back.startswith(BACK)
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
    )

    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    options = {"iss": {"values": [issuer]}, "aud": {"values": [party.id]}}
    params = {"nonce": nonce, "client_id": party.id, "access_token": token["access_token"], "max_age": 300}
    claims = CodeIDToken(decoded.claims, decoded.header, options, params)
    claims.validate()
    assert claims["sid"]
    assert claims["auth_time"]
    assert claims["amr"] == ["pwd"]

    info = session.get(metadata["userinfo_endpoint"]).json()
    assert info["sub"] == claims["sub"]
    assert info["email"] == "toan@truong.example"
    assert info["groups"] == [f"{world.a.school.slug}:teacher"]

    introspected = session.introspect_token(metadata["introspection_endpoint"], token=token["access_token"])
    assert introspected.json()["active"] is True
    renewed = session.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert renewed["refresh_token"] != token["refresh_token"]
    assert session.get(metadata["userinfo_endpoint"]).status_code == 200

    silent, _ = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, prompt="none"
    )
    assert "code=" in browser.get(silent, timeout=30, allow_redirects=False).headers["Location"]

    session.revoke_token(metadata["revocation_endpoint"], token=renewed["refresh_token"])
    inactive = session.introspect_token(metadata["introspection_endpoint"], token=renewed["access_token"])
    assert inactive.json()["active"] is False

    values = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": AFTER, "state": "bye"}
    out = browser.get(metadata["end_session_endpoint"], params=values, timeout=30, allow_redirects=False)
    assert out.headers["Location"] == f"{AFTER}?state=bye"
    account = browser.get(f"{issuer}/tai-khoan/", timeout=30, allow_redirects=False)
    assert urlsplit(account.headers["Location"]).path == "/dang-nhap/"
    silent_after = browser.get(silent, timeout=30, allow_redirects=False).headers["Location"]
    assert "error=login_required" in silent_after
