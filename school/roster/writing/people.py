"""What every list does to people: find, make, change, in bulk."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from secrets import token_urlsafe
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, UNUSABLE_PASSWORD_SUFFIX_LENGTH
from django.db import connection
from django.db.models import Model

from school.dated import today
from school.identity.models import User
from school.roster.processing.lists import Row
from school.roster.writing.known import chunks
from school.text import clean

_DERIVED = ("full_name", "family_middle", "given_name", "sort_key", "search_text")
_TAKEN = ("citizen_id", "gender", "ethnicity", "address", "phone", "email", "ministry_code")


# Told of how many rows (or which part of the people) are written.
Done = Callable[[int], None]
_PEOPLE_AT_ONCE = 1000


def nobody_asks(count: int) -> None:
    """The one to tell when nobody waits."""


@dataclass
class Counts:
    """What an import did, or would do, row by row; `people` are those made beside the rows (parents)."""

    new: int = 0
    changed: int = 0
    same: int = 0
    people: int = 0
    classes: int = 0
    ended: int = 0

    @property
    def anything(self) -> bool:
        """Whether the data base is another than before."""
        return bool(self.new or self.changed or self.people or self.classes or self.ended)


@dataclass
class Changes:
    """People to write at the end in two statements: those made and those changed."""

    made: dict[str, User] = field(default_factory=dict)
    changed: dict[int, User] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)

    def change(self, user: User, found: dict[str, Any]) -> bool:
        """Set what differs and keep the person for the writing; whether anything did."""
        if not (differing := person_change(user, found)):
            return False
        self.changed[user.pk] = user
        self.fields |= differing
        return True

    def write(self, part: Callable[[float], None] = lambda part: None) -> None:
        """Insert and update; afterwards the made people have their ids. `part` is told which part of them is written."""
        # One row a statement would cost a school of 500 pupils and 1000 parents a minute on a network data base.
        made, changed = list(self.made.values()), list(self.changed.values())
        whole = max(len(made) + len(changed), 1)
        for at in range(0, len(made), _PEOPLE_AT_ONCE):
            User.objects.bulk_create(made[at : at + _PEOPLE_AT_ONCE], batch_size=500)
            part((at + _PEOPLE_AT_ONCE) / whole if at + _PEOPLE_AT_ONCE < whole else 1)
        # A column more is a case more for every row of the statement: only those that differ somewhere are written.
        fields = sorted(self.fields | ({*_DERIVED} if self.fields & {*_DERIVED, "phone"} else set()))
        for at in range(0, len(changed), _PEOPLE_AT_ONCE):
            User.objects.bulk_update(changed[at : at + _PEOPLE_AT_ONCE], fields=fields, batch_size=200)
            part(min((len(made) + at + _PEOPLE_AT_ONCE) / whole, 1))


def by_index() -> None:
    """Let PostgreSQL go by the indexes until the transaction ends, whatever it believes of a table's size.

    A preview is a transaction taken back: what it leaves behind, and a table that was empty when it was last looked at,
    are otherwise read whole for every row whose school the trail asks for.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("set local enable_seqscan = off")


def statistics_renew(*models: type[Model]) -> None:
    """Let PostgreSQL look at tables that have grown within this transaction, and forget the plans made before."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in models:
                cursor.execute(f"analyze {connection.ops.quote_name(model._meta.db_table)}")


def new_person(code: str, full_name: str, **fields: Any) -> User:
    """A person without a password: nobody signs in before a slip is made."""
    user = User(code=code, full_name=clean(full_name), **fields)
    # As set_unusable_password() makes it, which takes a second for ten thousand pupils and their parents.
    user.password = UNUSABLE_PASSWORD_PREFIX + token_urlsafe(UNUSABLE_PASSWORD_SUFFIX_LENGTH)
    user.derive()
    return user


def by_code(codes: Iterable[str]) -> dict[str, User]:
    """The people of these codes."""
    return {user.code: user for chunk in chunks(sorted(set(codes))) for user in User.objects.filter(code__in=chunk)}


def fields_of(row: Row) -> dict[str, Any]:
    """What a row says of the person; blank cells say nothing."""
    found: dict[str, Any] = {key: row.get(key) for key in _TAKEN if row.get(key)}
    if row.birth_date:
        found["birth_date"] = row.birth_date
    found["full_name"] = row.full_name
    # Names that do not end in the given name keep their parts when the file gives them apart.
    if row.get("given_name") and not row.get("full_name"):
        found["family_middle"], found["given_name"] = row.get("family_middle"), row.get("given_name")
    return found


def person_change(user: User, found: dict[str, Any]) -> set[str]:
    """Set what differs; the names of the fields that did."""
    differing = {key: value for key, value in found.items() if getattr(user, key) != value}
    for key, value in differing.items():
        setattr(user, key, value)
    if differing:
        user.derive()
    return set(differing)


def last_day(starts: date, before: date | None = None) -> date:
    """The last day of a fact that another replaces from `before` (today): the day before, but never before it began."""
    return max(starts, (before or today()) - timedelta(days=1))
