"""Sensitive work asks for a password, code or passkey given within five minutes; what was wanted is offered again afterwards."""

from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from school.identity.models import User
from tests.shared import proved
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db
LIST = "/danh-sach/excel/"


@pytest.fixture
def stale(world: World, client_for: Any) -> Client:
    """The school's administrator, signed in by password five minutes and a second ago."""
    world.a.school_admin.set_password(PASSWORD)
    world.a.school_admin.save()
    client: Client = client_for(world.a.school_admin)
    proved(client, world.a.school_admin, seconds_ago=301)
    return client


def test_a_fresh_sign_in_is_proof_enough(world: World, client_for: Any) -> None:
    client = client_for(world.a.school_admin)
    assert client.get(LIST).status_code == 200
    proved(client, world.a.school_admin, seconds_ago=299)
    assert client.get(LIST).status_code == 200


def test_an_export_of_people_asks_who_is_there(stale: Client) -> None:
    assert stale.get(LIST).headers["Location"] == "/xac-nhan/?next=%2Fxac-nhan%2Fxong%2F"
    assert stale.get("/xac-nhan/?next=/xac-nhan/xong/").status_code == 200


def test_the_list_itself_does_not_ask(stale: Client) -> None:
    assert stale.get("/danh-sach/").status_code == 200


def test_after_the_password_the_wanted_page_is_one_press_away(stale: Client) -> None:
    stale.get(f"{LIST}?tim=an", headers={"Referer": "http://testserver/danh-sach/?tim=an"})
    answer = stale.post("/xac-nhan/", {"password": PASSWORD, "next": "/xac-nhan/xong/"})
    assert answer.headers["Location"] == "/xac-nhan/xong/"
    page = stale.get("/xac-nhan/xong/").content.decode()
    assert f'href="{LIST}?tim=an"' in page
    assert 'href="/danh-sach/?tim=an"' in page
    assert stale.get(LIST).status_code == 200
    assert stale.get("/xac-nhan/xong/").headers["Location"] == "/", "what was held is offered once"


def test_a_wrong_password_confirms_nothing(stale: Client) -> None:
    stale.post("/xac-nhan/", {"password": "wrong"})
    assert stale.get(LIST).status_code == 302


def test_what_was_typed_is_held_and_sent_by_a_button(world: World, stale: Client) -> None:
    path = f"/danh-sach/phieu/{world.a.class1.pk}/"
    stale.post(path, {"parents": "on", "csrfmiddlewaretoken": "x"})
    assert not User.objects.get(pk=world.a.student.pk).must_change_password, "nothing is done before"
    stale.post("/xac-nhan/", {"password": PASSWORD, "next": "/xac-nhan/xong/"})
    page = stale.get("/xac-nhan/xong/").content.decode()
    assert f'method="post" action="{path}"' in page
    assert '<input type="hidden" name="parents" value="on">' in page
    assert 'value="x"' not in page, "the old token is not kept"
    assert "/phieu/viec/" in stale.post(path, {"parents": "on"}).headers["Location"]


def test_a_fragment_is_led_by_a_move_of_the_whole_page(stale: Client) -> None:
    answer = stale.get(LIST, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/danh-sach/"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/xac-nhan/")
    assert stale.session["held_request"]["path"] == "/danh-sach/"


def test_a_foreign_page_is_no_way_back(stale: Client) -> None:
    stale.get(LIST, headers={"Referer": "https://evil.example/danh-sach/"})
    assert stale.session["held_request"]["back"] == "/"


def test_whoever_may_not_is_refused_before_being_asked(world: World, client_for: Any) -> None:
    client = client_for(world.a.student)
    proved(client, world.a.student, seconds_ago=301)
    assert client.get(LIST).status_code == 403


def test_another_persons_proof_in_the_session_is_none(world: World, stale: Client) -> None:
    proved(stale, world.a.teacher)
    assert stale.get(LIST).status_code == 302


def test_a_recovery_code_confirms_as_well(world: World, stale: Client) -> None:
    totp.TOTP.activate(world.a.school_admin, totp.generate_totp_secret())
    code = RecoveryCodes.activate(world.a.school_admin).generate_codes()[0]
    page = stale.get("/xac-nhan/?next=/xac-nhan/xong/").content.decode()
    assert "/tai-khoan/hai-lop/reauthenticate/?next=%2Fxac-nhan%2Fxong%2F" in page
    stale.post("/tai-khoan/hai-lop/reauthenticate/", {"code": code, "next": "/xac-nhan/xong/"})
    assert stale.get(LIST).status_code == 200


def test_a_person_without_password_or_key_cannot_confirm(world: World, client_for: Any) -> None:
    client = client_for(world.a.principal)
    proved(client, world.a.principal, seconds_ago=301)
    assert client.get(LIST).status_code == 403
