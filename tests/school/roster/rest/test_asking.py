"""Pages, order, conditions and fields; what cannot be understood is refused, never half understood."""

import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Membership
from school.roles import Role
from school.roster.models import RestRow
from school.roster.pictures import picture_take
from tests.school.roster.rest.reader import ROOT, Reading, reader
from tests.school.roster.rest.test_rights import ids_of, word
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(world: World) -> Reading:
    User.objects.filter(pk=world.a.teacher.pk).update(email="toan@truong.example", given_name="O'Brien")
    return reader(world)


def codes(found: list[dict[str, Any]]) -> list[str]:
    return sorted(one["username"] for one in found)


def links(answered: Any) -> dict[str, str]:
    parts = [part.partition(">; rel=") for part in answered.headers["Link"].split(", <")]
    return {rel.strip('"'): address.removeprefix("<") for address, _, rel in parts}


@pytest.mark.parametrize("path", ["users", "enrollments", "orgs", "academicSessions", "students"])
def test_the_pages_together_are_the_whole_each_thing_once(mine: Reading, path: str) -> None:
    whole = mine.all(path)
    found: list[Any] = []
    answered = mine.get(path, limit=2, filter="status='active'")
    first = links(answered)["first"]
    while True:
        found += next(iter(answered.json().values()))
        assert answered.headers["X-Total-Count"] == str(len(whole))
        address = links(answered).get("next")
        if address is None:
            break
        parts = urlsplit(address)
        assert (parts.scheme, parts.netloc) == ("http", "localhost:8000")
        assert dict(parse_qsl(parts.query))["filter"] == "status='active'"
        answered = mine.get(parts.path.removeprefix(ROOT), **dict(parse_qsl(parts.query)))
        assert links(answered)["first"] == first
    assert found == whole
    assert len({one["sourcedId"] for one in found}) == len(found)
    last = urlsplit(links(answered)["last"])
    assert mine.get(last.path.removeprefix(ROOT), **dict(parse_qsl(last.query))).json() == answered.json()


def test_a_page_behind_the_end_is_empty_and_leads_back(mine: Reading) -> None:
    answered = mine.get("schools", offset=100)
    assert answered.json() == {"orgs": []}
    assert set(links(answered)) == {"first", "last", "prev"}


def test_a_hundred_are_given_when_nothing_is_said(mine: Reading, world: World) -> None:
    for number in range(101):
        user = User.objects.create(code=f"nv-{number}", full_name=f"Nguyễn Văn {number}")
        Membership.objects.create(user=user, role=Role.EMPLOYEE, node=world.a.school.node, starts=world.year.starts)
    picture_take(world.a.school.pk)
    assert len(mine.get("users").json()["users"]) == 100


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("username='a-gv1'", ["a-gv1"]),
        ("email='toan@truong.example'", ["a-gv1"]),
        ("email~'TRUONG'", ["a-gv1"]),
        ("givenName='O''Brien'", ["a-gv1"]),
        ("username>='b-ht' AND username<='b-pht'", ["b-hs1", "b-hs2", "b-hs3", "b-ht", "b-pht"]),
        ("username='a-gv1' OR username='b-gv1'", ["a-gv1", "b-gv1"]),
        ("username='a-gv1' OR username='b-gv1' AND enabledUser='false'", ["a-gv1"]),
        ("roles.role='librarian'", []),
        ("roles.role='ext:librarian'", ["a-tv", "b-tv"]),
        ("roles.role!='student' AND roles.role!='parent' AND roles.role!='teacher' AND username~'a-'", None),
        ("username='a-gv1' AND status='tobedeleted'", []),
        ("username='a-gv1' AND status!='tobedeleted'", ["a-gv1"]),
        ("username = 'a-gv1'", ["a-gv1"]),
        ("enabledUser='TRUE' AND username='a-gv1'", ["a-gv1"]),
        ("dateLastModified>'2099-01-01'", []),
        ("dateLastModified<'2099-01-01T00:00:00.000Z' AND username='a-gv1'", ["a-gv1"]),
        ("grades='06' AND username='a-gv1'", []),
        ("username=''", []),
    ],
)
def test_a_condition_gives_exactly_those(mine: Reading, condition: str, expected: list[str] | None) -> None:
    if expected is None:
        expected = ["a-cntt", "a-ht", "a-pht", "a-tv"]
    elif "b-hs1" in expected:
        expected = [one for one in codes(mine.all("users")) if "b-ht" <= one <= "b-pht"]
        assert len(expected) > 1
    assert codes(mine.all("users", filter=condition)) == expected


def test_conditions_reach_into_references_lists_and_roles(mine: Reading, world: World) -> None:
    ids = ids_of(world, world.a.school)
    school, pupil = ids["schoolSourcedId"], ids["studentSourcedId"]
    assert len(mine.all("classes", filter=f"school.sourcedId='{school}'")) == len(mine.all(f"schools/{school}/classes"))
    assert len(mine.all("users", filter=f"roles.org.sourcedId='{school}'")) < len(mine.all("users"))
    parents = mine.all("users", filter=f"agents.sourcedId='{pupil}'")
    assert parents
    assert all(pupil in {agent["sourcedId"] for agent in one["agents"]} for one in parents)
    assert {one["classCode"] for one in mine.all("classes", filter="subjectCodes='TOAN'")} == {"6A1/TOAN"}
    assert len(mine.all("classes", filter="grades='06'")) == len(mine.all("classes", filter="grades~'06,07'"))
    assert mine.all("classes", filter="grades='06,07'") == []
    assert mine.all("classes", filter="grades!='06'") == []
    assert mine.all("enrollments", filter=f"user.sourcedId='{pupil}' AND role='student'")


def test_a_list_of_two_schools_is_searched_in_both(world: World) -> None:
    """The father's children at two schools: found by either."""
    Guardianship.objects.create(
        guardian=world.a.father, student=world.b.student, relation="father", starts=world.year.starts
    )
    mine = reader(world)
    ids = {one["username"]: one["sourcedId"] for one in mine.all("users")}
    for child in (world.a.student, world.b.student):
        found = mine.all("users", filter=f"agents.sourcedId='{ids[child.code]}' AND username='{world.a.father.code}'")
        assert [one["username"] for one in found] == [world.a.father.code]
        assert len(found[0]["agents"]) == 2


def test_the_order_is_the_one_asked_for(mine: Reading) -> None:
    found = [one["username"] for one in mine.all("users", sort="username")]
    assert found == sorted(found)
    assert [one["username"] for one in mine.all("users", sort="username", orderBy="desc")] == found[::-1]
    ids = [one["sourcedId"] for one in mine.all("users")]
    assert ids == sorted(ids)
    assert mine.all("users", sort="dateLastModified", orderBy="desc")


def test_only_the_fields_asked_for_are_told(mine: Reading) -> None:
    assert {frozenset(one) for one in mine.all("users", fields="sourcedId,givenName, roles")} == {
        frozenset({"sourcedId", "givenName", "roles"})
    }
    one = mine.all("schools")[0]["sourcedId"]
    assert list(mine.get(f"schools/{one}", fields="name").json()["org"]) == ["name"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": "0"}, "invaliddata"),
        ({"limit": "-1"}, "invaliddata"),
        ({"limit": "10001"}, "invaliddata"),
        ({"limit": "٣"}, "invaliddata"),
        ({"limit": "ten"}, "invaliddata"),
        ({"offset": "-1"}, "invaliddata"),
        ({"offset": "9" * 30}, "invaliddata"),
        ({"orderBy": "up"}, "invaliddata"),
        ({"sort": "nothing"}, "invaliddata"),
        ({"sort": "agents"}, "invaliddata"),
        ({"sort": "roles.role"}, "invaliddata"),
        ({"fields": "nothing"}, "invalid_selection_field"),
        ({"fields": "sourcedId,,name"}, "invalid_selection_field"),
        ({"fields": "password"}, "invalid_selection_field"),
        ({"filter": "username"}, "invalid_filter_field"),
        ({"filter": "username=a-gv1"}, "invalid_filter_field"),
        ({"filter": "username='a"}, "invalid_filter_field"),
        ({"filter": "username='a' username='b'"}, "invalid_filter_field"),
        ({"filter": "username='a' AND"}, "invalid_filter_field"),
        ({"filter": "username='a' XOR username='b'"}, "invalid_filter_field"),
        ({"filter": "nothing='a'"}, "invalid_filter_field"),
        ({"filter": "password='a'"}, "invalid_filter_field"),
        ({"filter": "cells='a'"}, "invalid_filter_field"),
        ({"filter": "school__name='a'"}, "invalid_filter_field"),
        ({"filter": "roles='a'"}, "invalid_filter_field"),
        ({"filter": "roles.sourcedId='a'"}, "invalid_filter_field"),
        ({"filter": "username.sourcedId='a'"}, "invalid_filter_field"),
        ({"filter": "grades>'06'"}, "invalid_filter_field"),
        ({"filter": "status>'active'"}, "invalid_filter_field"),
        ({"filter": "status='gone'"}, "invalid_filter_field"),
        ({"filter": "dateLastModified>'yesterday'"}, "invalid_filter_field"),
        ({"filter": "dateLastModified>'2026-02-30'"}, "invalid_filter_field"),
        ({"filter": "dateLastModified~'2026'"}, "invalid_filter_field"),
        ({"filter": "username='a\x00'"}, "invalid_filter_field"),
        ({"filter": " OR ".join(["username='a'"] * 11)}, "invalid_filter_field"),
        ({"filter": f"username='{'a' * 2000}'"}, "invalid_filter_field"),
    ],
)
def test_what_is_not_understood_is_refused(mine: Reading, query: dict[str, str], expected: str) -> None:
    assert word(mine.get("users", **query)) == (400, expected)


@pytest.mark.parametrize("value", ["%", "_", "' OR 1=1 --", '"', "\\", "ễ", "{}", "%s"])
def test_odd_letters_mean_themselves(mine: Reading, value: str) -> None:
    quoted = value.replace("'", "''")
    for operator in ("=", "~", "!="):
        answered = mine.get("users", filter=f"familyName{operator}'{quoted}'")
        assert answered.status_code == 200
        assert (answered.headers["X-Total-Count"] == "0") is (operator == "=" or (operator == "~" and value != "ễ"))


def test_what_belongs_to_what(mine: Reading, world: World) -> None:
    ids = ids_of(world, world.a.school)
    school = ids["schoolSourcedId"]
    (home,) = [one["sourcedId"] for one in mine.all(f"schools/{school}/classes", filter="classCode='6A1'")]
    pupils = codes(mine.all(f"classes/{home}/students"))
    in_class = Enrolment.objects.filter(school_class=world.a.class1)
    assert pupils == sorted(in_class.values_list("student__code", flat=True))
    assert codes(mine.all(f"schools/{school}/classes/{home}/students")) == pupils
    assert codes(mine.all(f"classes/{home}/teachers")) == [world.a.homeroom.code]
    assert set(pupils) <= set(codes(mine.all(f"schools/{school}/students")))
    assert all(one.startswith("b-") is False for one in codes(mine.all(f"schools/{school}/teachers")))
    placed = mine.all(f"schools/{school}/classes/{home}/enrollments")
    assert len(placed) == len(pupils) + 1
    pupil = next(one["user"]["sourcedId"] for one in placed if one["role"] == "student")
    found = {one["classCode"] for one in mine.all(f"students/{pupil}/classes")}
    assert (
        found == {"6A1", "6A1/TOAN", "6A1/NGU_VAN"} == {one["classCode"] for one in mine.all(f"users/{pupil}/classes")}
    )
    assert word(mine.get(f"teachers/{pupil}/classes")) == (404, "unknownobject")
    terms = mine.all(f"schools/{school}/terms")
    assert {one["type"] for one in terms} == {"schoolYear", "semester"}
    for term in terms:
        assert len(mine.all(f"terms/{term['sourcedId']}/classes")) == len(mine.all("classes"))
        assert mine.all(f"terms/{term['sourcedId']}/gradingPeriods") == []
    course = mine.all(f"schools/{school}/courses", filter="courseCode='TOAN'")[0]["sourcedId"]
    assert [one["classCode"] for one in mine.all(f"courses/{course}/classes")] == ["6A1/TOAN"]


def test_a_class_is_not_found_under_another_school(mine: Reading, world: World) -> None:
    a, b = ids_of(world, world.a.school), ids_of(world, world.b.school)
    for what in ("students", "teachers", "enrollments"):
        path = f"schools/{a['schoolSourcedId']}/classes/{b['classSourcedId']}/{what}"
        assert word(mine.get(path)) == (404, "unknownobject")


def test_every_reference_leads_to_something(mine: Reading) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["href"]] if "href" in value else []
            return own + [one for part in value.values() for one in references(part)]
        return [one for part in value for one in references(part)] if isinstance(value, list) else []

    found = {
        href
        for path in ("academicSessions", "orgs", "courses", "classes", "users", "enrollments", "demographics")
        for one in mine.all(path)
        for href in references(one)
    }
    assert len(found) > 30
    for href in sorted(found):
        assert mine.get(urlsplit(href).path.removeprefix(ROOT)).status_code == 200, href


PATHS = (
    "users",
    "students",
    "classes",
    "enrollments",
    "orgs",
    "academicSessions",
    "demographics",
    "schools/{}/students",
)


def test_a_page_costs_the_same_however_large_the_district(mine: Reading, world: World) -> None:
    school = ids_of(world, world.a.school)["schoolSourcedId"]
    mine.get("demographics")
    mine.get("users")
    few = [counted(mine, path.format(school)) for path in PATHS]
    for number in range(120):
        user = User.objects.create(
            code=f"hs-{number}", full_name=f"Nguyễn Văn {number}", birth_date=datetime.date(2015, 1, 1)
        )
        Enrolment.objects.create(
            student=user, school_class=world.a.class1, school=world.a.school, starts=world.year.starts
        )
    picture_take(world.a.school.pk)
    assert RestRow.objects.count() > 600
    assert [counted(mine, path.format(school)) for path in PATHS] == few
    assert max(few) <= 12


def counted(mine: Reading, path: str) -> int:
    with CaptureQueriesContext(connection) as made:
        assert mine.get(path, limit=100, filter="status='active'").status_code == 200
    # The fence and the cache in the embedded mode are not the page's questions.
    return len([one for one in made if "set_config" not in one["sql"] and '"cache"' not in one["sql"]])
