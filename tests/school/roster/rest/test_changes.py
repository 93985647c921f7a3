"""What an incremental reader is told: what has changed since it last asked, and what is gone."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Membership
from school.roster.models import RestRow, SourcedId
from school.roster.pictures import GONE, picture_take
from school.roster.services import oneroster_export
from tests.school.roster.rest.reader import Reading, reader
from tests.world import World

pytestmark = pytest.mark.django_db


def changes(mine: Reading, path: str, since: str, **more: Any) -> list[dict[str, Any]]:
    return mine.all(path, filter=f"dateLastModified>'{since}'", **more)


def latest(mine: Reading) -> str:
    """The date of the last change that a reader was told of, which it keeps until it asks again."""
    lists = ("academicSessions", "orgs", "courses", "classes", "users", "enrollments", "demographics")
    return max(one["dateLastModified"] for path in lists for one in mine.all(path))


def test_nothing_new_is_told_when_nothing_has_changed(world: World) -> None:
    mine = reader(world)
    since = latest(mine)
    assert picture_take(world.a.school.pk) == 0
    assert picture_take(world.b.school.pk) == 0
    for path in ("orgs", "users", "enrollments", "classes"):
        assert changes(mine, path, since) == []


def test_a_new_name_is_told_once_to_those_who_ask_for_changes(world: World) -> None:
    mine = reader(world)
    since = latest(mine)
    User.objects.filter(pk=world.a.student.pk).update(given_name="Ngọc Mới", full_name="Bùi Ngọc Mới")
    assert picture_take(world.a.school.pk) == 1
    (told,) = changes(mine, "users", since)
    assert (told["username"], told["givenName"]) == (world.a.student.code, "Ngọc Mới")
    assert changes(mine, "enrollments", since) == []
    assert changes(mine, "users", told["dateLastModified"]) == []
    assert changes(mine, "users", since, fields="sourcedId")[0].keys() == {"sourcedId"}
    exact = mine.all("users", filter=f"dateLastModified='{told['dateLastModified']}'")
    assert [one["sourcedId"] for one in exact] == [told["sourcedId"]]


def test_who_leaves_is_told_as_gone_with_all_that_hung_on_them(world: World) -> None:
    mine = reader(world)
    since = latest(mine)
    before = {one["username"]: one for one in mine.all("users")}[world.a.student.code]
    Enrolment.objects.filter(student=world.a.student).update(ends=today() - datetime.timedelta(days=1))
    picture_take(world.a.school.pk)
    gone = {one["sourcedId"] for one in changes(mine, "users", since) if one["status"] == "tobedeleted"}
    assert before["sourcedId"] in gone
    one = mine.get(f"users/{before['sourcedId']}").json()["user"]
    assert one["status"] == "tobedeleted"
    assert one["roles"] == before["roles"], "a reader finds what it has to take away as it was told"
    placed = changes(mine, "enrollments", since)
    assert {row["status"] for row in placed} == {"tobedeleted"}
    assert len(placed) == 3
    assert before["sourcedId"] not in {row["sourcedId"] for row in mine.all("students", filter="status='active'")}
    home = placed[0]["class"]["sourcedId"]
    assert before["sourcedId"] not in {row["sourcedId"] for row in mine.all(f"classes/{home}/students")}


def test_who_comes_back_is_active_again_under_the_same_id(world: World) -> None:
    mine = reader(world)
    ids = {one["username"]: one["sourcedId"] for one in mine.all("users")}
    moved = Enrolment.objects.filter(student=world.a.student)
    moved.update(ends=today() - datetime.timedelta(days=1))
    picture_take(world.a.school.pk)
    since = latest(mine)
    moved.update(ends=None)
    picture_take(world.a.school.pk)
    back = {one["username"]: one for one in changes(mine, "users", since)}[world.a.student.code]
    assert (back["status"], back["sourcedId"]) == ("active", ids[world.a.student.code])


def test_who_moves_to_another_school_is_gone_for_the_one_and_here_for_the_office(world: World) -> None:
    one_school, office = reader(world, world.a.school), reader(world, name="Phòng")
    sourced_id = {one["username"]: one["sourcedId"] for one in office.all("users")}[world.a.student.code]
    since = latest(office)
    Enrolment.objects.filter(student=world.a.student).update(ends=today() - datetime.timedelta(days=1))
    Enrolment.objects.create(
        student=world.a.student, school_class=world.b.class1, school=world.b.school, starts=today()
    )
    for school in (world.a.school, world.b.school):
        picture_take(school.pk)
    assert one_school.get(f"users/{sourced_id}").json()["user"]["status"] == "tobedeleted"
    told = {one["sourcedId"]: one for one in changes(office, "users", since)}[sourced_id]
    assert told["status"] == "active"
    (school,) = [one for one in office.all("schools") if one["identifier"] == world.b.school.code]
    assert {role["org"]["sourcedId"] for role in told["roles"]} == {school["sourcedId"]}
    assert world.b.school.name not in one_school.get("users").content.decode()


def test_a_change_at_one_school_moves_the_date_of_what_both_share(world: World) -> None:
    Membership.objects.create(user=world.a.teacher, role="teacher", node=world.b.school.node, starts=world.year.starts)
    mine = reader(world)
    since = latest(mine)
    Membership.objects.create(
        user=world.a.teacher, role="librarian", node=world.b.school.node, starts=world.year.starts
    )
    picture_take(world.b.school.pk)
    roles = RestRow.objects.filter(file="roles", changed__gt=datetime.datetime.fromisoformat(since))
    assert [row.word for row in roles] == ["ext:librarian"]
    assert [one["username"] for one in changes(mine, "users", since)] == [world.a.teacher.code]


def test_what_is_long_gone_is_forgotten(world: World) -> None:
    mine = reader(world, world.a.school)
    Enrolment.objects.filter(student=world.a.student).update(ends=today() - datetime.timedelta(days=1))
    picture_take(world.a.school.pk)
    assert RestRow.objects.filter(live=False).exists()
    RestRow.objects.filter(live=False).update(changed=timezone.now() - GONE - datetime.timedelta(days=1))
    picture_take(world.a.school.pk)
    assert not RestRow.objects.filter(live=False).exists()
    assert world.a.student.full_name not in mine.get("users", limit=10_000).content.decode()


def test_a_reader_that_looks_while_a_school_is_pictured_is_told_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written cannot be read until it is committed; it must not be dated before that."""
    import school.roster.pictures as pictures

    mine = reader(world, world.a.school)
    User.objects.filter(pk=world.a.student.pk).update(email="moi@truong.example")
    looked: list[str] = []
    real = pictures._take

    def slow(school: Any) -> Any:
        made = real(school)
        # Just before the commit somebody asks, and sees the old picture.
        looked.append(timezone.now().isoformat())
        return made

    monkeypatch.setattr(pictures, "_take", slow)
    picture_take(world.a.school.pk)
    since = looked[0].replace("+00:00", "Z")
    assert [one["email"] for one in changes(mine, "users", since)] == ["moi@truong.example"]


def test_ids_are_those_of_the_sets_whichever_told_them_first(world: World) -> None:
    schools = [world.a.school, world.b.school]
    mine = reader(world)
    first = {one["sourcedId"] for one in mine.all("users")}
    oneroster_export(version="1.2", schools=schools, by=None)
    count = SourcedId.objects.count()
    picture_take(world.a.school.pk)
    assert SourcedId.objects.count() == count
    assert {one["sourcedId"] for one in mine.all("users")} == first


def test_an_id_that_an_import_gave_without_a_school_is_kept(world: World) -> None:
    SourcedId.objects.create(file="users", sourced_id="sis-77", key=f"user:{world.a.student.pk}")
    elsewhere = SourcedId.objects.create(
        file="roles", sourced_id="r-9", key=f"role:{world.a.student.pk}:school:{world.a.school.pk}:student"
    )
    SourcedId.objects.filter(pk=elsewhere.pk).update(school=world.b.school)
    mine = reader(world, world.a.school)
    assert mine.get("users/sis-77").json()["user"]["username"] == world.a.student.code
    assert RestRow.objects.get(file="roles", sourced_id="r-9").school == world.a.school


def test_a_mother_of_two_schools_ends_at_one_and_stays_at_the_other(world: World) -> None:
    Guardianship.objects.create(
        guardian=world.a.father, student=world.b.student, relation="father", starts=world.year.starts
    )
    mine = reader(world)
    Guardianship.objects.filter(guardian=world.a.father, student=world.a.student).update(
        ends=today() - datetime.timedelta(days=1)
    )
    picture_take(world.a.school.pk)
    (told,) = mine.all("users", filter=f"username='{world.a.father.code}'")
    assert told["status"] == "active"
    assert len(told["agents"]) == len(told["roles"]) == 1
