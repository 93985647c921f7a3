"""Every change of a watched row leaves an entry, by whatever way it is made, on both databases."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from gradebook.models import Mark, MarkColumn, MarkSheet
from school.audit import triggers
from school.audit.context import acting
from school.audit.models import Entry
from school.audit.watching import watches
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Membership
from school.roles import Role
from tests.world import World

pytestmark = pytest.mark.django_db


def last(label: str, **wanted: Any) -> Entry:
    found = Entry.objects.filter(target=label, **wanted).first()
    assert found is not None, f"no entry for {label}"
    return found


def column_of(world: World) -> MarkColumn:
    sheet = MarkSheet.objects.create(
        school=world.a.school,
        school_class=world.a.class1,
        subject=world.maths,
        term=world.term1,
        circular="22/2021",
        mode="score",
        periods=140,
    )
    return MarkColumn.objects.create(sheet=sheet, kind="TX", number=1)


def mark_of(world: World, value: str = "7.5") -> Mark:
    return Mark.objects.create(
        column=column_of(world), student=world.a.student, value=Decimal(value), by=world.a.teacher
    )


def test_a_row_that_is_saved_is_told_with_person_school_and_actor(world: World) -> None:
    with acting(world.a.teacher, address="10.1.1.1", host="localhost"):
        mark = mark_of(world)
    made = last("gradebook.mark")
    assert (made.action, made.target_pk, made.actor_id) == ("added", str(mark.pk), world.a.teacher.pk)
    assert (made.subject_id, made.school_id) == (world.a.student.pk, world.a.school.pk)
    assert (made.address, made.host) == ("10.1.1.1", "localhost")
    assert made.new["value"] == 7.5
    assert made.old is None
    assert "published_value" not in made.new


def test_a_change_holds_only_what_changed(world: World) -> None:
    mark = mark_of(world)
    mark.value = Decimal("8.0")
    mark.version = 2
    mark.save()
    made = last("gradebook.mark", action="changed")
    assert (made.old, made.new) == ({"value": 7.5}, {"value": 8})
    assert made.actor_id is None


def test_what_became_empty_stands_on_one_side_only(world: World) -> None:
    mark = mark_of(world)
    Mark.objects.filter(pk=mark.pk).update(value=None)
    made = last("gradebook.mark", action="changed")
    assert (made.old, made.new) == ({"value": 7.5}, None)


def test_many_rows_at_once_are_told_one_by_one(world: World) -> None:
    column = column_of(world)
    with acting(world.a.principal):
        Mark.objects.bulk_create(
            Mark(column=column, student=student, value=Decimal(6), by=world.a.teacher)
            for student in (world.a.student, world.a.student2, world.a.outsider)
        )
    made = Entry.objects.filter(target="gradebook.mark", action="added", actor_id=world.a.principal.pk)
    assert {entry.subject_id for entry in made} == {world.a.student.pk, world.a.student2.pk, world.a.outsider.pk}


def test_an_update_of_a_query_is_told(world: World) -> None:
    mark = mark_of(world)
    with acting(world.a.teacher):
        Mark.objects.filter(column=mark.column).update(value=Decimal("9.5"))
    assert last("gradebook.mark", action="changed", actor_id=world.a.teacher.pk).new == {"value": 9.5}


def test_raw_sql_is_told(world: World) -> None:
    mark = mark_of(world)
    with acting(world.a.school_admin), connection.cursor() as cursor:
        cursor.execute("UPDATE gradebook_mark SET value = 10 WHERE id = %s", [mark.pk])
        cursor.execute("DELETE FROM gradebook_mark WHERE id = %s", [mark.pk])
    changed, removed = last("gradebook.mark", action="changed"), last("gradebook.mark", action="removed")
    assert (changed.old, changed.new, changed.actor_id) == ({"value": 7.5}, {"value": 10}, world.a.school_admin.pk)
    assert removed.old["value"] == 10
    assert removed.new is None
    assert removed.subject_id == world.a.student.pk


def test_an_insert_that_becomes_an_update_is_told_as_one(world: World) -> None:
    mark = mark_of(world)
    twin = Mark(column=mark.column, student=mark.student, value=Decimal(3), by=world.a.teacher)
    Mark.objects.bulk_create(
        [twin], update_conflicts=True, update_fields=["value"], unique_fields=["column", "student"]
    )
    assert last("gradebook.mark", action="changed").new == {"value": 3}
    assert Entry.objects.filter(target="gradebook.mark", action="added").count() == 1


def test_a_save_that_changes_nothing_leaves_no_entry(world: World) -> None:
    mark = mark_of(world)
    before = Entry.objects.count()
    Mark.objects.get(pk=mark.pk).save()
    Mark.objects.filter(pk=mark.pk).update(version=7)
    assert Entry.objects.count() == before


def test_a_new_primary_key_is_told_as_removed_and_added(world: World) -> None:
    mark = mark_of(world)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE gradebook_mark SET id = id + 1000 WHERE id = %s", [mark.pk])
    told = {
        (entry.action, entry.target_pk)
        for entry in Entry.objects.filter(target="gradebook.mark").exclude(action="added", target_pk=mark.pk)
    }
    if connection.vendor == "postgresql":
        assert told == {("removed", str(mark.pk)), ("added", str(mark.pk + 1000))}
    else:
        assert told == {("changed", str(mark.pk + 1000))}


def test_a_password_is_told_without_its_hash(world: World) -> None:
    world.a.student.set_password("bút chì và thước kẻ")
    with acting(world.a.school_admin):
        world.a.student.save()
    made = last("identity.user", action="changed", subject_id=world.a.student.pk)
    assert made.new == {"password": "•••"}
    assert made.old is None
    assert made.school_id == world.a.school.pk
    text = "".join(f"{entry.old}{entry.new}" for entry in Entry.objects.all())
    assert "argon2" not in text
    assert "md5$" not in text


def test_signing_in_alone_changes_no_record_of_a_person(world: World) -> None:
    before = Entry.objects.filter(target="identity.user").count()
    User.objects.filter(pk=world.a.student.pk).update(last_login=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    assert Entry.objects.filter(target="identity.user").count() == before


def test_posts_enrolments_and_guardianships_belong_to_their_school(world: World) -> None:
    Membership.objects.create(user=world.a.teacher, role=Role.LIBRARIAN, node=world.a.school.node)
    Enrolment.objects.filter(student=world.a.student).update(status="left")
    Guardianship.objects.filter(student=world.a.student).update(relation="other")
    for label, person in (
        ("organisation.membership", world.a.teacher),
        ("organisation.enrolment", world.a.student),
        ("organisation.guardianship", world.a.student),
    ):
        made = last(label, subject_id=person.pk)
        assert made.school_id == world.a.school.pk


@pytest.mark.parametrize("one", watches(), ids=lambda one: one.model)
def test_every_watch_names_columns_that_exist(one: Any) -> None:
    columns = {field.column for field in apps.get_model(one.model)._meta.local_concrete_fields}
    assert {*one.leave_out, *one.secret, *([one.subject] if one.subject else [])} <= columns
    with connection.cursor() as cursor:
        # The same text as in the trigger, with an impossible row.
        cursor.execute(f"SELECT {one.school_sql('-1')}")
        cursor.fetchone()


def test_while_migrations_run_postgresql_tells_whole_rows(world: World) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's triggers stand aside while migrations run")
    mark = mark_of(world)
    triggers.step_aside(connection)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE gradebook_mark DROP COLUMN published_comment")
    Mark.objects.filter(pk=mark.pk).update(value=9)
    world.a.student.set_password("bút chì và thước kẻ")
    world.a.student.save()
    made = last("gradebook.mark", action="changed")
    assert (made.old["value"], made.new["value"], made.subject_id) == (7.5, 9, world.a.student.pk)
    assert made.school_id == world.a.school.pk
    assert last("identity.user", action="changed").new["password"] == "•••"
    assert "password" not in last("identity.user", action="changed").old


def test_a_person_who_acts_next_on_the_same_connection_is_told_apart(world: World) -> None:
    mark = mark_of(world)
    for person, value in ((world.a.teacher, 5), (world.a.principal, 6)):
        with acting(person):
            Mark.objects.filter(pk=mark.pk).update(value=value)
    Mark.objects.filter(pk=mark.pk).update(value=7)
    told = Entry.objects.filter(target="gradebook.mark", action="changed").order_by("pk")
    assert [entry.actor_id for entry in told] == [world.a.teacher.pk, world.a.principal.pk, None]


def test_a_savepoint_that_is_undone_does_not_take_the_actor_along(world: World) -> None:
    mark = mark_of(world)

    def stumble() -> None:
        with transaction.atomic():
            Mark.objects.filter(pk=mark.pk).update(value=1)
            raise ZeroDivisionError

    with acting(world.a.teacher):
        with pytest.raises(ZeroDivisionError):
            stumble()
        Mark.objects.filter(pk=mark.pk).update(value=2)
    assert last("gradebook.mark", action="changed").actor_id == world.a.teacher.pk


@pytest.mark.django_db(transaction=True)
def test_a_write_outside_any_transaction_names_its_actor() -> None:
    user = User.objects.create_user(code="x-1", full_name="Lê Thị Ngoài")
    with acting(user):
        User.objects.filter(pk=user.pk).update(ethnicity="Kinh")
    User.objects.filter(pk=user.pk).update(ethnicity="Tày")
    told = Entry.objects.filter(target="identity.user", action="changed").order_by("pk")
    assert [entry.actor_id for entry in told] == [user.pk, None]
