"""The gaps of the library that the guard closes (identity.md §1.2), each by the request that fell through."""

import time
from typing import Any

import jwt
import pytest
from allauth.account.internal.flows import login as records
from django.test import Client

from school.audit.models import Entry
from school.oidc.services import application_switch
from tests.school.oidc.party import AUTHORIZE, BACK, Party, answer, register, sign_in
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


def is_page(response: Any) -> bool:
    """A page in words that leads nowhere."""
    return response.status_code == 400 and "Không mở được ứng dụng" in response.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": "short"},
    ],
)
def test_pkce_is_forced_also_for_an_application_with_a_secret(
    party: Party, browser: Client, changes: dict[str, Any]
) -> None:
    assert answer(party.ask(browser, **changes))["error"] == "invalid_request"


def test_a_code_without_its_verifier_is_worth_nothing(party: Party, browser: Client) -> None:
    code = party.code(browser)
    assert party.redeem(code, code_verifier="x" * 43).status_code == 400
    assert party.redeem(code, code_verifier="").status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        f"{BACK}?more=1",
        f"{BACK}/",
        f"{BACK}#part",
        BACK.replace("https", "http"),
        BACK.replace("moodle", "MOODLE"),
        "https://evil.example/callback",
        "https://moodle.example@evil.example/callback",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_that_differs_by_a_letter_leads_nowhere(party: Party, browser: Client, address: str) -> None:
    assert is_page(party.ask(browser, redirect_uri=address))
    told = Entry.objects.get(action="token_refused")
    assert told.detail["why"] == "redirect"


def test_a_loopback_address_keeps_its_port(world: World, key: Any, browser: Client) -> None:
    party = register(world, redirect_uris=["http://127.0.0.1:9000/back"])
    assert "code" in answer(party.ask(browser))
    assert is_page(party.ask(browser, redirect_uri="http://127.0.0.1:9001/back"))


def test_an_unknown_client_gets_a_page_and_is_recorded(party: Party, browser: Client) -> None:
    assert is_page(party.ask(browser, client_id="nobody"))
    assert Entry.objects.get(action="token_refused").detail == {"why": "client", "application": "nobody"}


def test_a_flood_of_refusals_does_not_fill_the_trail(party: Party, browser: Client) -> None:
    for _ in range(40):
        assert is_page(party.ask(browser, client_id="nobody"))
    assert 0 < Entry.objects.filter(action="token_refused").count() <= 30


def test_a_parameter_given_twice_is_refused(party: Party, browser: Client) -> None:
    assert is_page(browser.get(f"{party.address()}&redirect_uri=https://evil.example/"))


@pytest.mark.parametrize("kind", ["token", "id_token", "code id_token", "none", ""])
def test_only_codes_are_given(party: Party, browser: Client, kind: str) -> None:
    assert answer(party.ask(browser, response_type=kind))["error"] == "unsupported_response_type"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"resource": "https://api.example/"}, "invalid_target"),
    ],
)
def test_what_is_not_offered_is_told_to_the_application(
    party: Party, browser: Client, changes: dict[str, str], error: str
) -> None:
    told = answer(party.ask(browser, **changes))
    assert (told["error"], told["state"]) == (error, "s1")
    assert "code" not in told


def test_silence_of_a_stranger_is_login_required(party: Party) -> None:
    assert answer(party.ask(Client(headers={"host": "localhost:8000"}), prompt="none"))["error"] == "login_required"


def test_silent_sign_in_works_the_first_time_where_consent_is_not_asked(party: Party, browser: Client) -> None:
    assert party.redeem(answer(party.ask(browser, prompt="none"))["code"]).status_code == 200


def test_consent_for_one_application_is_none_for_another(world: World, key: Any, browser: Client) -> None:
    first, second = register(world, skip_consent=False), register(world, skip_consent=False, name="Nextcloud")
    agree(first, browser)
    assert "code" in answer(first.ask(browser, prompt="none"))
    assert answer(second.ask(browser, prompt="none"))["error"] == "consent_required"
    assert second.ask(browser).status_code == 200


def agree(party: Party, browser: Client, action: str = "grant", **changes: Any) -> dict[str, str]:
    page = party.ask(browser, **changes)
    assert page.status_code == 200, page.headers
    asked = page.context["form"]["request"].value()
    scopes = [value for value, _ in page.context["form"].fields["scopes"].choices]
    return answer(browser.post(AUTHORIZE, {"request": asked, "scopes": scopes, "action": action}))


def test_consent_is_asked_once_and_again_for_more(world: World, key: Any, browser: Client) -> None:
    party = register(world, skip_consent=False)
    assert party.redeem(agree(party, browser, scope="openid profile")["code"]).status_code == 200
    assert "code" in answer(party.ask(browser, scope="openid profile"))
    assert party.ask(browser, scope="openid profile email").status_code == 200
    assert party.ask(browser, scope="openid", prompt="consent").status_code == 200
    assert Entry.objects.get(action="consent_given").subject_id == world.a.teacher.pk


def test_who_does_not_agree_goes_back_without_a_code(world: World, key: Any, browser: Client) -> None:
    party = register(world, skip_consent=False)
    assert agree(party, browser, action="cancel") == {"error": "access_denied", "state": "s1"}
    assert answer(party.ask(browser, prompt="none"))["error"] == "consent_required"


def test_a_consent_page_left_open_does_not_outlive_its_application(world: World, key: Any, browser: Client) -> None:
    party = register(world, skip_consent=False)
    asked = party.ask(browser).context["form"]["request"].value()
    application_switch(application=party.application, on=False, by=world.office_admin)
    assert is_page(browser.post(AUTHORIZE, {"request": asked, "scopes": ["openid"], "action": "grant"}))
    assert is_page(browser.post(AUTHORIZE, {"request": "forged", "scopes": ["openid"], "action": "grant"}))


def test_the_consent_page_asks_for_the_forms_token(world: World, key: Any) -> None:
    party = register(world, skip_consent=False)
    browser = Client(headers={"host": "localhost:8000"}, enforce_csrf_checks=True)
    browser.cookies = sign_in(world.a.teacher).cookies
    asked = party.ask(browser).context["form"]["request"].value()
    assert browser.post(AUTHORIZE, {"request": asked, "scopes": ["openid"], "action": "grant"}).status_code == 403


def old(browser: Client, seconds: int) -> None:
    """Make the browser's sign-in that much older."""
    session = browser.session
    for record in session[records.AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= seconds
    session.save()


def test_an_old_sign_in_is_proved_again_when_max_age_says_so(party: Party, browser: Client) -> None:
    assert "code" in answer(party.ask(browser, max_age=300))
    old(browser, 600)
    assert answer(party.ask(browser, max_age=300, prompt="none"))["error"] == "login_required"
    to_proof = party.ask(browser, max_age=300).headers["Location"]
    assert to_proof.startswith("/xac-nhan/?next=")
    back = browser.post(to_proof, {"password": PASSWORD})
    told = answer(browser.get(back.headers["Location"]))
    found = jwt.decode(party.redeem(told["code"]).json()["id_token"], options={"verify_signature": False})
    assert time.time() - found["auth_time"] < 60


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": 0}])
def test_a_new_proof_is_asked_once_and_not_for_ever(party: Party, browser: Client, changes: dict[str, Any]) -> None:
    old(browser, 5)
    to_proof = party.ask(browser, **changes).headers["Location"]
    assert to_proof.startswith("/xac-nhan/")
    back = browser.post(to_proof, {"password": PASSWORD})
    assert "code" in answer(browser.get(back.headers["Location"]))


def test_without_the_right_password_there_is_no_new_proof(party: Party, browser: Client) -> None:
    to_proof = party.ask(browser, prompt="login").headers["Location"]
    assert browser.post(to_proof, {"password": "sai"}).status_code == 200


def test_an_application_that_is_off_is_refused_everywhere(world: World, party: Party, browser: Client) -> None:
    code, tokens = party.code(browser), party.tokens(browser)
    application_switch(application=party.application, on=False, by=world.office_admin)
    assert is_page(party.ask(browser))
    assert party.redeem(code).status_code == 401
    assert party.refresh(tokens["refresh_token"]).status_code == 401
    assert party.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize("kind", ["password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", ""])
def test_no_other_way_to_a_token(party: Party, kind: str) -> None:
    values = {"grant_type": kind, "username": "a-gv1", "password": PASSWORD, "scope": "openid"}
    answered = party.server.post("/identity/o/api/token", values, headers=party.basic)
    # Readers of the roster get tokens by client credentials; whoever signs people in is not one of them.
    error = "unauthorized_client" if kind == "client_credentials" else "unsupported_grant_type"
    assert (answered.status_code, answered.json()["error"]) == (400, error)


def test_bad_resources_are_refused_in_words_and_not_by_a_crash(party: Party, browser: Client) -> None:
    assert party.redeem(party.code(browser), resource="garbage").json()["error"] == "invalid_target"


def test_a_hint_of_another_person_is_not_signed_in_silently(world: World, party: Party, browser: Client) -> None:
    other = party.tokens(sign_in(world.a.student))["id_token"]
    assert answer(party.ask(browser, prompt="none", id_token_hint=other))["error"] == "login_required"


def test_an_old_hint_of_the_same_person_is_as_good(party: Party, browser: Client, settings: Any) -> None:
    """Applications ask whether the session still stands with the ID token they got hours ago."""
    settings.IDP_OIDC_ID_TOKEN_EXPIRES_IN = -3600
    hint = party.tokens(browser)["id_token"]
    assert "code" in answer(party.ask(browser, prompt="none", id_token_hint=hint))
    for wrong in ("garbage", hint[:-4] + "AAAA"):
        assert answer(party.ask(browser, prompt="none", id_token_hint=wrong))["error"] == "login_required"


@pytest.mark.parametrize("claims", ['{"userinfo": {"name": null}}', "[]", "1", "not json"])
def test_the_claims_parameter_is_not_offered_and_not_in_the_way(party: Party, browser: Client, claims: str) -> None:
    assert "code" in answer(party.ask(browser, claims=claims))


ODD = ("\x00", "a\x00b", "\n", "😀", "ệ" * 900, "x" * 5000, "[]", "%00")


@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "claims"]
)
def test_odd_values_break_nothing(party: Party, browser: Client, name: str) -> None:
    for odd in ODD:
        assert party.ask(browser, **{name: odd}).status_code in {200, 302, 400}, odd


@pytest.mark.parametrize("path", ["token", "introspect", "revoke", "userinfo"])
def test_odd_values_break_no_endpoint_either(party: Party, path: str) -> None:
    names = ("client_id", "code", "refresh_token", "token", "token_type_hint", "redirect_uri", "code_verifier", "scope")
    for name in names:
        for odd in ODD:
            for kind in ("authorization_code", "refresh_token"):
                values = {"grant_type": kind, "code": "x", "refresh_token": "x", "token": "x", name: odd}
                for headers in (party.basic, {}):
                    answered = party.server.post(f"/identity/o/api/{path}", values, headers=headers)
                    assert 400 <= answered.status_code < 500 or path in {"introspect", "revoke"}, (name, odd)
                    assert answered.status_code < 500, (name, odd)


@pytest.mark.parametrize("name", ["client_id", "id_token_hint", "post_logout_redirect_uri", "state", "logout_hint"])
def test_odd_values_break_no_sign_out(party: Party, name: str) -> None:
    for odd in ODD:
        stranger = Client(headers={"host": "localhost:8000"})
        assert stranger.get("/identity/o/logout", {"client_id": party.id, name: odd}).status_code < 500


def test_the_secret_survives_a_basic_header(world: World, key: Any) -> None:
    """The library's own secrets hold characters that must be escaped there, and many applications do not."""
    for _ in range(20):
        assert register(world).secret.replace("-", "").replace("_", "").isalnum()


def test_a_wrong_secret_is_refused(party: Party, browser: Client) -> None:
    code = party.code(browser)
    party.secret, right = "wrong", party.secret
    assert party.redeem(code).status_code == 401
    party.secret = right
    assert party.redeem(code).status_code == 200
