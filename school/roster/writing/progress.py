"""How far a long import is, told while its transaction is still open."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from school.roster.models import RosterImport


class Dropped(Exception):
    """The person dropped the list while it was being read."""


class Progress:
    """Writes stage, rows done and rows in all to an import's record, where every other process sees it at once.

    Inside the import's own transaction nobody would: PostgreSQL is told over a second connection, and an embedded data
    base, which has one writer, only between transactions.
    """

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self._side: Any = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Tell; raises Dropped when the list was dropped meanwhile."""
        told = {"stage": stage, "done": done, "total": total, "beat": timezone.now()}
        if not transaction.get_connection().in_atomic_block:
            RosterImport.objects.filter(pk=self.pk).update(**told)
            dropped = RosterImport.objects.filter(pk=self.pk, state=RosterImport.State.CANCELLED).exists()
        elif connection.vendor == "postgresql":
            dropped = self._tell_aside(told)
        else:
            dropped = False
        if dropped:
            raise Dropped

    def _tell_aside(self, told: dict[str, Any]) -> bool:
        if self._side is None:
            self._side = connection.copy()
            self._side.set_autocommit(True)
        with self._side.cursor() as cursor:
            cursor.execute(
                "update roster_rosterimport set stage = %s, done = %s, total = %s, beat = %s where id = %s"
                " returning state",
                [*told.values(), self.pk],
            )
            row = cursor.fetchone()
        return row is not None and row[0] == RosterImport.State.CANCELLED

    def close(self) -> None:
        """Give the second connection back."""
        if self._side is not None:
            self._side.close()
            self._side = None
