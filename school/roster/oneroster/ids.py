"""Ids of sets and things of ours: read once, given where there is none, written at the end."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from school.roster.models import SourcedId

_AT_ONCE = 1000


class Ids:
    """All ids (or those of `rows`), both ways. New ones are kept in memory until `write`."""

    def __init__(self, rows: Iterable[SourcedId] | None = None) -> None:
        self.by_key: dict[tuple[str, str], SourcedId] = {}
        self.by_id: dict[tuple[str, str], SourcedId] = {}
        for one in SourcedId.objects.iterator(chunk_size=5000) if rows is None else rows:
            self._keep(one)
        self._new: list[SourcedId] = []
        self._changed: dict[int, SourcedId] = {}

    def _keep(self, one: SourcedId) -> None:
        self.by_key[one.file, one.key] = one
        self.by_id[one.file, one.sourced_id] = one

    def of(self, file: str, key: str, school_id: int | None = None) -> str:
        """The id of a thing; one that has none is given one."""
        found = self.by_key.get((file, key))
        if found is None:
            found = SourcedId(file=file, sourced_id=str(uuid.uuid4()), key=key, school_id=school_id)
            self._keep(found)
            self._new.append(found)
        return found.sourced_id

    def key(self, file: str, sourced_id: str) -> str:
        """The thing that a set's id names, "" when it is unknown."""
        found = self.by_id.get((file, sourced_id))
        return found.key if found else ""

    def learn(self, file: str, sourced_id: str, key: str, school_id: int | None = None) -> None:
        """Remember whose an id is. A thing that had another id before keeps the one it had first."""
        if (file, sourced_id) in self.by_id or (file, key) in self.by_key:
            return
        found = SourcedId(file=file, sourced_id=sourced_id, key=key, school_id=school_id)
        self._keep(found)
        self._new.append(found)

    def told(self, file: str, key: str, cells: Mapping[str, str], now: datetime) -> datetime:
        """Note what a set says of a thing; returns when that changed last."""
        one = self.by_key[file, key]
        if one.cells != cells or one.gone is not None:
            one.cells, one.changed, one.gone = dict(cells), now, None
            self._touch(one)
        return one.changed or now

    def lost(self, told: set[tuple[str, str]], schools: set[int | None], now: datetime) -> list[SourcedId]:
        """Things of these schools that were told once and are there no longer."""
        found = [
            one
            for place, one in self.by_key.items()
            if one.cells and place not in told and one.school_id in schools and one.pk
        ]
        for one in found:
            if one.gone is None:
                one.gone = now
                self._touch(one)
        return found

    def missed(self) -> list[SourcedId]:
        """Ids that are kept of things which were given new ones here: these were made without all rows in sight."""
        found: list[SourcedId] = []
        for file in {one.file for one in self._new}:
            keys = [one.key for one in self._new if one.file == file]
            for at in range(0, len(keys), 500):
                found += SourcedId.objects.filter(file=file, key__in=keys[at : at + 500])
        return found

    def _touch(self, one: SourcedId) -> None:
        if one.pk:
            self._changed[one.pk] = one

    def write(self) -> None:
        """Keep what is new and what has changed."""
        SourcedId.objects.bulk_create(self._new, batch_size=_AT_ONCE)
        SourcedId.objects.bulk_update(self._changed.values(), ["cells", "changed", "gone"], batch_size=500)
        self._new, self._changed = [], {}


def moment(when: datetime) -> str:
    """A moment as OneRoster writes it: UTC, with a Z."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
