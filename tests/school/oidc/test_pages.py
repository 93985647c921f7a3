"""The office's page of applications, the person's page of connections, and who sees them."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from school.audit.models import Entry
from school.oidc.models import Application, Consent, Grant
from school.organisation.services import node_create
from tests.school.oidc.party import AFTER, BACK, Party, answer, register, sign_in
from tests.shared import proved
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(world: World, client_for: Any) -> Client:
    client: Client = client_for(world.office_admin, headers={"host": "localhost:8000"})
    return client


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Moodle của Phòng",
        "kind": "confidential",
        "redirect_uris": f"{BACK}\nhttps://moodle.example/second\n\n",
        "post_logout_uris": AFTER,
        "backchannel_uri": "https://moodle.example/backchannel",
        "scopes": ["profile", "roles"],
    } | changes


def made(office: Client, world: World, **changes: Any) -> Any:
    return office.post("/ung-dung/moi/", form(**changes) | {"office": world.office.pk})


def test_an_application_is_connected_and_its_secret_shown_once(
    world: World, key: Any, office: Client, browser: Client
) -> None:
    answered = made(office, world)
    application = Application.objects.get()
    page = office.get(answered.headers["Location"])
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert page.headers["Cache-Control"].find("no-store") >= 0
    assert secret not in office.get(answered.headers["Location"]).content.decode()
    assert secret not in str(dict(office.session))
    party = Party(application, secret)
    tokens = party.redeem(consent(party, browser))
    assert tokens.status_code == 200
    assert "roles" in party.userinfo(tokens.json()["access_token"]).json()
    assert application.client.get_redirect_uris() == [BACK, "https://moodle.example/second"]
    assert Entry.objects.get(action="client_added").actor_id == world.office_admin.pk
    assert secret not in str(Entry.objects.get(action="client_added").detail)


def consent(party: Party, browser: Client) -> str:
    page = party.ask(browser, scope="openid profile roles")
    text = page.content.decode()
    assert "Đăng nhập vào Moodle của Phòng" in text
    assert "Xem trường và vai trò của bạn ở trường" in text
    assert "e-mail" not in text.partition("<h1>")[2]
    asked = page.context["form"]["request"].value()
    scopes = ["openid", "profile", "roles"]
    return answer(browser.post("/identity/o/authorize", {"request": asked, "scopes": scopes, "action": "grant"}))[
        "code"
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"redirect_uris": ""}, "redirect_uris"),
        ({"redirect_uris": "moodle.example/back"}, "redirect_uris"),
        ({"redirect_uris": "https://*.example/back"}, "redirect_uris"),
        ({"redirect_uris": f"{BACK}#x"}, "redirect_uris"),
        ({"redirect_uris": "https://a:b@moodle.example/"}, "redirect_uris"),
        ({"redirect_uris": "javascript:alert(1)"}, "redirect_uris"),
        ({"redirect_uris": "https://moodle.example:99999/"}, "redirect_uris"),
        ({"redirect_uris": "\n".join(f"{BACK}/{n}" for n in range(21))}, "redirect_uris"),
        ({"post_logout_uris": "ftp://moodle.example/"}, "post_logout_uris"),
        ({"backchannel_uri": "com.example:/x"}, "backchannel_uri"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"kind": "other"}, "kind"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(world: World, office: Client, changes: dict[str, Any], field: str) -> None:
    answered = made(office, world, **changes)
    assert answered.status_code == 422
    assert list(answered.context["form"].errors) == [field]
    assert Application.objects.count() == 0


def test_on_a_server_addresses_must_be_encrypted(world: World, office: Client, settings: Any) -> None:
    settings.SCHEME = "https"
    assert made(office, world, redirect_uris="http://moodle.example/back").status_code == 422
    assert made(office, world, redirect_uris="http://localhost:9000/back").status_code == 302


def test_changing_keeps_id_and_secret(world: World, key: Any, office: Client, browser: Client) -> None:
    made(office, world, name="Cũ")
    application = Application.objects.get()
    before = application.client.secret
    changed = form(name="Mới", redirect_uris="https://moodle.example/new", skip_consent="on", kind="public")
    assert office.post(f"/ung-dung/{application.pk}/sua/", changed | {"office": world.office.pk}).status_code == 302
    client = Application.objects.get().client
    assert (client.name, client.secret, client.type) == ("Mới", before, "confidential")
    assert client.get_redirect_uris() == ["https://moodle.example/new"]
    assert Entry.objects.get(action="client_changed")


def test_a_new_secret_replaces_the_old_one(world: World, party: Party, office: Client, browser: Client) -> None:
    page = office.post(f"/ung-dung/{party.id}/khoa/", follow=True)
    code = party.code(browser)
    assert party.redeem(code).status_code == 401
    party.secret = page.context["secret"]
    assert party.redeem(code).status_code == 200


def test_an_application_is_turned_off_and_on(world: World, party: Party, office: Client, browser: Client) -> None:
    office.post(f"/ung-dung/{party.id}/bat-tat/", {"on": "0"})
    assert party.ask(browser).status_code == 400
    assert Entry.objects.get(action="client_disabled")
    assert "Tắt" in office.get("/ung-dung/").content.decode()
    office.post(f"/ung-dung/{party.id}/bat-tat/", {"on": "1"})
    assert "code" in answer(party.ask(browser))


def test_connecting_and_secrets_ask_who_is_there(world: World, party: Party, office: Client) -> None:
    """An application reads everybody: it is not connected from somebody's unlocked screen."""
    world.office_admin.set_password("bút chì và thước kẻ")
    world.office_admin.save()
    office.force_login(world.office_admin, backend="school.identity.backends.CodePhoneEmailBackend")
    proved(office, world.office_admin, seconds_ago=301)
    for path in ("/ung-dung/moi/", f"/ung-dung/{party.id}/sua/"):
        assert office.get(path).headers["Location"].startswith("/xac-nhan/")
    assert office.post(f"/ung-dung/{party.id}/khoa/").headers["Location"].startswith("/xac-nhan/")
    assert office.get(f"/ung-dung/{party.id}/").status_code == 200
    assert office.post(f"/ung-dung/{party.id}/bat-tat/", {"on": "0"}).headers["Location"].startswith("/ung-dung/")


def test_only_the_office_manages_applications(world: World, party: Party, client_for: Any) -> None:
    for who, user in world.people.items():
        client = client_for(user, headers={"host": "localhost:8000"})
        expected = 200 if who == "office_admin" else 403
        for path in ("/ung-dung/", "/ung-dung/moi/", f"/ung-dung/{party.id}/", f"/ung-dung/{party.id}/sua/"):
            assert client.get(path).status_code == expected, (who, path)


def test_another_offices_application_is_not_there(world: World, party: Party, office: Client) -> None:
    elsewhere = node_create(kind="office", name="Phòng khác", code="PK")
    Application.objects.update(office=elsewhere)
    assert office.get(f"/ung-dung/{party.id}/").status_code == 404
    assert office.post(f"/ung-dung/{party.id}/khoa/").status_code == 404
    assert "Moodle" not in office.get("/ung-dung/").content.decode().partition("<main")[2].partition("<ul")[2]
    assert office.post("/ung-dung/moi/", form() | {"office": elsewhere.pk}).status_code == 422


def test_the_empty_pages_say_what_to_do(world: World, office: Client) -> None:
    assert "Chưa có ứng dụng nào" in office.get("/ung-dung/").content.decode()
    assert "Chưa có ứng dụng nào" in office.get("/tai-khoan/ung-dung/").content.decode()


def test_the_list_costs_the_same_however_long_it_is(world: World, key: Any, office: Client) -> None:
    register(world)
    office.get("/ung-dung/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        office.get("/ung-dung/")
    for number in range(10):
        register(world, name=f"Ứng dụng {number}")
    with CaptureQueriesContext(connection) as many:
        office.get("/ung-dung/")
    assert len(many) == len(few) <= 12


def test_ones_connections_cost_the_same_however_many_they_are(world: World, key: Any, browser: Client) -> None:
    def connect(number: int) -> None:
        party = register(world, name=f"Ứng dụng {number}")
        Consent.objects.create(user=world.a.teacher, client=party.application.client, scopes=["openid"])
        party.tokens(browser)

    connect(0)
    browser.get("/tai-khoan/ung-dung/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/tai-khoan/ung-dung/")
    for number in range(1, 6):
        connect(number)
    with CaptureQueriesContext(connection) as many:
        page = browser.get("/tai-khoan/ung-dung/")
    assert len(many) == len(few)
    assert page.content.decode().count("Ngắt kết nối") >= 6
    assert Grant.objects.count() == 6


def test_the_way_to_an_application_opens_forms_to_it_alone(world: World, party: Party) -> None:
    """Browsers ask the policy of the page with the form also for the redirects that follow it."""
    stranger = Client(headers={"host": "localhost:8000"})
    before = stranger.get("/dang-nhap/").headers["Content-Security-Policy"]
    assert "moodle.example" not in before
    page = stranger.get(party.ask(stranger).headers["Location"])
    policy = {part.split()[0]: part.split()[1:] for part in page.headers["Content-Security-Policy"].split("; ")}
    assert policy["form-action"] == ["'self'", "https://moodle.example"]
    assert Session.objects.count() == 0, "a stranger who only came by left a row behind"
    stranger.cookies["oidc_target"] = "https://evil.example/:forged:signature"
    assert "evil.example" not in stranger.get("/dang-nhap/").headers["Content-Security-Policy"]
    signed = sign_in(world.a.student)
    party.code(signed)
    assert "moodle.example" not in signed.get("/tai-khoan/").headers["Content-Security-Policy"]


def test_nobody_goes_on_as_the_person_they_look_as(world: World, party: Party, browser: Client, rf: Any) -> None:
    from django.core.exceptions import PermissionDenied

    from school.oidc.views.authorize import authorize

    request = rf.get(party.address(), headers={"host": "localhost:8000"})
    request.user, request.session = world.a.teacher, browser.session
    request.true_user = world.office_admin
    with pytest.raises(PermissionDenied):
        authorize(request)
