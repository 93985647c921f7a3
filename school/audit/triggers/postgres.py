"""PostgreSQL: one function and five statement triggers a table.

They work on the statement's transition tables, so two thousand rows cost one insert and not two thousand. The function runs
with its owner's rights (SECURITY DEFINER): the role of the web needs no right over the trail but to read and to add.
"""

from collections.abc import Iterable
from typing import Any

from school.audit.watching import Watch

PREFIX = "audit_rows_"
GUARD = "audit_only_added"

Wanted = dict[str, tuple[str, list[str]]]

_FUNCTION = """
DECLARE
    v_who bigint := nullif(current_setting('app.actor', true), '')::bigint;
    v_address text := split_part(coalesce(current_setting('app.origin', true), ''), ' ', 1);
    v_host text := split_part(coalesce(current_setting('app.origin', true), ''), ' ', 2);
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_entry (at, actor_id, action, subject_id, school_id, target, target_pk, target_name, new, address, host)
        SELECT clock_timestamp(), v_who, 'added', %(subject)s, %(school)s, '%(label)s', x.j->>'%(key)s', '',
               jsonb_strip_nulls(x.j), v_address, v_host
        FROM (SELECT to_jsonb(n) - %(out)s AS j FROM new_rows n) x;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO audit_entry (at, actor_id, action, subject_id, school_id, target, target_pk, target_name, old, address, host)
        SELECT clock_timestamp(), v_who, 'removed', %(subject)s, %(school)s, '%(label)s', x.j->>'%(key)s', '',
               jsonb_strip_nulls(x.j), v_address, v_host
        FROM (SELECT to_jsonb(o) - %(out)s AS j FROM old_rows o) x;
    ELSIF TG_OP = 'TRUNCATE' THEN
        INSERT INTO audit_entry (at, actor_id, action, target, target_pk, target_name, address, host)
        VALUES (clock_timestamp(), v_who, 'emptied', '%(label)s', '', '', v_address, v_host);
    ELSE
        -- A changed primary key has no partner: such a row is told as one removed and one added.
        INSERT INTO audit_entry (at, actor_id, action, subject_id, school_id, target, target_pk, target_name,
                                 old, new, address, host)
        %(update)s;
    END IF;
    RETURN NULL;
END
"""

_SELECT = """SELECT clock_timestamp(), v_who,
               CASE WHEN {o} IS NULL THEN 'added' WHEN {n} IS NULL THEN 'removed' ELSE 'changed' END,
               %(subject)s, %(school)s, '%(label)s', {key}, '', %(old)s, %(new)s, v_address, v_host"""

# The usual form: only what changed, the columns by their names (four times quicker than comparing JSON).
_CHANGES = (
    _SELECT.format(o='o."%(key)s"', n='n."%(key)s"', key='coalesce(n."%(key)s", o."%(key)s")::text')
    + """
        FROM old_rows o FULL JOIN new_rows n ON n."%(key)s" = o."%(key)s"
        WHERE %(differs)s"""
)
# The form while migrations run: whole rows, no column by its name, so that one may come or go. Readers compare.
_WHOLE = (
    _SELECT.format(o="x.oj", n="x.nj", key="x.j->>'%(key)s'")  # noqa: S608 - our names
    + """
        FROM (
            SELECT y.oj, y.nj, coalesce(y.nj, y.oj) AS j
            FROM (
                SELECT to_jsonb(o) - %(out)s AS oj, to_jsonb(n) - %(out)s%(secrets)s AS nj
                FROM old_rows o FULL JOIN new_rows n ON n."%(key)s" = o."%(key)s"
            ) y
            WHERE y.oj IS DISTINCT FROM y.nj
        ) x"""
)

_GUARD_FUNCTION = """
BEGIN
    RAISE EXCEPTION 'the trail is only added to' USING ERRCODE = 'insufficient_privilege';
END
"""

_EVENTS = {
    "added": "AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows",
    "changed": "AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "removed": "AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows",
    "emptied": "BEFORE TRUNCATE ON {table}",
}


def _array(names: Iterable[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"


def _body(one: Watch, *, migrating: bool = False) -> str:
    column = "(x.j->>'{}')::bigint"
    words = {
        "label": one.label,
        "key": one.key,
        "out": _array((*one.leave_out, *one.secret)),
        "subject": one.subject_sql(column),
        "school": one.school_sql(column),
    }
    return _FUNCTION % (words | {"update": _whole(one, words) if migrating else _changes(one, words)})


def _whole(one: Watch, words: dict[str, str]) -> str:
    secrets = "".join(
        f""" || CASE WHEN o."{name}" IS DISTINCT FROM n."{name}" THEN '{{"{name}": "•••"}}' ELSE '{{}}' END::jsonb"""
        for name in one.secret
    )
    return _WHOLE % (words | {"secrets": secrets, "old": "jsonb_strip_nulls(x.oj)", "new": "jsonb_strip_nulls(x.nj)"})


def _changes(one: Watch, words: dict[str, str]) -> str:
    column = 'coalesce(n."{0}", o."{0}")'

    def differs(name: str) -> str:
        return f'o."{name}" IS DISTINCT FROM n."{name}"'

    def side(row: str) -> str:
        pairs = [f"'{name}', CASE WHEN {differs(name)} THEN {row}.\"{name}\" END" for name in one.columns]
        if row == "n":
            pairs += [f"'{name}', CASE WHEN {differs(name)} THEN '•••'::text END" for name in one.secret]
        return f"nullif(jsonb_strip_nulls(jsonb_build_object({', '.join(pairs)})), '{{}}')"

    return _CHANGES % (
        words
        | {
            "subject": one.subject_sql(column),
            "school": one.school_sql(column),
            "old": side("o"),
            "new": side("n"),
            "differs": " OR ".join(map(differs, (*one.columns, *one.secret))),
        }
    )


def _function(name: str, body: str) -> str:
    # JIT would spend a third of a second on a plan whose size it cannot know.
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = @schema@, pg_temp SET jit = off AS $audit${body}$audit$"
    )


def migrating(present: Iterable[Watch]) -> list[str]:
    """The statements that let the functions bear columns that come and go; `wanted` ends it."""
    return [_function(f"{PREFIX}{one.table}", _body(one, migrating=True)) for one in present]


def wanted(present: Iterable[Watch], logs: Iterable[str]) -> Wanted:
    """What should be there: name → (how it reads in the catalogue, the statements that make it)."""
    found: Wanted = {}
    for one in present:
        name, body = f"{PREFIX}{one.table}", _body(one)
        found[name] = (body, [_function(name, body)])
        for event, clause in _EVENTS.items():
            trigger = f"{name}_{event}"
            place = clause.format(table=f'"{one.table}"')
            found[trigger] = (
                _signature(one.table, name),
                [
                    f'DROP TRIGGER IF EXISTS "{trigger}" ON "{one.table}"',
                    f'CREATE TRIGGER "{trigger}" {place} FOR EACH STATEMENT EXECUTE FUNCTION {name}()',
                ],
            )
    found[GUARD] = (
        _GUARD_FUNCTION,
        [f"CREATE OR REPLACE FUNCTION {GUARD}() RETURNS trigger LANGUAGE plpgsql AS $audit${_GUARD_FUNCTION}$audit$"],
    )
    for table in logs:
        found[f"{GUARD}_{table}"] = (_signature(table, GUARD, always=True), _guard(table))
    return found


def _signature(table: str, function: str, *, always: bool = False) -> str:
    return f"{table} {function} {'A' if always else 'O'}"


def _guard(table: str) -> list[str]:
    name = f"{GUARD}_{table}"
    return [
        f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"',
        f'CREATE TRIGGER "{name}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION {GUARD}()",
        # Also while the session claims to be a replica, in which ordinary triggers rest.
        f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"',
    ]


def installed(cursor: Any) -> dict[str, str]:
    """What is there: name → how it reads. A trigger that is disabled reads otherwise than one at work."""
    cursor.execute(
        "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace s ON s.oid = p.pronamespace "
        "WHERE s.nspname = current_schema() AND (starts_with(p.proname, %s) OR p.proname = %s)",
        [PREFIX, GUARD],
    )
    found: dict[str, str] = dict(cursor.fetchall())
    cursor.execute(
        "SELECT t.tgname, c.relname || ' ' || p.proname || ' ' || t.tgenabled::text FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "JOIN pg_namespace s ON s.oid = c.relnamespace "
        "WHERE s.nspname = current_schema() AND (starts_with(t.tgname, %s) OR starts_with(t.tgname, %s))",
        [PREFIX, GUARD],
    )
    found.update(cursor.fetchall())
    return found


def ready(cursor: Any, statement: str) -> str:
    """The statement with this database's schema in it.

    The path is fixed with pg_temp at its end: a temporary table named audit_entry would otherwise catch what is told.
    """
    if "@schema@" not in statement:
        return statement
    cursor.execute("SELECT quote_ident(current_schema())")
    return statement.replace("@schema@", cursor.fetchone()[0])


def guards_off(logs: Iterable[str]) -> Iterable[str]:
    """See the package."""
    return [f'DROP TRIGGER IF EXISTS "{GUARD}_{table}" ON "{table}"' for table in logs]


def guards_on(logs: Iterable[str]) -> Iterable[str]:
    """See the package."""
    return [statement for table in logs for statement in _guard(table)]
