"""Codes and refresh tokens are good once: one after the other, late, and eight at the same moment."""

import datetime
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests
from allauth.idp.oidc.models import Token
from django.test import Client
from django.utils import timezone

from school.audit.models import Entry
from school.oidc import processing
from school.oidc.models import Grant, SpentRefresh
from tests.school.oidc.party import TOKEN, Party, register, sign_in
from tests.world import World

RACERS = 8


@pytest.mark.django_db
def test_a_code_is_good_once_and_its_second_use_ends_what_came_of_it(party: Party, browser: Client) -> None:
    code = party.code(browser)
    first = party.redeem(code).json()
    again = party.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert party.userinfo(first["access_token"]).status_code == 401
    assert party.refresh(first["refresh_token"]).status_code == 400
    assert Entry.objects.get(action="token_refused").detail == {"why": "code used twice"}


@pytest.mark.django_db
def test_a_code_that_comes_again_much_later_still_ends_the_tokens(party: Party, browser: Client) -> None:
    """The library forgets a code after two minutes; a thief may be slower."""
    code = party.code(browser)
    first = party.redeem(code).json()
    Token.objects.filter(type=Token.Type.AUTHORIZATION_CODE).delete()
    assert party.redeem(code).status_code == 400
    assert party.userinfo(first["access_token"]).status_code == 401


@pytest.mark.django_db
def test_a_late_code_is_refused(party: Party, browser: Client) -> None:
    code = party.code(browser)
    Token.objects.filter(type=Token.Type.AUTHORIZATION_CODE).update(
        expires_at=timezone.now() - datetime.timedelta(seconds=1)
    )
    assert party.redeem(code).status_code == 400


@pytest.mark.django_db
def test_a_code_of_one_application_is_nothing_to_another(world: World, party: Party, browser: Client) -> None:
    other = register(world, name="Nextcloud")
    other.verifier = party.verifier
    code = party.code(browser)
    assert other.redeem(code).status_code == 400
    assert party.redeem(code).status_code == 200


@pytest.mark.django_db
def test_a_code_must_come_back_with_its_address(party: Party, browser: Client) -> None:
    assert party.redeem(party.code(browser), redirect_uri="https://moodle.example/other").status_code == 400


@pytest.mark.django_db
def test_a_refresh_token_is_exchanged_for_another(party: Party, browser: Client) -> None:
    first = party.tokens(browser)
    second = party.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert party.active(second["refresh_token"])
    assert not party.active(first["refresh_token"])


@pytest.mark.django_db
def test_a_stolen_refresh_token_ends_its_family(party: Party, browser: Client) -> None:
    first = party.tokens(browser)
    second = party.refresh(first["refresh_token"]).json()
    SpentRefresh.objects.update(at=timezone.now() - datetime.timedelta(seconds=11))
    assert party.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert party.refresh(second["refresh_token"]).status_code == 400
    assert party.userinfo(second["access_token"]).status_code == 401
    assert Entry.objects.get(action="token_refused").detail == {"why": "refresh used twice"}


@pytest.mark.django_db
def test_two_honest_refreshes_at_once_do_not_end_the_family(party: Party, browser: Client) -> None:
    first = party.tokens(browser)
    second = party.refresh(first["refresh_token"]).json()
    assert party.refresh(first["refresh_token"]).status_code == 400
    assert party.refresh(second["refresh_token"]).status_code == 200


@pytest.mark.django_db
def test_a_wrong_secret_does_not_use_a_refresh_token_up(party: Party, browser: Client) -> None:
    first = party.tokens(browser)
    party.secret, right = "wrong", party.secret
    assert party.refresh(first["refresh_token"]).status_code == 401
    party.secret = right
    assert party.refresh(first["refresh_token"]).status_code == 200


@pytest.mark.django_db
def test_tokens_end_with_the_sign_in_however_often_they_are_refreshed(party: Party, browser: Client) -> None:
    session = browser.session
    session["until"] = int(timezone.now().timestamp()) + 300
    session.save()
    first = party.tokens(browser)
    assert first["refresh_expires_in"] <= 300
    second = party.refresh(first["refresh_token"]).json()
    assert second["refresh_expires_in"] <= 300
    until = Grant.objects.get().until
    assert Token.objects.filter(expires_at__gt=until).count() == 0
    Grant.objects.update(until=timezone.now() - datetime.timedelta(seconds=1))
    assert party.refresh(second["refresh_token"]).status_code == 400
    assert party.userinfo(second["access_token"]).status_code == 401


@pytest.mark.django_db
def test_the_night_forgets_what_is_over(party: Party, browser: Client) -> None:
    party.tokens(browser)
    assert processing.tidy() == 0
    Grant.objects.update(until=timezone.now() - datetime.timedelta(seconds=1))
    processing.tidy()
    assert (Grant.objects.count(), Token.objects.exclude(type=Token.Type.AUTHORIZATION_CODE).count()) == (0, 0)


def race(attempt: Callable[[], int]) -> list[int]:
    """Eight at the same moment; their statuses."""
    gate, found = threading.Barrier(RACERS), []

    def run() -> None:
        gate.wait(timeout=30)
        found.append(attempt())

    threads = [threading.Thread(target=run) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(found)


@pytest.fixture
def served(transactional_db: None, django_db_serialized_rollback: None, live_server: Any, settings: Any) -> str:
    """The district on real sockets, where requests really meet."""
    settings.PLATFORM_HOST = f"localhost:{live_server.thread.port}"
    return f"http://{settings.PLATFORM_HOST}"


@pytest.mark.parametrize("attempt", range(3))
def test_of_eight_at_once_one_gets_the_tokens(served: str, world: World, key: Any, attempt: int) -> None:
    party, browser = register(world), sign_in(world.a.teacher, served.removeprefix("http://"))
    code = party.code(browser)
    values = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": party.redirect_uri,
        "code_verifier": party.verifier,
    }

    def redeem() -> int:
        return requests.post(served + TOKEN, values, auth=(party.id, party.secret), timeout=30).status_code

    assert race(redeem) == [200] + [400] * (RACERS - 1)
    # Somebody holds a copy: what the first one got is ended, too.
    assert Token.objects.exclude(type=Token.Type.AUTHORIZATION_CODE).count() == 0


@pytest.mark.parametrize("attempt", range(3))
def test_of_eight_refreshes_at_once_one_wins_and_stays_in(served: str, world: World, key: Any, attempt: int) -> None:
    party, browser = register(world), sign_in(world.a.teacher, served.removeprefix("http://"))
    party.server = Client(headers={"host": served.removeprefix("http://")})
    values = {"grant_type": "refresh_token", "refresh_token": party.tokens(browser)["refresh_token"]}

    def refresh() -> int:
        return requests.post(served + TOKEN, values, auth=(party.id, party.secret), timeout=30).status_code

    assert race(refresh) == [200] + [400] * (RACERS - 1)
    assert Token.objects.filter(type=Token.Type.REFRESH_TOKEN).count() == 1
