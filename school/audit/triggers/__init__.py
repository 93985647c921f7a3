"""The triggers of both databases: those that write down changed rows, and those that keep the trail from being changed."""

from typing import Any

from django.db import transaction

from school.audit.watching import Watch, watches

from . import postgres, sqlite

LOGS = ("audit_entry", "audit_seal")


def _dialect(connection: Any) -> Any:
    return {"postgresql": postgres, "sqlite": sqlite}.get(connection.vendor)


def _present(connection: Any) -> list[Watch]:
    """The watches whose tables exist: in the midst of migrations an app may still be without."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    return [one for one in watches() if one.table in tables] if set(LOGS) <= tables else []


def install(connection: Any) -> list[str]:
    """Make or renew what is missing or outdated, and return its names. Asking costs little; a right one is left alone."""
    dialect = _dialect(connection)
    if dialect is None:
        return []
    made: list[str] = []
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        present = _present(connection)
        if not present and not watches():
            return []
        known = dialect.installed(cursor)
        for name, (definition, statements) in dialect.wanted(present, LOGS).items():
            if known.get(name) != definition:
                for statement in statements:
                    cursor.execute(dialect.ready(cursor, statement))
                made.append(name)
    return made


def missing(connection: Any) -> list[str]:
    """The names of triggers that are not there, or are not as they should be; [] when all is well or nothing is migrated yet."""
    dialect = _dialect(connection)
    present = _present(connection) if dialect else []
    if not present:
        return []
    with connection.cursor() as cursor:
        known = dialect.installed(cursor)
    wanted = dialect.wanted(present, LOGS)
    return [name for name, (definition, _) in wanted.items() if known.get(name) != definition]


def step_aside(connection: Any) -> None:
    """Before migrations: let tables be rebuilt, and columns come and go. :func:`install` ends it.

    PostgreSQL's functions are exchanged for ones that name no column and go on telling. SQLite's triggers are dropped: renaming
    or rebuilding a table there re-reads every trigger of the database, and fails on one that names what is just being rebuilt.
    """
    present = _present(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in sqlite.installed(cursor):
                if name.startswith(sqlite.PREFIX):
                    cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')
        elif connection.vendor == "postgresql" and any(
            name.startswith(postgres.PREFIX) for name in postgres.installed(cursor)
        ):
            for statement in postgres.migrating(present):
                cursor.execute(postgres.ready(cursor, statement))


def guards_off(connection: Any) -> list[str]:
    """The statements by which the owner of the database lets the trail be changed: archiving, and tests that empty tables."""
    dialect = _dialect(connection)
    return list(dialect.guards_off(LOGS)) if dialect else []


def guards_on(connection: Any) -> list[str]:
    """The statements that forbid it again."""
    dialect = _dialect(connection)
    return list(dialect.guards_on(LOGS)) if dialect else []
