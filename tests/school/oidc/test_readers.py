"""The office lets an application read the roster: what it chooses, what is shown once, and who may."""

from typing import Any

import pytest
from django.test import Client

from school.audit.models import Entry
from school.oidc.models import ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS, Application
from school.organisation.services import node_create, school_create
from tests.shared import proved
from tests.world import World

pytestmark = pytest.mark.django_db
NEW = "/ung-dung/moi/doc-danh-sach/"
TOKEN = "/identity/o/api/token"


@pytest.fixture
def office(world: World, client_for: Any) -> Client:
    client: Client = client_for(world.office_admin, headers={"host": "localhost:8000"})
    return client


def form(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Thư viện số",
        "office": world.office.pk,
        "reads": ROSTER,
        "reach": "chosen",
        "schools": [world.a.school.pk],
    } | changes


def test_an_application_is_let_in_and_its_secret_shown_once(world: World, office: Client) -> None:
    answered = office.post(NEW, form(world))
    application = Application.objects.get()
    page = office.get(answered.headers["Location"])
    secret, text = page.context["secret"], page.content.decode()
    assert secret in text
    assert world.a.school.name in text
    assert world.b.school.name not in text
    assert "/ims/oneroster/rostering/v1p2/" in text
    assert "Chưa lần nào" in text
    assert secret not in office.get(answered.headers["Location"]).content.decode()
    values = {"grant_type": "client_credentials", "client_id": application.pk, "client_secret": secret}
    token = Client(headers={"host": "localhost:8000"}).post(TOKEN, values).json()
    assert set(token["scope"].split()) == {ROSTER, ROSTER_CORE}
    entry = Entry.objects.get(action="client_added")
    assert entry.actor_id == world.office_admin.pk
    assert entry.detail["schools"] == [world.a.school.name]
    assert secret not in str(entry.detail)


def test_births_and_all_schools_are_chosen_on_purpose(world: World, office: Client) -> None:
    office.post(NEW, form(world, reads=ROSTER_CORE, demographics="on", reach="all", schools=[]))
    application = Application.objects.get()
    assert application.all_schools
    assert application.client.get_scopes() == [ROSTER_CORE, ROSTER_DEMOGRAPHICS]
    text = office.get(f"/ung-dung/{application.pk}/").content.decode()
    assert "Mọi trường của phòng" in text
    changed = form(world, name="Khác", schools=[world.b.school.pk])
    assert office.post(f"/ung-dung/{application.pk}/sua/", changed).status_code == 302
    application = Application.objects.get()
    assert (application.client.name, application.all_schools) == ("Khác", False)
    assert list(application.schools.all()) == [world.b.school]
    assert application.client.get_scopes() == [ROSTER, ROSTER_CORE]
    kept = office.get(f"/ung-dung/{application.pk}/sua/").context["form"].initial
    assert (kept["reads"], kept["demographics"], kept["schools"]) == (ROSTER, False, [world.b.school.pk])


def test_the_list_says_what_each_application_is_for(world: World, office: Client) -> None:
    office.post(NEW, form(world))
    text = office.get("/ung-dung/").content.decode()
    assert "Đọc danh sách" in text
    assert "chưa đọc lần nào" in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"reads": "everything"}, "reads"),
        ({"reach": ""}, "reach"),
        ({"schools": []}, "schools"),
        ({"schools": [999_999]}, "schools"),
        ({"office": 999_999}, "office"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(world: World, office: Client, changes: dict[str, Any], field: str) -> None:
    answered = office.post(NEW, form(world, **changes))
    assert answered.status_code == 422
    assert list(answered.context["form"].errors) == [field]
    assert Application.objects.count() == 0


def test_no_school_of_another_office_can_be_chosen(world: World, office: Client) -> None:
    elsewhere = node_create(kind="office", name="Phòng khác", code="PK")
    foreign = school_create(code="01999999", name="THCS Nơi Khác", levels=["thcs"], parent=elsewhere, ward="Xa")
    assert foreign.name not in office.get(NEW).content.decode()
    assert office.post(NEW, form(world, schools=[foreign.pk])).status_code == 422
    assert office.post(NEW, form(world, office=elsewhere.pk)).status_code == 422
    assert Application.objects.count() == 0


def test_letting_in_asks_who_is_there_and_is_the_offices_alone(world: World, office: Client, client_for: Any) -> None:
    for who, user in world.people.items():
        answered = client_for(user, headers={"host": "localhost:8000"}).get(NEW)
        assert answered.status_code == (200 if who == "office_admin" else 403), who
    world.office_admin.set_password("bút chì và thước kẻ")
    world.office_admin.save()
    office.force_login(world.office_admin, backend="school.identity.backends.CodePhoneEmailBackend")
    proved(office, world.office_admin, seconds_ago=301)
    assert office.post(NEW, form(world)).headers["Location"].startswith("/xac-nhan/")
    assert Application.objects.count() == 0
