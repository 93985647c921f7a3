"""Applications hear of sign-outs: the token they get, when it is tried again, and when it is given up."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from school.identity.models import User
from school.oidc import processing
from school.oidc.models import Notice
from school.oidc.services import application_save
from tests.e2e.worker import worker
from tests.school.oidc.party import Party, register, sign_in
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


class Ear:
    """An application that listens on a real socket: what it heard, and what it answers."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.status = 200
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                ear.heard.append(parse_qs(body)["logout_token"][0])
                self.send_response(ear.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/backchannel"


@pytest.fixture
def ear(settings: Any) -> Iterator[Ear]:
    settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    made = Ear()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join(timeout=10)


@pytest.fixture
def heard_party(world: World, key: Any, ear: Ear) -> Party:
    return register(world, backchannel_uri=ear.address)


def claims(party: Party, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(party.server.get("/.well-known/jwks.json").json())
    decoded = jwt.decode(token, keys, algorithms=["RS256"])
    assert decoded.header["typ"] == "logout+jwt"
    return dict(decoded.claims)


def test_signing_out_is_told_once_with_a_token_of_that_sign_in(
    heard_party: Party, ear: Ear, browser: Client, world: World
) -> None:
    sid = browser.session["sid"]
    heard_party.tokens(browser)
    heard_party.tokens(browser)
    browser.post("/dang-xuat/")
    assert len(ear.heard) == 1
    told = claims(heard_party, ear.heard[0])
    assert told["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert (told["sid"], told["sub"], told["aud"]) == (sid, str(world.a.teacher.pk), heard_party.id)
    assert told["iss"] == "http://localhost:8000"
    assert told["jti"]
    assert "nonce" not in told
    assert 0 < told["exp"] - told["iat"] <= 120
    assert Notice.objects.get().state == Notice.State.SENT


def test_a_real_worker_tells_within_seconds(heard_party: Party, ear: Ear, browser: Client, live_server: Any) -> None:
    """The request that signs out only writes a row and a message; the worker's own process does the calling."""
    heard_party.tokens(browser)
    with worker():
        browser.post("/dang-xuat/")
        assert ear.heard == []
        ends = time.monotonic() + 60
        while not ear.heard and time.monotonic() < ends:
            time.sleep(0.2)
    assert len(ear.heard) == 1
    claims(heard_party, ear.heard[0])
    assert Notice.objects.get().state == Notice.State.SENT


def test_another_browser_of_the_person_is_not_told(heard_party: Party, ear: Ear, browser: Client, world: World) -> None:
    heard_party.tokens(browser)
    other = Client(headers={"host": "localhost:8000"})
    other.post("/dang-nhap/", {"login": world.a.teacher.code, "password": PASSWORD})
    other.post("/dang-xuat/")
    assert ear.heard == []


def test_an_application_never_entered_is_not_told(heard_party: Party, ear: Ear, browser: Client) -> None:
    heard_party.code(browser)
    browser.post("/dang-xuat/")
    assert ear.heard == []


@pytest.mark.parametrize("how", ["closed", "password"])
def test_a_closed_account_and_a_new_password_are_told(
    heard_party: Party, ear: Ear, browser: Client, world: World, how: str
) -> None:
    heard_party.tokens(browser)
    user = User.objects.get(pk=world.a.teacher.pk)
    if how == "closed":
        user.is_active = False
    else:
        user.set_password("một mật khẩu khác hẳn")
    user.save()
    assert len(ear.heard) == 1


def test_taking_back_the_consent_is_told(heard_party: Party, ear: Ear, browser: Client) -> None:
    heard_party.tokens(browser)
    browser.post(f"/tai-khoan/ung-dung/{heard_party.id}/ngat/")
    assert len(ear.heard) == 1


def test_a_deaf_application_is_told_again_later_and_then_given_up(
    heard_party: Party, ear: Ear, browser: Client
) -> None:
    ear.status = 503
    heard_party.tokens(browser)
    browser.post("/dang-xuat/")
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts, notice.fault) == ("queued", 1, "Ứng dụng trả lời 503.")
    assert processing.sweep() == 0
    assert len(ear.heard) == 1, "it is not due yet"
    for _ in processing.WAITS:
        Notice.objects.update(due=timezone.now() - datetime.timedelta(seconds=1))
        processing.sweep()
    notice.refresh_from_db()
    assert (notice.state, len(ear.heard)) == ("failed", len(processing.WAITS) + 1)
    Notice.objects.update(due=timezone.now() - datetime.timedelta(seconds=1))
    processing.sweep()
    assert len(ear.heard) == len(processing.WAITS) + 1


def test_an_application_that_woke_up_is_told(heard_party: Party, ear: Ear, browser: Client) -> None:
    ear.status = 500
    heard_party.tokens(browser)
    browser.post("/dang-xuat/")
    ear.status = 204
    Notice.objects.update(due=timezone.now() - datetime.timedelta(seconds=1))
    assert processing.sweep() == 1
    assert Notice.objects.get().state == Notice.State.SENT


def test_a_notice_is_claimed_by_one_worker(heard_party: Party, ear: Ear, browser: Client) -> None:
    ear.status = 500
    heard_party.tokens(browser)
    browser.post("/dang-xuat/")
    Notice.objects.update(due=timezone.now() - datetime.timedelta(seconds=1))
    pk, before = Notice.objects.get().pk, len(ear.heard)
    threads = [threading.Thread(target=processing.notice_send, args=[pk]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(ear.heard) == before + 1


def test_an_address_inside_the_house_is_not_called(
    heard_party: Party, ear: Ear, browser: Client, settings: Any
) -> None:
    settings.OUTBOUND_NETWORKS = []
    heard_party.tokens(browser)
    browser.post("/dang-xuat/")
    assert ear.heard == []
    assert "OUTBOUND_NETWORKS" in Notice.objects.get().fault
    assert "OUTBOUND_NETWORKS" in sign_in_office(heard_party).get(f"/ung-dung/{heard_party.id}/").content.decode()


def sign_in_office(party: Party) -> Client:
    return sign_in(User.objects.get(code="vp-1"))


def test_a_sign_out_that_is_rolled_back_is_not_told(
    heard_party: Party, ear: Ear, browser: Client, world: World
) -> None:
    from django.db import transaction

    heard_party.tokens(browser)
    with transaction.atomic():
        world.a.teacher.refresh_from_db()
        world.a.teacher.is_active = False
        world.a.teacher.save()
        transaction.set_rollback(True)
    assert ear.heard == []
    assert Notice.objects.count() == 0


def test_an_application_whose_address_was_taken_away_is_left_alone(
    heard_party: Party, ear: Ear, browser: Client, world: World
) -> None:
    values = {
        "name": "Moodle",
        "public": False,
        "redirect_uris": [heard_party.redirect_uri],
        "post_logout_uris": [],
        "backchannel_uri": "",
        "scopes": ["profile"],
        "skip_consent": True,
    }
    ear.status = 500
    heard_party.tokens(browser)
    browser.post("/dang-xuat/")
    application_save(office=world.office, values=values, by=world.office_admin, application=heard_party.application)
    Notice.objects.update(due=timezone.now() - datetime.timedelta(seconds=1))
    processing.sweep()
    assert len(ear.heard) == 1
