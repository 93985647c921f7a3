"""Putting role, rights and policies into the database; run after every migration, and cheap when nothing has changed."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.db import ProgrammingError, transaction
from psycopg.errors import UndefinedColumn, UndefinedTable

from .context import enabled
from .tables import ours, policies

NAME = "reach"
# What pages may only add to (the trail refuses the rest by itself, too), and what they may only read.
ADD_ONLY = ("audit_entry", "audit_seal")
READ_ONLY = ("django_migrations",)
STATE = """
    SELECT c.relname, coalesce(obj_description(p.oid, 'pg_policy'), '')
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND p.polname = %s AND c.relrowsecurity
"""
WITHOUT_RIGHTS = """
    SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind = 'r' AND NOT has_table_privilege(%s, c.oid, 'SELECT')
"""


class CannotInstall(CommandError):
    """The migrating user may not make or join the role; the message says what its superuser has to do."""


def install(database: Any) -> int:
    """Bring role and policies to what the models say; returns how many policies were written.

    Raises CannotInstall when the role is missing and may not be made.
    """
    if not enabled(database):
        return 0
    role = settings.ROW_SECURITY_ROLE
    quoted = database.ops.quote_name(role)
    with database.cursor() as cursor:
        _ensure_role(database, cursor, role, quoted)
        cursor.execute(STATE, [NAME])
        there = dict(cursor.fetchall())
        # A migration run half-way (a test of migrations) has not made every table yet; the last one comes back here.
        made = set(database.introspection.table_names(cursor))
        wanted = {policy.table: policy for policy in policies() if policy.table in made}
        written = 0
        for table, policy in wanted.items():
            digest = hashlib.sha256(f"{role} {policy.using}".encode()).hexdigest()
            if there.get(table) == digest:
                continue
            name = database.ops.quote_name(table)
            cursor.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
            cursor.execute(f"DROP POLICY IF EXISTS {NAME} ON {name}")
            try:
                with transaction.atomic(using=database.alias):
                    cursor.execute(f"CREATE POLICY {NAME} ON {name} TO {quoted} USING ({policy.using})")
            except ProgrammingError as error:
                if not isinstance(error.__cause__, UndefinedColumn | UndefinedTable):
                    raise
                continue  # migrated half-way or back: without a policy the table shows nothing until it is as the models say
            cursor.execute(f"COMMENT ON POLICY {NAME} ON {name} IS '{digest}'")
            written += 1
        for table in there.keys() - wanted.keys():
            name = database.ops.quote_name(table)
            cursor.execute(f"DROP POLICY {NAME} ON {name}")
            cursor.execute(f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY")
        cursor.execute(WITHOUT_RIGHTS, [role])
        if cursor.fetchone()[0]:
            _grant(cursor, quoted, made)
    return written


def step_aside(database: Any, apps: set[str]) -> None:
    """Before migrations of these apps: a column that a policy names cannot be dropped. :func:`install` ends it.

    Meanwhile pages see nothing of those tables, since row security stays on.
    """
    if not enabled(database):
        return
    with database.cursor() as cursor:
        cursor.execute(STATE, [NAME])
        there = {table for table, _digest in cursor.fetchall()}
        for model in ours():
            if model._meta.app_label in apps and model._meta.db_table in there:
                cursor.execute(f"DROP POLICY {NAME} ON {database.ops.quote_name(model._meta.db_table)}")


def _grant(cursor: Any, role: str, made: set[str]) -> None:
    cursor.execute("SELECT quote_ident(current_schema())")
    schema = cursor.fetchone()[0]
    cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}")
    cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}")
    for table in made.intersection(READ_ONLY):
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {role}")
    for table in made.intersection(ADD_ONLY):
        cursor.execute(f"REVOKE UPDATE, DELETE ON {table} FROM {role}")


def _ensure_role(database: Any, cursor: Any, role: str, quoted: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    known = cursor.fetchone() is not None
    cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')" if known else "SELECT false", [role] * known)
    if known and cursor.fetchone()[0]:
        return
    steps = ([] if known else [f"CREATE ROLE {quoted} NOLOGIN"]) + [f"GRANT {quoted} TO CURRENT_USER"]
    for step in steps:
        try:
            with transaction.atomic(using=database.alias):
                cursor.execute(step)
        except ProgrammingError as error:
            if "already exists" in str(error):  # another test process or another district on this server was quicker
                continue
            user = database.settings_dict["USER"] or "the user that migrates"
            raise CannotInstall(
                f"Row level security needs the role {role}, which {user} may not make or join. As a superuser: "
                f"CREATE ROLE {quoted} NOLOGIN; GRANT {quoted} TO {user}; or run without it: ROW_SECURITY_ROLE= (empty)."
            ) from error
