"""Triggers of both databases: the log is only added to, and a locked mark changes only by an approved correction.

They hold against code that goes round the services and against anybody with a shell on the database. They are made after every
migration, since SQLite forgets a table's triggers when a migration rebuilds it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

PREFIX = "gradebook_guard_"
LOG, MARK = "gradebook_marklog", "gradebook_mark"
LOG_SAYS = "the log of marks is only added to"
MARK_SAYS = "this mark is locked"

# Whether the sheet of the row {0} is locked for it: its group's state says so, and no correction that names this cell is being
# written. A row whose sheet is not in sight counts as locked.
_LOCKED = """
    SELECT 1 WHERE NOT EXISTS (
        SELECT 1 FROM gradebook_markcolumn c JOIN gradebook_marksheet s ON s.id = c.sheet_id
        WHERE c.id = {0}.column_id AND (
            CASE c."group" WHEN 'TX' THEN s.state_tx WHEN 'GK' THEN s.state_gk ELSE s.state_ck END
                NOT IN ('locked', 'signed')
            OR EXISTS (
                SELECT 1 FROM gradebook_correctioncell x
                WHERE x.correction_id = s.correcting_id AND x.column_id = {0}.column_id AND x.student_id = {0}.student_id
            )
        )
    )
"""


def _sqlite() -> dict[str, str]:
    found = {
        f"log_{event.lower()}": f"BEFORE {event} ON {LOG} BEGIN SELECT RAISE(ABORT, '{LOG_SAYS}'); END"
        for event in ("UPDATE", "DELETE")
    }
    for event, row, when in (
        ("INSERT", "NEW", "(NEW.value IS NOT NULL OR NEW.comment <> '')"),
        ("UPDATE", "NEW", "(OLD.value IS NOT NEW.value OR OLD.comment IS NOT NEW.comment)"),
        ("DELETE", "OLD", "(OLD.value IS NOT NULL OR OLD.comment <> '')"),
    ):
        locked = _LOCKED.format(row)
        found[f"mark_{event.lower()}"] = (
            f"BEFORE {event} ON {MARK} WHEN {when} AND EXISTS ({locked}) BEGIN SELECT RAISE(ABORT, '{MARK_SAYS}'); END"
        )
    return found


def _postgres() -> Iterator[str]:
    yield f"""
    CREATE OR REPLACE FUNCTION {PREFIX}log() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{LOG_SAYS}'; END $$
    """
    yield f"""
    CREATE OR REPLACE FUNCTION {PREFIX}mark() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE cell {MARK};
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.value IS NOT DISTINCT FROM NEW.value AND OLD.comment = NEW.comment THEN RETURN NEW; END IF;
            cell := NEW;
        ELSIF TG_OP = 'INSERT' THEN cell := NEW;
        ELSE cell := OLD;
        END IF;
        IF (TG_OP = 'UPDATE' OR cell.value IS NOT NULL OR cell.comment <> '') AND EXISTS ({_LOCKED.format("cell")}) THEN
            RAISE EXCEPTION '{MARK_SAYS}';
        END IF;
        RETURN cell;
    END $$
    """
    yield f"CREATE TRIGGER {PREFIX}log BEFORE UPDATE OR DELETE ON {LOG} FOR EACH ROW EXECUTE FUNCTION {PREFIX}log()"
    yield (
        f"CREATE TRIGGER {PREFIX}mark BEFORE INSERT OR DELETE OR UPDATE OF value, comment ON {MARK}"
        f" FOR EACH ROW EXECUTE FUNCTION {PREFIX}mark()"
    )


def guards_on(connection: Any) -> list[str]:
    """The statements that put the guards up."""
    if connection.vendor == "sqlite":
        return [f"CREATE TRIGGER IF NOT EXISTS {PREFIX}{name} {text}" for name, text in _sqlite().items()]
    return list(_postgres()) if connection.vendor == "postgresql" else []


def guards_off(connection: Any) -> list[str]:
    """The statements by which the database's owner takes them down: migrations, and tests that empty tables."""
    if connection.vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {PREFIX}{name}" for name in _sqlite()]
    if connection.vendor == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {PREFIX}{name} ON {table}" for name, table in (("log", LOG), ("mark", MARK))]
    return []


def _run(connection: Any, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        if {LOG, MARK, "gradebook_correctioncell"} <= set(connection.introspection.table_names(cursor)):
            for statement in statements:
                cursor.execute(statement)


def install(connection: Any) -> None:
    """Put the guards up as they should be now, once the tables exist."""
    _run(connection, [*guards_off(connection), *guards_on(connection)])


def step_aside(connection: Any) -> None:
    """Before migrations: a table can be rebuilt and a column exchanged. :func:`install` ends it."""
    _run(connection, guards_off(connection))
