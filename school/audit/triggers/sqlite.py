"""SQLite: three row triggers a table, and the guards.

``audit_actor()`` and its companions are functions of the connection (school.audit.connections). A program without them, such as
the sqlite3 shell, cannot write to a watched table at all: better refused than unseen.
"""

from collections.abc import Iterable
from typing import Any

from school.audit.watching import Watch

PREFIX = "audit_rows_"
GUARD = "audit_only_added"

Wanted = dict[str, tuple[str, list[str]]]

_INTO = (
    "INSERT INTO audit_entry "
    "(at, actor_id, action, subject_id, school_id, target, target_pk, target_name, old, new, address, host) "
    "VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'), audit_actor(), '{action}', {subject}, {school}, '{label}', "
    "CAST({row}.\"{key}\" AS TEXT), '', {old}, {new}, audit_address(), audit_host());"
)


def _json(pairs: Iterable[tuple[str, str]]) -> str:
    """A JSON object of (name, SQL) without those that are NULL: merging into an empty object drops them (RFC 7396)."""
    inside = ", ".join(f"'{name}', {value}" for name, value in pairs)
    return f"json_patch('{{}}', json_object({inside}))"


def _whole(one: Watch, row: str) -> str:
    return _json((name, f'{row}."{name}"') for name in one.columns)


def _changed(one: Watch, row: str) -> str:
    pairs = [(name, f'CASE WHEN OLD."{name}" IS NOT NEW."{name}" THEN {row}."{name}" END') for name in one.columns]
    if row == "NEW":
        pairs += [(name, f'CASE WHEN OLD."{name}" IS NOT NEW."{name}" THEN \'•••\' END') for name in one.secret]
    return f"nullif({_json(pairs)}, '{{}}')"


def _statement(one: Watch, action: str, row: str, old: str, new: str) -> str:
    column = f'{row}."{{}}"'
    return _INTO.format(
        action=action,
        subject=one.subject_sql(column),
        school=one.school_sql(column),
        label=one.label,
        row=row,
        key=one.key,
        old=old,
        new=new,
    )


def wanted(present: Iterable[Watch], logs: Iterable[str]) -> Wanted:
    """What should be there: name → (how it reads in the catalogue, the statements that make it)."""
    found: Wanted = {}
    for one in present:
        differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in (*one.columns, *one.secret))
        for event, head, body in (
            ("added", "AFTER INSERT", _statement(one, "added", "NEW", "NULL", _whole(one, "NEW"))),
            ("removed", "AFTER DELETE", _statement(one, "removed", "OLD", _whole(one, "OLD"), "NULL")),
            ("changed", "AFTER UPDATE", _statement(one, "changed", "NEW", _changed(one, "OLD"), _changed(one, "NEW"))),
        ):
            name = f"{PREFIX}{one.table}_{event}"
            when = f" WHEN {differs}" if event == "changed" else ""
            found[name] = _made(
                name, f'CREATE TRIGGER "{name}" {head} ON "{one.table}" FOR EACH ROW{when} BEGIN {body} END'
            )
    for table in logs:
        found.update(_guards(table))
    return found


def _made(name: str, text: str) -> tuple[str, list[str]]:
    return text, [f'DROP TRIGGER IF EXISTS "{name}"', text]


def _guards(table: str) -> Wanted:
    refuse = "SELECT RAISE(ABORT, 'the trail is only added to');"
    found: Wanted = {}
    for event, head in (
        ("update", f'BEFORE UPDATE ON "{table}"'),
        ("delete", f'BEFORE DELETE ON "{table}"'),
        # INSERT OR REPLACE would put a row in another's place without any trigger of deletion; nor is a gap filled later.
        ("insert", f'BEFORE INSERT ON "{table}" WHEN NEW.id > 0 AND NEW.id <= (SELECT max(id) FROM "{table}")'),  # noqa: S608 - our names
    ):
        name = f"{GUARD}_{table}_{event}"
        found[name] = _made(name, f'CREATE TRIGGER "{name}" {head} BEGIN {refuse} END')
    return found


def installed(cursor: Any) -> dict[str, str]:
    """What is there: name → its SQL."""
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit\\_%' ESCAPE '\\'")
    return dict(cursor.fetchall())


def ready(cursor: Any, statement: str) -> str:
    """The statement as it is."""
    return statement


def guards_off(logs: Iterable[str]) -> Iterable[str]:
    """See the package."""
    return [f'DROP TRIGGER IF EXISTS "{name}"' for table in logs for name in _guards(table)]


def guards_on(logs: Iterable[str]) -> Iterable[str]:
    """See the package."""
    return [statement for table in logs for _, statements in _guards(table).values() for statement in statements]
