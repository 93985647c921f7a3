"""A set out of the data base: whole, or what has changed since a day."""

from datetime import date, datetime, time

from django.utils import timezone

from school.organisation.models import School
from school.roster.oneroster.columns import ACTIVE, BULK, DELTA, TO_BE_DELETED, files_of
from school.roster.oneroster.files import write_set
from school.roster.oneroster.ids import Ids, moment
from school.roster.oneroster.telling import Telling


def export_set(*, version: str, schools: list[School], since: date | None = None) -> tuple[bytes, int]:
    """The zip of a set and how many rows it holds; the caller holds the transaction, in which new ids are kept.

    A delta holds what has changed since the beginning of a day as far as any earlier set (of either version, whole or
    delta) told it otherwise, and what is there no longer, as tobedeleted.
    """
    ids, now = Ids(), timezone.now()
    told = Telling(ids, schools).gather()
    wanted = files_of(version)
    after = timezone.make_aware(datetime.combine(since, time.min)) if since else None
    rows: dict[str, list[dict[str, str]]] = {file: [] for file in wanted}
    seen: set[tuple[str, str]] = set()
    for file, lines in told.items():
        for one in lines:
            seen.add((file, one.key))
            changed = ids.told(file, one.key, one.cells, now)
            if file not in rows:
                continue
            if after is None:
                rows[file].append(one.cells)
            elif changed >= after:
                rows[file].append(one.cells | {"status": ACTIVE, "dateLastModified": moment(changed)})
    for gone in ids.lost(seen, {school.pk for school in schools}, now):
        if after is not None and gone.file in rows and gone.gone is not None and gone.gone >= after:
            rows[gone.file].append(gone.cells | {"status": TO_BE_DELETED, "dateLastModified": moment(gone.gone)})
    ids.write()
    modes = {file: BULK if after is None else DELTA for file in wanted if rows[file]}
    return write_set(version, modes, rows), sum(map(len, rows.values()))
