"""A tool's keys are fetched, kept, and fetched once more for a key that is new."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.core.cache import cache

from lms.lti import jose
from school.outbound import Answer, OutboundError
from tests.lms.lti.party import Party, private_key, public_jwk

OLD, NEW = private_key(), private_key()


class Signer:
    """A peer with an address of keys."""

    keyset_url = "https://tool.example/jwks"
    keyset: Any = None
    client_id = "lti-x"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What stands at the address, and how often it was asked."""
    state: dict[str, Any] = {"keys": [public_jwk(OLD, "old")], "asked": 0, "status": 200}

    def get(address: str) -> Answer:
        state["asked"] += 1
        if state["status"] == 0:
            raise OutboundError("gone")
        return Answer(state["status"], json.dumps({"keys": state["keys"]}).encode())

    monkeypatch.setattr(jose, "get", get)
    return state


def token(key: Any, kid: str) -> str:
    party = Party(Signer(), None, key, kid)  # type: ignore[arg-type]
    return party.assertion()


def test_keys_are_asked_for_once_for_many_tokens(shown: dict[str, Any]) -> None:
    for _ in range(3):
        assert jose.verify(token(OLD, "old"), Signer())["iss"] == "lti-x"
    assert shown["asked"] == 1


def test_a_new_key_is_found_and_a_guess_asks_once_a_minute(shown: dict[str, Any]) -> None:
    jose.verify(token(OLD, "old"), Signer())
    shown["keys"] = [public_jwk(NEW, "new")]
    assert jose.verify(token(NEW, "new"), Signer())
    assert shown["asked"] == 2
    for number in range(5):
        with pytest.raises(jose.BadToken):
            jose.verify(token(NEW, f"guess-{number}"), Signer())
    assert shown["asked"] == 2
    # What the tool has taken back is believed no more.
    with pytest.raises(jose.BadToken):
        jose.verify(token(OLD, "old"), Signer())


@pytest.mark.parametrize("status", [0, 404, 302])
def test_an_address_that_does_not_answer_is_not_asked_again_at_once(shown: dict[str, Any], status: int) -> None:
    shown["status"] = status
    for _ in range(3):
        with pytest.raises(jose.BadToken):
            jose.verify(token(OLD, "old"), Signer())
    assert shown["asked"] == 1
    cache.clear()
    shown["status"] = 200
    assert jose.verify(token(OLD, "old"), Signer())


def test_a_shared_secret_among_the_keys_is_no_key(shown: dict[str, Any]) -> None:
    secret = "secret" * 8
    coded = base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")
    shown["keys"] = [{"kty": "oct", "k": coded, "kid": "s"}, public_jwk(OLD, "old")]
    party = Party(Signer(), None, secret, "s")  # type: ignore[arg-type]
    with pytest.raises(jose.BadToken, match="alg"):
        jose.verify(party.assertion(alg="HS256"), Signer())
    with pytest.raises(jose.BadToken, match="signature"):
        jose.verify(token(OLD, "s"), Signer())


@pytest.mark.django_db
def test_a_districts_first_message_makes_its_key(monkeypatch: pytest.MonkeyPatch, lti_pem: str) -> None:
    monkeypatch.setattr("school.oidc.keys._new_pem", lambda: lti_pem)
    assert jose.peek(jose.sign({"sub": "x"})) == {"sub": "x"}
