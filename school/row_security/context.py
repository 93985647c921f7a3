"""What the database shows to the code that runs now: everything (None), or what one person can reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection


@dataclass(frozen=True)
class Reach:
    """Ids of the schools and of the people (the person and their children) whose rows may be seen at all."""

    schools: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()


_reach: ContextVar[Reach | None] = ContextVar("reach", default=None)


def enabled(database: Any = connection) -> bool:
    """Whether this database keeps the second line."""
    return database.vendor == "postgresql" and bool(settings.ROW_SECURITY_ROLE)


def apply(database: Any = connection) -> None:
    """Give the connection the role and the lists of the running code; a connection not yet made gets them when it is."""
    if database.connection is None or not enabled(database):
        return
    reach = _reach.get()
    role, schools, people = "NONE", "", ""
    if reach is not None:
        role = database.ops.quote_name(settings.ROW_SECURITY_ROLE)
        schools, people = (",".join(map(str, sorted(ids))) for ids in (reach.schools, reach.people))
    # In one go and without parameters, which the server would parse and plan one by one. By the driver's own cursor, which first
    # begins a transaction that is due: set before it, the role would come back when the transaction is taken back.
    # The lists are numbers and commas.
    words = f"SET ROLE {role}; SET app.schools = '{schools}'; SET app.people = '{people}'"
    with database.wrap_database_errors, database.connection.cursor() as cursor:
        cursor.execute(words, prepare=False)


@contextmanager
def reaching(reach: Reach | None) -> Iterator[None]:
    """Run the block with ``reach``, then go back; nothing is asked of the database when nothing changes."""
    if reach == _reach.get():
        yield
        return
    before = _reach.set(reach)
    try:
        apply()
        yield
    finally:
        _reach.reset(before)
        _restore()


def _restore() -> None:
    try:
        apply()
    except DatabaseError:
        # In a failed transaction the rollback, which must come, takes back what was set in it. Otherwise a connection that
        # cannot be given back its role must not serve the next request.
        if not connection.in_atomic_block:
            connection.close()


@contextmanager
def fenced(reach: Reach) -> Iterator[None]:
    """Run the block as one who can reach only this much."""
    with reaching(reach):
        yield


@contextmanager
def unfenced() -> Iterator[None]:
    """Run the block with every row in sight: for the mechanism of rights itself and for work that the system does.

    Each use needs a reason beside it.
    """
    with reaching(None):
        yield
