"""The trail is only added to, whoever asks and by whatever way; what is missing is said."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from school.audit import triggers
from school.audit.checks import triggers_check
from school.audit.models import Entry, Seal
from school.audit.services import record
from school.identity.models import User
from tests.world import World

pytestmark = pytest.mark.django_db
POSTGRES = connection.vendor == "postgresql"


def refused(sql: str, *values: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values or None)
    except DatabaseError as error:
        return "only added to" in str(error)
    return False


def test_an_entry_is_neither_changed_nor_deleted_by_raw_sql() -> None:
    made = record(actor=None, action="exported")
    assert refused("UPDATE audit_entry SET actor_id = 1")
    assert refused("UPDATE audit_entry SET actor_id = 1 WHERE id = %s", made.pk)
    assert refused("DELETE FROM audit_entry WHERE id = %s", made.pk)
    assert Entry.objects.filter(pk=made.pk, actor_id=None).exists()


def test_a_seal_is_neither_changed_nor_deleted_by_raw_sql() -> None:
    Seal.objects.create(first=1, last=1, rows=1, hash="x")
    assert refused("UPDATE audit_seal SET hash = 'y'")
    assert refused("DELETE FROM audit_seal")


@pytest.mark.skipif(not POSTGRES, reason="SQLite knows no TRUNCATE")
def test_the_trail_is_not_emptied() -> None:
    assert refused("TRUNCATE audit_entry")
    assert refused("TRUNCATE audit_seal CASCADE")


@pytest.mark.skipif(not POSTGRES, reason="only PostgreSQL has replicas' sessions")
def test_a_session_that_claims_to_be_a_replica_is_refused_too() -> None:
    record(actor=None, action="exported")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    assert refused("DELETE FROM audit_entry")


@pytest.mark.skipif(POSTGRES, reason="a form of INSERT that only SQLite has")
def test_an_entry_is_not_replaced_nor_a_gap_filled() -> None:
    first, last = record(actor=None, action="exported"), record(actor=None, action="exported")
    for number in (first.pk, last.pk):
        assert refused(
            "INSERT OR REPLACE INTO audit_entry (id, at, action, target, target_pk, target_name, address, host) "
            "VALUES (%s, '2026-01-01', 'exported', '', '', 'forged', '', '')",
            number,
        )
    assert not Entry.objects.filter(target_name="forged").exists()


@pytest.mark.skipif(not POSTGRES, reason="roles of the database")
def test_the_webs_role_needs_no_right_to_the_trail_and_cannot_deflect_it(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE audit_test_web")
        cursor.execute("GRANT SELECT, UPDATE ON identity_user TO audit_test_web")
        cursor.execute("GRANT SELECT ON audit_entry TO audit_test_web")
        cursor.execute("SET LOCAL ROLE audit_test_web")
        # A temporary table of the same name would catch the entries if the function looked there first.
        cursor.execute("CREATE TEMP TABLE audit_entry (LIKE public.audit_entry)")
        cursor.execute("UPDATE identity_user SET ethnicity = 'Mường' WHERE id = %s", [world.a.student.pk])
        cursor.execute("RESET ROLE")
        cursor.execute("DROP TABLE pg_temp.audit_entry")
    assert Entry.objects.filter(target="identity.user", action="changed", subject_id=world.a.student.pk).exists()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE audit_test_web")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.audit_entry")


@pytest.mark.skipif(not POSTGRES, reason="SQLite knows no TRUNCATE")
def test_a_watched_table_that_is_emptied_leaves_a_word(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE organisation_teachingassignment CASCADE")
    assert Entry.objects.filter(action="emptied", target="organisation.teachingassignment").exists()


def test_a_fresh_database_has_every_trigger() -> None:
    assert triggers.missing(connection) == []
    assert triggers_check(databases=["default"]) == []


def _drop(name: str, table: str) -> str:
    return f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if POSTGRES else "")


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("audit_rows_gradebook_mark_changed", "gradebook_mark"),
        ("audit_only_added_audit_entry" + ("" if POSTGRES else "_delete"), "audit_entry"),
    ],
)
def test_a_missing_trigger_is_said_and_made_again(name: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_drop(name, table))
    (warning,) = triggers_check(databases=["default"])
    assert name in warning.msg
    assert triggers.install(connection) == [name]
    assert triggers.missing(connection) == []


@pytest.mark.skipif(not POSTGRES, reason="a trigger of SQLite is there or not")
def test_a_disabled_trigger_is_said() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gradebook_mark DISABLE TRIGGER audit_rows_gradebook_mark_changed")
    assert triggers.missing(connection) == ["audit_rows_gradebook_mark_changed"]


@pytest.mark.django_db(transaction=True)
def test_the_triggers_outlive_a_migration_that_rebuilds_their_table() -> None:
    def migrate(name: str) -> None:
        call_command("migrate", "organisation", name, verbosity=0, skip_checks=True)

    executor = MigrationExecutor(connection)
    newest = next(name for app, name in executor.loader.graph.leaf_nodes("organisation"))
    migrate("0001")
    try:
        # Only what stands in the way of the tables is gone in between; the whole is there after each run.
        assert triggers.missing(connection) == []
    finally:
        migrate(newest)
        call_command("migrate", verbosity=0, skip_checks=True)
    assert triggers.missing(connection) == []
    user = User.objects.create_user(code="m-1", full_name="Sau Di Trú")
    assert Entry.objects.filter(target="identity.user", target_pk=str(user.pk)).exists()


@pytest.mark.django_db(transaction=True)
def test_tests_that_commit_leave_an_empty_trail_behind_and_its_guards_up() -> None:
    User.objects.create_user(code="m-2", full_name="Người Thử")
    call_command("flush", "--no-input", verbosity=0, inhibit_post_migrate=True)
    assert Entry.objects.count() == 0
    record(actor=None, action="exported")
    assert refused("DELETE FROM audit_entry")
