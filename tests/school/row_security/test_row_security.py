"""The second line: on PostgreSQL a forgotten filter finds nothing, whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings

from school.organisation.models import Enrolment, Guardianship, SchoolClass
from school.organisation.services import class_create
from school.policy import Actor
from school.row_security import Reach, fenced, unfenced
from school.row_security.install import CannotInstall, install
from school.row_security.tables import policies, silent
from tests.architecture.test_matrix import examples
from tests.world import World

on_postgres = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL has row level security; SQLite has the policy alone"
)
PEOPLE = ["principal", "vice", "school_admin", "librarian", "teacher", "homeroom", "student", "father"]


@pytest.fixture
def planted(world: World, client_for: Callable[..., Client]) -> Any:
    """Asks a planted view as somebody of school A; every model has rows of both schools."""
    examples(world)

    def ask(who: Any, address: str) -> Any:
        client = Client() if who is None else client_for(who)
        with override_settings(ROOT_URLCONF="tests.school.row_security.planted"):
            response = client.get(address)
        assert response.status_code == 200, response.content[:300]
        return response.json()

    return ask


def of_school(model: Any, school: Any) -> set[Any]:
    with unfenced():
        return set(model.objects.filter(school=school).values_list("pk", flat=True))


def with_school() -> list[str]:
    tables = {policy.table for policy in policies()}
    models = [m for m in apps.get_models() if m._meta.db_table in tables]
    return sorted(m._meta.label for m in models if any(f.name == "school" for f in m._meta.concrete_fields))


def test_every_model_has_a_policy_or_says_why_not() -> None:
    assert silent() == []


@on_postgres
@pytest.mark.django_db
def test_the_policies_of_the_models_are_in_the_database_and_are_written_once() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_policies p JOIN pg_class c ON c.relname = p.tablename WHERE c.relrowsecurity"
        )
        assert {table for (table,) in cursor.fetchall()} == {policy.table for policy in policies()}
    assert install(connection) == 0


@on_postgres
@pytest.mark.parametrize("label", with_school())
def test_a_forgotten_filter_shows_nothing_of_another_school(planted: Any, world: World, label: str) -> None:
    model: Any = apps.get_model(label)
    foreign = of_school(model, world.b.school)
    for name in PEOPLE:
        rows = set(planted(getattr(world.a, name), f"/planted/{label}/")["rows"])
        assert rows.isdisjoint(foreign), name
    assert set(planted(None, f"/planted-public/{label}/")["rows"]).isdisjoint(
        foreign | of_school(model, world.a.school)
    )


@on_postgres
def test_the_planted_view_does_show_ones_own_school_and_the_office_all_of_its_schools(
    planted: Any, world: World
) -> None:
    own, foreign = of_school(Enrolment, world.a.school), of_school(Enrolment, world.b.school)
    assert own
    assert foreign
    label = "organisation.Enrolment"
    assert set(planted(world.a.principal, f"/planted/{label}/")["rows"]) == own
    assert set(planted(world.office_admin, f"/planted/{label}/")["rows"]) == own | foreign


@on_postgres
@pytest.mark.parametrize(
    "label", ["gradebook.MarkColumn", "gradebook.MarkLog", "lms.Lesson", "organisation.Guardianship"]
)
def test_rows_without_a_school_of_their_own_follow_their_parents(planted: Any, world: World, label: str) -> None:
    model: Any = apps.get_model(label)
    everything = set(model.objects.values_list("pk", flat=True))
    shown = [set(planted(person, f"/planted/{label}/")["rows"]) for person in (world.a.principal, world.b.principal)]
    assert not shown[0] & shown[1]
    assert shown[0] | shown[1] == everything


@on_postgres
def test_a_write_by_number_alone_misses_another_schools_row(planted: Any, world: World) -> None:
    sheet = min(of_school(apps.get_model("gradebook.MarkSheet"), world.b.school))
    assert planted(world.a.teacher, f"/planted-write/{sheet}/") == {"changed": 0}
    assert planted(world.b.teacher, f"/planted-write/{sheet}/") == {"changed": 1}


@on_postgres
def test_a_row_for_another_school_is_refused_by_the_database(planted: Any, world: World) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        planted(world.a.teacher, f"/planted-insert/{world.b.school.pk}/")
    assert "made" in planted(world.a.teacher, f"/planted-insert/{world.a.school.pk}/")


@on_postgres
def test_after_a_request_and_after_an_error_the_connection_is_itself_again(planted: Any, world: World) -> None:
    planted(world.a.teacher, "/planted/organisation.Enrolment/")

    def fail() -> None:
        with fenced(Reach()):
            assert Enrolment.objects.count() == 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert Enrolment.objects.count() > 0


@on_postgres
def test_without_a_reach_the_role_sees_nothing(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE mai_truong_view")
        cursor.execute("SELECT count(*) FROM organisation_enrolment")
        assert cursor.fetchone() == (0,)
        cursor.execute("RESET ROLE")


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_in_the_middle_of_a_request_comes_back_fenced() -> None:
    with fenced(Reach()):
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("mai_truong_view",)
    connection.close()


@on_postgres
@pytest.mark.django_db
def test_a_user_who_may_not_make_the_role_is_told_what_to_do() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE mai_truong_view")
    with (
        override_settings(ROW_SECURITY_ROLE="mai_truong_never"),
        pytest.raises(CannotInstall, match='CREATE ROLE "mai_truong_never" NOLOGIN; GRANT'),
    ):
        install(connection)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_the_reach_of_a_pupil_holds_the_school_that_was_left(world: World) -> None:
    Enrolment.objects.filter(student=world.a.student).update(ends=world.year.starts)
    assert Actor(world.a.student).roles == frozenset()
    assert Actor(world.a.student).reach == Reach(frozenset({world.a.school.pk}), frozenset({world.a.student.pk}))


def test_the_reach_of_a_parent_holds_the_children_and_their_schools(world: World) -> None:
    away = class_create(school=world.b.school, year=world.year, name="7A9", grade=7)
    Guardianship.objects.create(guardian=world.a.father, student=world.b.student, relation="other")
    Enrolment.objects.filter(student=world.b.student).update(school_class=SchoolClass.objects.get(pk=away.pk))
    people = {world.a.father.pk, world.a.student.pk, world.b.student.pk}
    assert Actor(world.a.father).reach == Reach(frozenset({world.a.school.pk, world.b.school.pk}), frozenset(people))
