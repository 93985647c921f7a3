"""What ends at applications when something ends here: a sign-in, a password, an account, a consent; and from their side."""

from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.idp.oidc.models import Token
from django.test import Client

from school.identity.models import User
from school.oidc import processing
from school.oidc.models import Consent, Grant, Notice
from school.oidc.services import application_switch
from school.sso.models import HostSession
from school.sso.processing import tidy
from tests.school.oidc.party import AFTER, LOGOUT, REVOKE, Party, answer, register, sign_in
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def tokens(party: Party, browser: Client) -> dict[str, Any]:
    return party.tokens(browser)


def dead(party: Party, tokens: dict[str, Any]) -> bool:
    """Nothing that the application holds opens anything."""
    return (
        party.userinfo(tokens["access_token"]).status_code == 401
        and not party.active(tokens["access_token"])
        and not party.active(tokens["refresh_token"])
        and party.refresh(tokens["refresh_token"]).status_code == 400
    )


def alive(party: Party, tokens: dict[str, Any]) -> bool:
    return party.userinfo(tokens["access_token"]).status_code == 200 and party.active(tokens["refresh_token"])


def test_signing_out_here_ends_the_tokens(party: Party, browser: Client, tokens: dict[str, Any]) -> None:
    assert alive(party, tokens)
    browser.post("/dang-xuat/")
    assert dead(party, tokens)
    assert Token.objects.exclude(type=Token.Type.AUTHORIZATION_CODE).count() == 0


def test_signing_out_here_leaves_the_other_browser_in(world: World, party: Party, tokens: dict[str, Any]) -> None:
    other = Client(headers={"host": "localhost:8000"})
    other.post("/dang-nhap/", {"login": world.a.teacher.code, "password": PASSWORD})
    there = party.tokens(other)
    other.post("/dang-xuat/")
    assert dead(party, there)
    assert alive(party, tokens)


def test_a_device_ended_from_elsewhere_ends_its_tokens(world: World, party: Party, tokens: dict[str, Any]) -> None:
    other = Client(headers={"host": "localhost:8000"})
    other.post("/dang-nhap/", {"login": world.a.teacher.code, "password": PASSWORD})
    other.post("/tai-khoan/thiet-bi/ket-thuc/")
    assert dead(party, tokens)


def test_signing_out_on_a_schools_host_ends_the_tokens(
    world: World, party: Party, browser: Client, tokens: dict[str, Any]
) -> None:
    host = f"{world.a.school.slug}.localhost:8000"
    school = Client(headers={"host": host})
    to_platform = school.get("/dang-nhap/").headers["Location"].removeprefix("http://localhost:8000")
    # Straight after the form a page leads on, later a redirect.
    onward = browser.get(to_platform)
    ticket = onward.headers.get("Location") or onward.context["address"]
    assert school.get(ticket.removeprefix(f"http://{host}")).status_code == 302
    school.post("/dang-xuat/")
    assert dead(party, tokens)


def test_a_new_password_ends_the_tokens_at_once(party: Party, browser: Client, tokens: dict[str, Any]) -> None:
    new = "con mèo trèo cây cau"
    browser.post("/mat-khau/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert dead(party, tokens)


def test_a_password_changed_past_every_signal_ends_the_tokens_too(
    world: World, party: Party, tokens: dict[str, Any]
) -> None:
    User.objects.filter(pk=world.a.teacher.pk).update(password="!")
    assert dead(party, tokens)


def test_a_closed_account_ends_the_tokens_at_once(world: World, party: Party, tokens: dict[str, Any]) -> None:
    world.a.teacher.is_active = False
    world.a.teacher.save()
    assert Grant.objects.count() == 0
    assert dead(party, tokens)


def test_an_account_closed_past_every_signal_ends_the_tokens_too(
    world: World, party: Party, tokens: dict[str, Any]
) -> None:
    User.objects.filter(pk=world.a.teacher.pk).update(is_active=False)
    assert dead(party, tokens)


DOORS = {
    "userinfo": lambda party, tokens: party.userinfo(tokens["access_token"]).status_code == 401,
    "introspection": lambda party, tokens: not party.active(tokens["access_token"]),
    "introspection of a refresh token": lambda party, tokens: not party.active(tokens["refresh_token"]),
    "refresh": lambda party, tokens: party.refresh(tokens["refresh_token"]).status_code == 400,
}


@pytest.mark.parametrize("door", DOORS)
def test_every_door_looks_for_itself(world: World, party: Party, tokens: dict[str, Any], door: str) -> None:
    User.objects.filter(pk=world.a.teacher.pk).update(password="!")
    assert DOORS[door](party, tokens)


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "!"}])
def test_a_code_is_looked_at_too(world: World, party: Party, browser: Client, change: dict[str, Any]) -> None:
    code = party.code(browser)
    User.objects.filter(pk=world.a.teacher.pk).update(**change)
    assert party.redeem(code).status_code == 400


def test_the_sweep_finds_a_closed_account_whose_application_asks_nothing(
    world: World, party: Party, tokens: dict[str, Any]
) -> None:
    User.objects.filter(pk=world.a.teacher.pk).update(is_active=False)
    processing.sweep()
    assert Grant.objects.count() == 0


def test_a_code_asked_before_the_account_was_closed_is_refused(world: World, party: Party, browser: Client) -> None:
    code = party.code(browser)
    world.a.teacher.is_active = False
    world.a.teacher.save()
    assert party.redeem(code).status_code == 400


def test_a_code_asked_before_signing_out_is_refused(party: Party, browser: Client) -> None:
    code = party.code(browser)
    browser.post("/dang-xuat/")
    assert party.redeem(code).status_code == 400


def test_a_session_that_vanished_ends_its_tokens_at_the_nightly_tidying(
    party: Party, browser: Client, tokens: dict[str, Any]
) -> None:
    browser.session.delete()
    tidy()
    assert Grant.objects.count() == 0
    assert dead(party, tokens)


def test_tokens_without_their_sign_in_are_not_believed(party: Party, tokens: dict[str, Any]) -> None:
    HostSession.objects.all().delete()
    assert dead(party, tokens)


def test_other_changes_of_a_person_end_nothing(world: World, party: Party, tokens: dict[str, Any]) -> None:
    world.a.teacher.phone = "+84912000111"
    world.a.teacher.save()
    assert alive(party, tokens)


def test_a_person_takes_back_what_they_allowed(world: World, key: Any, browser: Client) -> None:
    party = register(world, skip_consent=False)
    Consent.objects.create(user=world.a.teacher, client=party.application.client, scopes=["openid", "profile"])
    tokens = party.tokens(browser, scope="openid profile")
    assert "Moodle" in browser.get("/tai-khoan/ung-dung/").content.decode()
    browser.post(f"/tai-khoan/ung-dung/{party.id}/ngat/")
    assert dead(party, tokens)
    assert answer(party.ask(browser, scope="openid", prompt="none"))["error"] == "consent_required"


def test_nobody_takes_back_for_another(world: World, party: Party, tokens: dict[str, Any]) -> None:
    other = sign_in(world.a.student)
    assert other.post(f"/tai-khoan/ung-dung/{party.id}/ngat/").status_code == 404
    assert alive(party, tokens)


def test_an_application_gives_its_tokens_back(party: Party, tokens: dict[str, Any]) -> None:
    answered = party.server.post(REVOKE, {"token": tokens["refresh_token"]}, headers=party.basic)
    assert answered.status_code == 200
    assert dead(party, tokens)


def test_an_application_gives_back_one_access_token_alone(party: Party, tokens: dict[str, Any]) -> None:
    party.server.post(REVOKE, {"token": tokens["access_token"]}, headers=party.basic)
    assert not party.active(tokens["access_token"])
    assert party.active(tokens["refresh_token"])


def test_an_application_learns_and_ends_nothing_of_another(world: World, party: Party, tokens: dict[str, Any]) -> None:
    other = register(world, name="Nextcloud")
    assert not other.active(tokens["access_token"])
    other.server.post(REVOKE, {"token": tokens["refresh_token"]}, headers=other.basic)
    assert alive(party, tokens)
    other.refresh(tokens["refresh_token"])
    assert alive(party, tokens)


def sign_out_from(party: Party, browser: Client, **values: str) -> Any:
    return browser.get(f"{LOGOUT}?{urlencode(values)}")


def test_an_applications_own_button_signs_out_here_and_leads_back(
    party: Party, browser: Client, tokens: dict[str, Any]
) -> None:
    values = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": AFTER, "state": "x y"}
    answered = sign_out_from(party, browser, **values)
    assert answered.headers["Location"] == f"{AFTER}?state=x+y"
    assert browser.get("/tai-khoan/").status_code == 302
    assert dead(party, tokens)


@pytest.mark.parametrize(
    "address", [f"{AFTER}?x=1", "https://moodle.example/", "https://evil.example/", "javascript:1"]
)
def test_signing_out_leads_to_no_other_address(
    party: Party, browser: Client, tokens: dict[str, Any], address: str
) -> None:
    values = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": address}
    answered = sign_out_from(party, browser, **values)
    assert answered.status_code == 400
    assert "vẫn đang đăng nhập" in answered.content.decode()
    assert alive(party, tokens)


def test_without_a_token_of_this_sign_in_the_person_is_asked(
    world: World, party: Party, browser: Client, tokens: dict[str, Any]
) -> None:
    other = Client(headers={"host": "localhost:8000"})
    other.post("/dang-nhap/", {"login": world.a.teacher.code, "password": PASSWORD})
    for values in ({"client_id": party.id}, {"id_token_hint": tokens["id_token"]}, {"id_token_hint": "forged"}):
        assert sign_out_from(party, other, **values).status_code == 200
        assert other.get("/tai-khoan/").status_code == 200
    form = {"id_token_hint": tokens["id_token"], "action": "logout", "csrfmiddlewaretoken": "x"}
    strict = Client(headers={"host": "localhost:8000"}, enforce_csrf_checks=True)
    strict.cookies = other.cookies
    assert strict.post(LOGOUT, form).status_code == 403
    assert other.get("/tai-khoan/").status_code == 200


def test_who_stays_signed_in_here_is_signed_out_there_alone(
    world: World, party: Party, browser: Client, tokens: dict[str, Any]
) -> None:
    second = register(world, name="Nextcloud")
    others = second.tokens(browser)
    form = {"client_id": party.id, "action": "stay", "csrfmiddlewaretoken": "x"}
    browser.post(LOGOUT, form)
    assert browser.get("/tai-khoan/").status_code == 200
    assert dead(party, tokens)
    assert alive(second, others)


def test_turning_an_application_off_signs_everybody_out_of_it(
    world: World, party: Party, tokens: dict[str, Any]
) -> None:
    application_switch(application=party.application, on=False, by=world.office_admin)
    assert Grant.objects.count() == 0
    assert Notice.objects.count() == 0
    application_switch(application=party.application, on=True, by=world.office_admin)
    assert dead(party, tokens)
