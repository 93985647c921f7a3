"""How the database learns who acts.

Before the first write of a transaction the connection is told (PostgreSQL: ``set_config('app.actor', …, true)``, so it ends with
the transaction and no pool or proxy can hand it to somebody else; SQLite: functions of the connection). Reads cost nothing.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db import transaction

from .context import NOBODY, Origin, current

_WRITE = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:INSERT|UPDATE|DELETE|MERGE|REPLACE|TRUNCATE|WITH|COPY|CALL|DO)\b", re.I | re.S
)
# Written at every turn and never watched; a session is also what the acting person is read from.
_NOISE = re.compile(r'"(?:django_session|cache|audit_\w+)"')


class Teller:
    """An execute wrapper of one connection."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.told: Origin = NOBODY
        self.asking = False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Tell the connection who acts if the statement writes, then run it."""
        text = sql if isinstance(sql, str) else ""
        if self.asking or not text:
            return execute(sql, params, many, context)
        if self.connection.vendor == "postgresql":
            return self._postgres(execute, text, params, many, context)
        if self._writes(text):
            self.told = self._now()
        return execute(sql, params, many, context)

    def _postgres(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        raw = self.connection.connection
        status = raw.info.transaction_status.name
        if status == "IDLE" or sql.startswith("ROLLBACK TO"):
            # A new transaction knows nothing of the one before; one that went back to a savepoint forgot what it was told since.
            self.told = NOBODY
        if status == "INERROR" or not self._writes(sql):
            return execute(sql, params, many, context)
        origin = self._now()
        if origin == self.told:
            return execute(sql, params, many, context)
        if raw.autocommit:
            with transaction.atomic(using=self.connection.alias):
                self._tell(origin)
                return execute(sql, params, many, context)
        self._tell(origin)
        return execute(sql, params, many, context)

    def _writes(self, sql: str) -> bool:
        return bool(_WRITE.match(sql)) and not _NOISE.search(sql[:120])

    def _now(self) -> Origin:
        # Asking may read the session and the person by this same connection.
        self.asking = True
        try:
            return current()
        finally:
            self.asking = False

    def _tell(self, origin: Origin) -> None:
        actor = "" if origin.actor_id is None else str(origin.actor_id)
        self.connection.connection.execute(
            "SELECT set_config('app.actor', %s, true), set_config('app.origin', %s, true)",
            [actor, f"{origin.address} {origin.host}"],
        )
        self.told = origin


def teller_of(connection: Any) -> Teller:
    """The connection's teller, made at its first use."""
    for wrapper in connection.execute_wrappers:
        if isinstance(wrapper, Teller):
            return wrapper
    made = Teller(connection)
    connection.execute_wrappers.append(made)
    return made


def prepare(connection: Any) -> None:
    """A new connection gets its teller; on SQLite also the functions that the triggers call."""
    if connection.vendor not in {"postgresql", "sqlite"}:
        return
    teller = teller_of(connection)
    teller.told = NOBODY
    if connection.vendor == "sqlite":
        raw = connection.connection
        raw.create_function("audit_actor", 0, lambda: teller.told.actor_id)
        raw.create_function("audit_address", 0, lambda: teller.told.address)
        raw.create_function("audit_host", 0, lambda: teller.told.host)
