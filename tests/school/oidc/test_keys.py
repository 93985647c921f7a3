"""The signing keys: sealed, made once, published before they sign, kept while old tokens may still be shown."""

import datetime
import threading
from io import StringIO
from typing import Any

import jwt
import pytest
from allauth.core.internal import jwkkit
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from school.audit.models import Entry
from school.oidc import keys
from school.oidc.models import SigningKey
from tests.school.oidc.party import LOGOUT, Party

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def short_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of this size is made in a moment; how it is kept does not depend on it."""
    monkeypatch.setattr(keys, "BITS", 2048)


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def published(client: Client) -> list[str]:
    return [one["kid"] for one in client.get("/.well-known/jwks.json").json()["keys"]]


def rotate(*words: str) -> str:
    said = StringIO()
    call_command("oidc_rotate_key", *words, stdout=said)
    return said.getvalue()


def test_the_first_key_makes_itself_once() -> None:
    first, again = keys.public_keys(), keys.public_keys()
    assert first == again
    assert (first[0]["use"], first[0]["alg"], first[0]["kty"]) == ("sig", "RS256", "RSA")
    assert "d" not in first[0]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_processes_that_ask_first_get_the_same_key() -> None:
    gate, found = threading.Barrier(3), []

    def ask() -> None:
        gate.wait(timeout=30)
        found.append(keys.public_keys()[0]["kid"])

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(found) == 3
    assert len(set(found)) == 1


def test_a_key_is_read_once_and_not_for_every_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading one proves its numbers, which takes longer than everything else that a token costs."""
    read = []
    real = jwkkit.load_pem
    monkeypatch.setattr(jwkkit, "load_pem", lambda pem: (read.append(pem), real(pem))[1])
    for _ in range(5):
        keys.public_keys()
        keys.logout_token(client_id="x", sub="1", sid="s")
    assert len(read) == 1


def test_a_copied_database_holds_no_key() -> None:
    keys.public_keys()
    kept = SigningKey.objects.get().pem
    assert kept.startswith("sealed:")
    assert "PRIVATE" not in kept


def test_the_next_key_is_published_before_it_signs(party: Party, browser: Client) -> None:
    old = kid(party.tokens(browser)["id_token"])
    said = rotate()
    assert "Khoá số 2" in said
    assert len(published(browser)) == 2
    assert kid(party.tokens(browser)["id_token"]) == old
    SigningKey.objects.filter(number=2).update(not_before=timezone.now() - datetime.timedelta(seconds=1))
    new = kid(party.tokens(browser)["id_token"])
    assert new != old
    assert new in published(browser)
    assert Entry.objects.get(action="key_rotated")


def test_the_old_key_stays_for_the_longest_sign_in_and_goes_then(party: Party, browser: Client, settings: Any) -> None:
    token = party.tokens(browser)["id_token"]
    rotate("--hours", "0")
    kept = SigningKey.objects.get(number=1).expires - timezone.now()
    assert kept >= datetime.timedelta(seconds=settings.FAMILY_SESSION[1])
    assert browser.get(LOGOUT, {"id_token_hint": token}).status_code == 302
    SigningKey.objects.filter(number=1).update(expires=timezone.now() - datetime.timedelta(seconds=1))
    assert len(published(browser)) == 1
    assert keys.keys_forget() == 1


def test_a_stolen_key_is_forgotten_at_once(party: Party, browser: Client) -> None:
    old = kid(party.tokens(browser)["id_token"])
    rotate("--now")
    assert old not in published(browser)
    assert kid(party.tokens(browser)["id_token"]) in published(browser)


def test_caches_ask_again_within_the_hour_before_a_new_key_signs(browser: Client) -> None:
    assert browser.get("/.well-known/jwks.json").headers["Cache-Control"] == "max-age=3600, must-revalidate"
