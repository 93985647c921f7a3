"""What an application gets when everything is right: tokens, claims, discovery, on the platform's host alone."""

import datetime
from typing import Any

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from school.identity.models import User
from school.organisation.models import Membership
from school.roles import Role
from school.roster.services import roster_import
from tests.school.oidc.party import USERINFO, Party, answer, register, sign_in
from tests.school.roster.files import xlsx
from tests.world import World

pytestmark = pytest.mark.django_db
WELL_KNOWN = "/.well-known/openid-configuration"


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_the_id_token_says_who_when_how_and_in_which_sign_in(world: World, party: Party, browser: Client) -> None:
    found = claims(party.tokens(browser)["id_token"])
    assert found["iss"] == "http://localhost:8000"
    assert found["aud"] == party.id
    assert found["sub"] == str(world.a.teacher.pk)
    assert found["nonce"] == "n1"
    assert found["at_hash"]
    assert found["sid"] == browser.session["sid"]
    assert found["amr"] == ["pwd"]
    assert abs(found["auth_time"] - timezone.now().timestamp()) < 60


def test_a_refreshed_id_token_speaks_of_the_same_sign_in(party: Party, browser: Client) -> None:
    first = party.tokens(browser)
    again = claims(party.refresh(first["refresh_token"]).json()["id_token"])
    before = claims(first["id_token"])
    assert [again[name] for name in ("sid", "auth_time", "sub", "amr")] == [
        before[name] for name in ("sid", "auth_time", "sub", "amr")
    ]


def test_userinfo_names_the_person_and_their_roles_flat_and_by_school(
    world: World, party: Party, browser: Client
) -> None:
    Membership.objects.create(
        user=world.a.teacher, role=Role.LIBRARIAN, node=world.b.school.node, starts=world.year.starts
    )
    found = party.userinfo(party.tokens(browser)["access_token"]).json()
    assert found["name"] == "Nguyễn Thị Toán"
    assert (found["given_name"], found["preferred_username"]) == ("Toán", "a-gv1")
    a, b = world.a.school.slug, world.b.school.slug
    assert set(found["roles"]) == {"teacher", "librarian"}
    assert set(found["groups"]) == {f"{a}:teacher", f"{b}:librarian"}
    assert {one["slug"]: one["roles"] for one in found["schools"]} == {a: ["teacher"], b: ["librarian"]}
    assert found["school"] in {a, b}


@pytest.mark.parametrize(
    ("who", "groups"),
    [
        ("student", ["{a}:student"]),
        ("father", ["{a}:parent"]),
        ("office_admin", ["office:office_admin"]),
        ("homeroom", ["{a}:homeroom", "{a}:teacher"]),
    ],
)
def test_everybody_is_in_the_groups_of_their_roles(world: World, party: Party, who: str, groups: list[str]) -> None:
    found = party.userinfo(party.tokens(sign_in(world.people[who]))["access_token"]).json()
    assert sorted(found["groups"]) == [group.format(a=world.a.school.slug) for group in groups]


def test_an_ended_appointment_is_in_no_group(world: World, party: Party, browser: Client) -> None:
    yesterday = datetime.date.today() - datetime.timedelta(days=1)
    Membership.objects.filter(user=world.a.teacher).update(
        starts=yesterday - datetime.timedelta(days=30), ends=yesterday
    )
    world.a.teacher.teaching.update(starts=yesterday - datetime.timedelta(days=30), ends=yesterday)
    assert party.userinfo(party.tokens(browser)["access_token"]).json()["groups"] == []


def test_the_rosters_address_is_told_and_called_verified(world: World, party: Party) -> None:
    User.objects.filter(pk=world.a.teacher.pk).update(email="toan@truong.example")
    world.a.teacher.refresh_from_db()
    found = party.userinfo(party.tokens(sign_in(world.a.teacher))["access_token"]).json()
    assert (found["email"], found["email_verified"]) == ("toan@truong.example", True)


def test_the_address_of_an_imported_list_reaches_the_application(world: World, party: Party) -> None:
    head = ["STT", "Mã cán bộ", "Họ và tên", "Ngày sinh", "Giới tính", "Điện thoại", "Email", "Chức vụ"]
    row = [1, "CB-01", "Trần Thị Hiệu", "02/03/1980", "Nữ", "0912000333", "Hieu@truong.example", "Giáo viên"]
    outcome = roster_import(school=world.a.school, kind="staff", content=xlsx([row], head=head))
    assert outcome.written, outcome.faults
    found = party.userinfo(party.tokens(sign_in(User.objects.get(phone="+84912000333")))["access_token"]).json()
    assert found["email"].lower() == "hieu@truong.example"
    assert found["email_verified"] is True


def test_an_address_of_two_people_is_not_called_verified(world: World, party: Party) -> None:
    """Applications join accounts by a verified address: the second person would be let in as the first."""
    both = [world.a.teacher.pk, world.a.student.pk]
    User.objects.filter(pk__in=both).update(email="chung@truong.example")
    User.objects.filter(pk=world.a.student.pk).update(email="CHUNG@truong.example")
    world.a.student.refresh_from_db()
    found = party.userinfo(party.tokens(sign_in(world.a.student))["access_token"]).json()
    assert found["email_verified"] is False


def test_only_what_the_scopes_open_is_told(party: Party, browser: Client) -> None:
    tokens = party.tokens(browser, scope="openid")
    assert set(party.userinfo(tokens["access_token"]).json()) == {"sub"}
    assert not {"name", "email", "groups"} & set(claims(tokens["id_token"]))


def test_discovery_offers_what_is_there_and_nothing_else(party: Party, browser: Client) -> None:
    found = browser.get(WELL_KNOWN).json()
    assert found["issuer"] == "http://localhost:8000"
    assert found["response_types_supported"] == ["code"]
    assert found["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["backchannel_logout_session_supported"] is True
    names = [name for name in found if name.endswith("_endpoint") or name == "jwks_uri"]
    assert len(names) == 7
    for name in names:
        assert found[name].startswith("http://localhost:8000/")
        assert browser.get(found[name].removeprefix("http://localhost:8000")).status_code != 404


def test_the_issuer_is_no_matter_of_the_host_header(party: Party) -> None:
    """Behind its other name the platform is the same provider, not a second one."""
    found = Client(headers={"host": "127.0.0.1:8000"}).get(WELL_KNOWN).json()
    assert {value.split("/")[2] for value in found.values() if str(value).startswith("http")} == {"localhost:8000"}


@pytest.mark.parametrize("place", ["school", "content", "stranger"])
def test_no_other_host_is_a_provider(world: World, party: Party, place: str) -> None:
    hosts = {
        "school": f"{world.a.school.slug}.localhost:8000",
        "content": "content.localhost:8000",
        "stranger": "evil.example",
    }
    elsewhere = Client(headers={"host": hosts[place]})
    for path in (WELL_KNOWN, "/.well-known/jwks.json", party.address(), "/identity/o/api/userinfo"):
        assert elsewhere.get(path).status_code == 404
    # A school's portal answers every address it does not know by a page of its own, which takes no form.
    assert elsewhere.post("/identity/o/api/token", {}).status_code in {404, 405}


def test_the_library_offers_no_device_nor_registration_endpoint(browser: Client) -> None:
    for path in ("/identity/o/device", "/identity/o/api/device/code", "/identity/o/api/clients"):
        assert browser.get(path).status_code == 404
        assert browser.post(path, {}).status_code == 404


def test_a_token_in_the_address_is_not_taken(party: Party, browser: Client) -> None:
    token = party.tokens(browser)["access_token"]
    assert party.server.get(f"{USERINFO}?access_token={token}").status_code in {400, 401}
    assert party.userinfo("nonsense").status_code == 401


def test_a_stranger_signs_in_first_and_comes_back_to_the_same_request(world: World, party: Party) -> None:
    stranger = Client(headers={"host": "localhost:8000"})
    to_login = party.ask(stranger)
    assert to_login.headers["Location"].startswith("/dang-nhap/?next=/identity/o/authorize")
    world.a.teacher.set_password("bút chì và thước kẻ")
    world.a.teacher.save()
    form = {"login": world.a.teacher.code, "password": "bút chì và thước kẻ"}
    back = stranger.post(to_login.headers["Location"], form)
    assert answer(stranger.get(back.headers["Location"]))["state"] == "s1"


def test_a_public_application_needs_no_secret_but_its_verifier(world: World, key: Any, browser: Client) -> None:
    party = register(world, public=True, redirect_uris=["vn.example.app:/back"])
    assert party.secret == ""
    code = party.code(browser)
    values = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "vn.example.app:/back",
        "client_id": party.id,
    }
    assert party.server.post("/identity/o/api/token", values).status_code == 400
    right = party.server.post("/identity/o/api/token", values | {"code_verifier": party.verifier})
    assert right.status_code == 200
