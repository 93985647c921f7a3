"""What REST tells is what the CSV tells, entity by entity."""

import csv
import io
import zipfile
from typing import Any

import pytest

from school.identity.models import User
from school.organisation.models import School
from school.roster.oneroster.columns import V12
from school.roster.pictures import picture_take
from school.roster.services import oneroster_export
from tests.school.roster.rest.reader import ALL_SCOPES, Reading, reader
from tests.world import World

pytestmark = pytest.mark.django_db
LISTS = ("academicSessions", "orgs", "courses", "classes", "users", "enrollments", "demographics")
NAMES = {"agents": "agentSourcedIds", "terms": "termSourcedIds"}


def rows(schools: list[School]) -> dict[str, list[dict[str, str]]]:
    content = oneroster_export(version=V12, schools=schools, by=None)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
        }


def cell(value: Any) -> str:
    """A field of the JSON as the CSV has it; lists in any order."""
    if isinstance(value, dict):
        return str(value["sourcedId"])
    return ",".join(sorted(map(cell, value))) if isinstance(value, list) else str(value)


def column(name: str, value: Any) -> str:
    if name in NAMES:
        return NAMES[name]
    return f"{name}SourcedId" if isinstance(value, dict) else name


def same(told: list[dict[str, Any]], wanted: list[dict[str, str]], without: set[str]) -> None:
    found = {}
    for one in told:
        assert one.pop("status") == "active"
        assert one.pop("dateLastModified")
        found[one["sourcedId"]] = {
            column(name, value): cell(value) for name, value in one.items() if name not in without
        }
    assert len(found) == len(told)
    given = {
        row["sourcedId"]: {
            name: ",".join(sorted(value.split(","))) if name.endswith("Ids") or name == "grades" else value
            for name, value in row.items()
            if value
        }
        for row in wanted
    }
    assert found == given


def both(reading: Any, schools: list[School]) -> None:
    wanted = rows(schools)
    for name in LISTS:
        told = reading.all(name)
        if name == "users":
            roles = [
                {"userSourcedId": one["sourcedId"]} | {column(key, value): cell(value) for key, value in role.items()}
                for one in told
                for role in one["roles"]
            ]
            given = [
                {key: value for key, value in row.items() if value and key != "sourcedId"} for row in wanted["roles"]
            ]
            assert sorted(roles, key=str) == sorted(given, key=str)
        same(told, wanted[name], {"roles", "children"})


@pytest.fixture
def shared(world: World) -> World:
    """A teacher, a librarian and a father who are at both schools."""
    from school.organisation.models import Guardianship, Membership
    from school.roles import Role

    starts = world.year.starts
    Membership.objects.create(user=world.a.teacher, role=Role.TEACHER, node=world.b.school.node, starts=starts)
    Membership.objects.create(user=world.b.librarian, role=Role.LIBRARIAN, node=world.a.school.node, starts=starts)
    Guardianship.objects.create(guardian=world.a.father, student=world.b.student, relation="father", starts=starts)
    return world


def test_a_reader_of_one_school_is_told_what_its_set_tells(shared: World) -> None:
    both(reader(shared, shared.a.school), [shared.a.school])


def test_a_reader_of_all_schools_is_told_what_the_offices_set_tells(shared: World) -> None:
    both(reader(shared), list(School.objects.select_related("node").order_by("pk")))


def test_who_is_at_two_schools_is_one_person_with_a_primary_role_in_each(shared: World) -> None:
    found = [one for one in reader(shared).all("users") if one["username"] == shared.a.teacher.code]
    assert len(found) == 1
    roles = [(role["org"]["sourcedId"], role["roleType"]) for role in found[0]["roles"]]
    assert len({org for org, _ in roles}) == 2
    assert [kind for _, kind in roles].count("primary") == 2


@pytest.mark.timeout(600)
def test_of_the_demonstrations_district_both_tell_the_same(db: None) -> None:
    from config.demo.district import OFFICE_CODE, district_make
    from config.demo.people import lists_import, two_roles_make
    from school.oidc.models import Application
    from school.oidc.services import reader_save
    from school.organisation.models import Node

    district_make()
    lists_import()
    two_roles_make()
    office = Node.objects.get(code=OFFICE_CODE)
    values = {"name": "Kho học liệu", "scopes": ALL_SCOPES, "all_schools": True, "schools": []}
    by = User.objects.filter(memberships__node=office).first()
    reading = Reading(*reader_save(office=office, values=values, by=by))
    for school in School.objects.all():
        picture_take(school.pk)
    assert len(reading.all("users")) > 500
    both(reading, list(School.objects.select_related("node").order_by("pk")))
    assert Application.objects.get().last_read
