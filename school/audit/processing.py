"""Sealing: entries are hashed onto the seal before, seal after seal, and each seal is sent to places outside.

Who changes, removes or slips in a sealed entry breaks the chain. Who rewrites the chain too, as the owner of the database
can, no longer fits the seals that left the house.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from .models import Delivery, Entry, Horizon, Seal
from .places import PlaceError, place_of, places

# Entries younger than this wait for the next turn: a little less than the minute between two turns of the scheduler.
SETTLED = datetime.timedelta(seconds=50)
AT_ONCE = 20_000
FIELDS = (
    *("id", "at", "actor_id", "as_id", "action", "subject_id", "school_id", "target", "target_pk", "target_name"),
    *("old", "new", "detail", "address", "host"),
)


def canonical(row: dict[str, Any]) -> bytes:
    """An entry's facts in one fixed form: JSON with sorted keys, the time in UTC to the microsecond."""
    facts = row | {"at": row["at"].astimezone(datetime.UTC).isoformat(timespec="microseconds")}
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def hash_of(previous: str, rows: Iterable[dict[str, Any]]) -> tuple[str, int, int]:
    """(SHA-256 in hexadecimal over the seal before and the rows, how many rows, the first row's number)."""
    digest = hashlib.sha256(previous.encode())
    count = first = 0
    for row in rows:
        digest.update(b"\n" + canonical(row))
        first = first or row["id"]
        count += 1
    return digest.hexdigest(), count, first


def entries_between(after: int, last: int) -> Iterator[dict[str, Any]]:
    """The entries numbered after ``after`` up to ``last``, in order."""
    yield from (
        Entry.objects.filter(pk__gt=after, pk__lte=last).order_by("pk").values(*FIELDS).iterator(chunk_size=2_000)
    )


def settled() -> int:
    """The number up to which every entry that will ever be there is there; 0 for none.

    SQLite has one writer, so numbers are committed in order. PostgreSQL gives numbers out to transactions that commit in any
    order. Whoever takes a number holds a lock on the table first and until the end, so a look notes the last number and then
    the holders; when these have ended, at a later look, everything up to that number is there.
    """
    if connection.vendor != "postgresql":
        rows = Entry.objects.filter(at__lt=timezone.now() - SETTLED).order_by("-pk")
        return rows.values_list("pk", flat=True).first() or 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM audit_entry_id_seq WHERE is_called")
        given = cursor.fetchone()
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE relation = 'audit_entry'::regclass AND locktype = 'relation' "
            "AND mode = 'RowExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND pid IS DISTINCT FROM pg_backend_pid()"
        )
        writers = [writer for (writer,) in cursor.fetchall()]
    look = Horizon.objects.order_by("-pk").first()
    if look is not None and (set(look.writers) & set(writers) or look.at > timezone.now() - SETTLED):
        return 0
    Horizon.objects.all().delete()
    if given is not None:
        Horizon.objects.create(last=given[0], writers=writers)
    return look.last if look is not None else 0


@transaction.atomic
def seal_rows(last: int) -> Seal | None:
    """Seal what is not yet sealed, up to the entry ``last`` (at most AT_ONCE entries); None when there is nothing.

    Two sealers at once: the number of the last entry is unique among the seals, so the second fails and seals nothing.
    """
    before = Seal.objects.order_by("-pk").first()
    done, previous = (before.last, before.hash) if before else (0, "")
    numbers = Entry.objects.filter(pk__gt=done, pk__lte=last).order_by("pk").values_list("pk", flat=True)
    until = numbers[AT_ONCE - 1 : AT_ONCE].first() or numbers.last()
    if until is None:
        return None
    value, count, first = hash_of(previous, entries_between(done, until))
    made: Seal = Seal.objects.create(first=first, last=until, rows=count, previous=previous, hash=value)
    Delivery.objects.bulk_create(Delivery(seal=made, place=name) for name in places())
    return made


def seal_all() -> int:
    """Seal everything that is settled; returns how many seals were made."""
    last, made = settled(), 0
    while seal_rows(last) is not None:
        made += 1
    return made


def line_of(seal: Seal) -> str:
    """A seal as it leaves the house: one line of JSON."""
    facts = {
        "seal": seal.pk,
        "first": seal.first,
        "last": seal.last,
        "rows": seal.rows,
        "previous": seal.previous,
        "hash": seal.hash,
        "at": seal.at.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        "from": settings.PLATFORM_HOST,
    }
    return json.dumps(facts, separators=(",", ":"))


def deliver() -> tuple[int, int]:
    """Send the seals that wait, each place's in their order; returns (sent, failed). A failure is tried again next time."""
    sent = failed = 0
    for name, address in places().items():
        waiting = Delivery.objects.filter(place=name, sent_at=None).select_related("seal").order_by("seal_id")
        for delivery in waiting[:500]:
            try:
                place_of(address).put(f"{delivery.seal_id:010d}", line_of(delivery.seal))
            except (PlaceError, OSError) as error:
                # The next ones wait: a copy with a hole in it would look like tampering.
                Delivery.objects.filter(pk=delivery.pk).update(failures=delivery.failures + 1, error=str(error)[:300])
                failed += 1
                break
            Delivery.objects.filter(pk=delivery.pk).update(sent_at=timezone.now(), error="")
            sent += 1
    return sent, failed
