"""A test that commits empties every table behind itself; the guards of logs forbid that, and the product knows no exception.

So the exception lives here: the statements by which Django empties the tables are surrounded by those of the database's owner,
who takes the guards down and puts them up again in the same transaction. Entries that the emptying itself leaves go too.
"""

from typing import Any

from django.db import connection

from gradebook import guards
from school.audit import triggers


def flush_may_empty_the_trail() -> None:
    """Change how the tests' database is emptied, once for the process."""
    operations = type(connection.ops)
    plain = operations.sql_flush
    if getattr(plain, "spares_the_guards", False):
        return

    def sql_flush(self: Any, *args: Any, **kwargs: Any) -> list[str]:
        statements = list(plain(self, *args, **kwargs))
        if not any("audit_entry" in one for one in statements):
            return statements
        off, on = triggers.guards_off(self.connection), triggers.guards_on(self.connection)
        # The gradebook guards its log and its locked marks in the same way.
        off += guards.guards_off(self.connection)
        on += guards.guards_on(self.connection)
        return [*off, *statements, "DELETE FROM audit_entry", *on]

    sql_flush.spares_the_guards = True  # type: ignore[attr-defined]
    operations.sql_flush = sql_flush
