"""Who may read what: tokens, scopes, schools; what is turned off stops at once; every reading is in the trail."""

import datetime
from typing import Any

import pytest
from allauth.idp.oidc.models import Token
from django.db import connection
from django.test import Client
from django.utils import timezone

from school.audit.models import Entry
from school.oidc.models import ROSTER, ROSTER_CORE, ROSTER_DEMOGRAPHICS, Application
from school.oidc.services import application_secret, application_switch, reader_save
from school.organisation.models import Guardianship
from school.organisation.services import node_create, school_create
from school.roster.models import RestPicture, RestRow
from school.roster.pictures import pictures_due, pictures_forget, schools_read
from school.roster.rest.operations import OPERATIONS
from school.roster.rest.reading import Reader
from school.row_security import Reach, fenced
from school.row_security.context import _reach, enabled
from tests.school.oidc.party import Party, register
from tests.school.roster.rest.reader import ROOT, TOKEN, reader
from tests.world import World

pytestmark = pytest.mark.django_db


def word(answered: Any) -> tuple[int, str]:
    """The status and the specification's word for a refusal."""
    body = answered.json()
    assert (body["imsx_codeMajor"], body["imsx_severity"]) == ("failure", "error")
    assert body["imsx_description"]
    return answered.status_code, body["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]


def ids_of(world: World, school: Any) -> dict[str, str]:
    """For every parameter of an address the sourcedId of something of this school."""
    rows = RestRow.objects.filter(school=school, live=True)
    pupil = rows.filter(file="roles", word="student").first().person
    class_id = rows.filter(file="enrollments", person=pupil).first().place
    year = rows.filter(file="academicSessions").first().sourced_id
    return {
        "schoolSourcedId": rows.get(file="orgs", word="school").sourced_id,
        "classSourcedId": class_id,
        "courseSourcedId": rows.filter(file="courses").first().sourced_id,
        "termSourcedId": year,
        "studentSourcedId": pupil,
        "teacherSourcedId": rows.filter(file="roles", word="teacher").first().person,
        "userSourcedId": pupil,
    }


def single(kind: str, school: Any) -> str:
    found = Reader((school.pk,)).kind(kind).first()
    return found.sourced_id if found else "none"


def test_a_reader_of_one_school_gets_nothing_of_another_at_any_address(world: World) -> None:
    """Every address of the service, with ids of the own school and with those of the other."""
    mine = reader(world, world.a.school)
    reader(world, world.b.school, name="B")
    own = {row.sourced_id for row in RestRow.objects.filter(school=world.a.school)}
    foreign = {row.sourced_id for row in RestRow.objects.filter(school=world.b.school)} - own
    values = ids_of(world, world.a.school), ids_of(world, world.b.school)
    asked = 0
    for operation in OPERATIONS:
        for whose, (school, given) in enumerate(zip((world.a.school, world.b.school), values, strict=True)):
            path = operation.path
            for name in operation.takes:
                own_org = given["schoolSourcedId"] if operation.kind == "orgs" else ""
                path = path.replace(f"{{{name}}}", given.get(name) or own_org or single(operation.kind, school))
            answered = mine.get(path, **({"limit": 10_000} if operation.many else {}))
            asked += 1
            text = answered.content.decode()
            assert not [one for one in foreign if one in text.replace(path, "")], path
            shared = operation.path.split("/")[0] in {"academicSessions", "terms"}
            if operation.takes and whose and not shared:
                assert word(answered) == (404, "unknownobject"), path
            elif "gradingPeriods/" in path:
                assert answered.status_code == 404, "there are no grading periods here"
            else:
                assert answered.status_code == 200, (path, text)
    assert asked == 2 * len(OPERATIONS) == 2 * 41


def test_without_a_token_nothing_is_told_at_any_address(world: World) -> None:
    server = Client(headers={"host": "localhost:8000"})
    for operation in OPERATIONS:
        answered = server.get(ROOT + operation.path.replace("{", "").replace("}", ""))
        assert word(answered) == (401, "unauthorisedrequest"), operation.path
        assert answered.headers["WWW-Authenticate"].startswith("Bearer")
    assert server.post(f"{ROOT}users", {}).status_code == 405
    wrong = server.get(f"{ROOT}users", headers={"Authorization": "Bearer nothing"})
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]


def test_another_host_of_the_district_does_not_answer(world: World) -> None:
    mine = reader(world, world.a.school)
    mine.take()
    elsewhere = Client(headers={"host": f"{world.a.school.slug}.localhost:8000"})
    assert elsewhere.get(f"{ROOT}users", headers={"Authorization": f"Bearer {mine.token}"}).status_code == 404


def test_a_token_of_a_person_is_no_token_here(world: World, key: Any, browser: Client) -> None:
    party: Party = register(world)
    token = party.tokens(browser)["access_token"]
    answered = party.server.get(f"{ROOT}users", headers={"Authorization": f"Bearer {token}"})
    assert word(answered) == (401, "unauthorisedrequest")


@pytest.mark.parametrize(
    ("scopes", "open_", "shut"),
    [
        ([ROSTER_CORE], ["users", "students"], ["demographics", "schools/x/students", "classes/x/students"]),
        ([ROSTER], ["users", "terms"], ["demographics"]),
        ([ROSTER_DEMOGRAPHICS], ["demographics"], ["users", "schools/x/students"]),
    ],
)
def test_scopes_open_their_own_addresses_alone(
    world: World, scopes: list[str], open_: list[str], shut: list[str]
) -> None:
    mine = reader(world, world.a.school, scopes=scopes)
    for path in open_:
        assert mine.get(path).status_code == 200, path
    for path in shut:
        answered = mine.get(path)
        assert word(answered) == (403, "forbidden"), path
        assert "insufficient_scope" in answered.headers["WWW-Authenticate"]


def test_births_and_sex_are_nowhere_but_in_demographics(world: World) -> None:
    world.a.student.gender = "F"
    world.a.student.save()
    mine = reader(world, world.a.school)
    born = world.a.student.birth_date.isoformat()
    assert (born, "female") in {(one.get("birthDate"), one.get("sex")) for one in mine.all("demographics")}
    for operation in OPERATIONS:
        if operation.many and not operation.takes and operation.kind != "demographics":
            text = mine.get(operation.path).content.decode()
            assert born not in text, operation.path
            assert "female" not in text, operation.path
    assert word(mine.get("users", filter=f"birthDate='{born}'")) == (400, "invalid_filter_field")


def test_a_token_may_ask_for_less_and_gets_no_more_than_the_office_gave(world: World) -> None:
    mine = reader(world, world.a.school, scopes=[ROSTER, ROSTER_CORE])
    less = mine.take(scope=ROSTER_CORE).json()
    assert (less["scope"], less["expires_in"], "refresh_token" in less) == (ROSTER_CORE, 600, False)
    assert word(mine.get("classes/x/students")) == (403, "forbidden")
    gradebook = ROSTER.replace("roster.", "gradebook.")
    assert mine.take(scope=f"{ROSTER} {gradebook} {ROSTER_DEMOGRAPHICS}").json()["scope"] == ROSTER
    refused = mine.take(scope=ROSTER_DEMOGRAPHICS)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


def test_only_its_secret_gives_a_reader_a_token(world: World) -> None:
    mine = reader(world, world.a.school)
    mine.secret = "wrong"
    assert mine.take().status_code == 401
    assert (
        mine.server.post(TOKEN, {"grant_type": "client_credentials", "client_id": mine.application.pk}).status_code
        == 401
    )


def test_a_reader_signs_nobody_in(world: World, key: Any, browser: Client) -> None:
    mine = reader(world, world.a.school)
    party = Party(mine.application, mine.secret)
    assert party.ask(browser).status_code == 400
    assert party.ask(browser, redirect_uri=None).status_code == 400
    for kind in ("authorization_code", "refresh_token"):
        answered = mine.server.post(TOKEN, {"grant_type": kind, "code": "x", "refresh_token": "x"}, headers=mine.basic)
        assert answered.status_code in {400, 401}


def test_turned_off_changed_or_with_a_new_secret_an_application_reads_no_more_at_once(world: World) -> None:
    mine = reader(world)
    assert mine.get("users").status_code == 200
    application_switch(application=mine.application, on=False, by=world.office_admin)
    assert word(mine.get("users")) == (401, "unauthorisedrequest")
    application_switch(application=mine.application, on=True, by=world.office_admin)
    assert mine.get("users").status_code == 401, "an old token came back to life"
    mine.take()
    Application.objects.filter(pk=mine.application.pk).update(enabled=False)
    assert mine.get("users").status_code == 401, "a change past every signal went unseen"
    Application.objects.filter(pk=mine.application.pk).update(enabled=True)
    assert mine.get("demographics").status_code == 200
    values = {"name": "x", "scopes": [ROSTER_CORE], "all_schools": False, "schools": [world.a.school]}
    reader_save(office=world.office, values=values, by=world.office_admin, application=mine.application)
    assert word(mine.get("demographics")) == (403, "forbidden")
    assert [one["identifier"] for one in mine.all("schools")] == [world.a.school.code]
    application_secret(application=mine.application, by=world.office_admin)
    assert mine.get("users").status_code == 401


def test_a_token_ends_after_ten_minutes(world: World) -> None:
    mine = reader(world, world.a.school)
    assert mine.get("users").status_code == 200
    Token.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    assert mine.get("users").status_code == 401


def test_all_schools_are_those_of_the_office_and_no_others(world: World) -> None:
    mine = reader(world)
    elsewhere = node_create(kind="office", name="Phòng khác", code="PK")
    school_create(code="01999999", name="THCS Nơi Khác", levels=["thcs"], parent=elsewhere, ward="Xa")
    assert {one["name"] for one in mine.all("schools")} == {world.a.school.name, world.b.school.name}
    node = world.b.school.node
    Application.objects.filter(pk=mine.application.pk).update(office=node)
    assert [one["name"] for one in mine.all("schools")] == [world.b.school.name]


def test_each_hours_reading_is_in_the_trail_of_its_school(world: World) -> None:
    mine = reader(world, world.a.school)
    for _ in range(3):
        mine.get("users")
        mine.get("classes")
    (entry,) = Entry.objects.filter(action="roster_read")
    assert (entry.school_id, entry.actor_id) == (world.a.school.pk, None)
    assert (entry.target_pk, entry.detail["reads"]) == (mine.application.pk, "roster")
    mine.get("demographics")
    assert Entry.objects.filter(action="roster_read", detail__reads="demographics").count() == 1
    mine.application.refresh_from_db()
    assert timezone.now() - mine.application.last_read < datetime.timedelta(minutes=1)


def test_the_schools_own_head_finds_the_reading_in_the_trail(world: World, client_for: Any) -> None:
    reader(world, world.a.school, name="Thư viện của quận").get("users")
    page = client_for(world.a.principal, headers={"host": "localhost:8000"}).get("/nhat-ky/").content.decode()
    assert "Ứng dụng đọc danh sách" in page
    assert "Thư viện của quận" in page
    other = client_for(world.b.principal, headers={"host": "localhost:8000"}).get("/nhat-ky/").content.decode()
    assert "Thư viện của quận" not in other


def test_a_reader_that_asks_too_often_is_told_when_to_come_back(world: World, settings: Any) -> None:
    settings.ONEROSTER_RATE = 3
    mine, other = reader(world, world.a.school), reader(world, world.a.school, name="Khác")
    found = [mine.get("orgs") for _ in range(5)]
    assert [one.status_code for one in found][:3] == [200, 200, 200]
    if found[-1].status_code == 200:  # the minute changed between the requests
        found.append(mine.get("orgs"))
    assert word(found[-1]) == (429, "server_busy")
    assert 0 < int(found[-1].headers["Retry-After"]) <= 60
    assert other.get("orgs").status_code == 200


def test_a_part_is_never_told_as_the_whole(world: World, settings: Any) -> None:
    """While a school is not pictured yet, or was too long ago, a reader waits; the worker is asked to picture it."""
    mine = reader(world)
    RestPicture.objects.filter(school=world.b.school).delete()
    RestRow.objects.filter(school=world.b.school).delete()
    answered = mine.get("users")
    assert word(answered) == (429, "server_busy")
    assert answered.headers["Retry-After"] == "30"
    assert mine.get("users").status_code == 200, "the worker had it pictured meanwhile"
    RestPicture.objects.update(taken=timezone.now() - datetime.timedelta(hours=25))
    from django.core.cache import cache

    cache.clear()
    assert mine.get("users").status_code == 429


def test_only_schools_that_are_read_are_pictured(world: World) -> None:
    assert list(schools_read()) == []
    mine = reader(world, world.a.school)
    RestPicture.objects.update(taken=timezone.now() - datetime.timedelta(minutes=11))
    assert pictures_due() == [world.a.school.pk]
    application_switch(application=mine.application, on=False, by=world.office_admin)
    assert pictures_due() == []
    assert pictures_forget() == 1
    assert RestRow.objects.count() == 0


@pytest.mark.skipif("not __import__('school.row_security.context', fromlist=['x']).enabled()")
def test_the_database_shows_a_reader_its_own_schools_alone(world: World) -> None:
    reader(world)
    assert enabled(connection)
    with fenced(Reach(frozenset({world.a.school.pk}))):
        assert set(RestRow.objects.values_list("school", flat=True)) == {world.a.school.pk}
        assert Guardianship.objects.filter(student=world.b.student).count() == 0


def test_what_the_service_reads_runs_behind_the_fence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    real = Reader._all

    def watched(self: Reader, file: str) -> Any:
        seen.append(_reach.get())
        return real(self, file)

    monkeypatch.setattr(Reader, "_all", watched)
    mine = reader(world, world.a.school)
    for operation in OPERATIONS:
        before = len(seen)
        mine.get(operation.path.replace("{", "").replace("}", ""))
        assert len(seen) > before, operation.path
    assert set(seen) == {Reach(frozenset({world.a.school.pk}))}
