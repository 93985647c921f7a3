"""What a request asks of a list: how much of it, in which order, under which conditions, which fields.

Read strictly: a condition that is misunderstood would make a reader take a part for the whole, and delete the rest on its side.
"""

import datetime
import re
from dataclasses import dataclass

from django.utils.dateparse import parse_date, parse_datetime

from school.roster.rest.faults import BAD_DATA, BAD_FILTER, BAD_SELECTION, Fault
from school.roster.rest.shapes import FIELDS, Field

DEFAULT_LIMIT, MOST, FURTHEST = 100, 10_000, 100_000_000
_LONGEST, _MOST_CONDITIONS = 2_000, 10
_CONDITION = re.compile(r"\s*([A-Za-z]+(?:\.[A-Za-z]+)*)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'\s*")
_LOGICAL = re.compile(r"(AND|OR)\s+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Condition:
    """One comparison: of a field of the thing itself, or (``role``) of one of a person's roles."""

    field: Field
    operator: str
    value: str
    role: bool = False
    moment: datetime.datetime | None = None


@dataclass(frozen=True)
class Asked:
    """A request for a list, understood. ``conditions`` are alternatives, each of comparisons that all must hold."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    sort: Field | None = None
    descending: bool = False
    conditions: tuple[tuple[Condition, ...], ...] = ()
    fields: tuple[str, ...] = ()


def asked_for(
    file: str, *, limit: str = "", offset: str = "", sort: str = "", order: str = "", filter: str = "", fields: str = ""
) -> Asked:
    """Understand a request for a list of a file's rows; raises Fault (400) that names what is wrong."""
    if order not in ("", "asc", "desc"):
        raise Fault(400, BAD_DATA, "orderBy is asc or desc.")
    return Asked(
        limit=_number("limit", limit, DEFAULT_LIMIT, 1, MOST),
        offset=_number("offset", offset, 0, 0, FURTHEST),
        sort=_sort(file, sort) if sort else None,
        descending=order == "desc",
        conditions=_conditions(file, filter) if filter else (),
        fields=selection(file, fields),
    )


def _number(name: str, text: str, default: int, least: int, most: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
        raise Fault(400, BAD_DATA, f"{name} is a whole number from {least} to {most}.")
    return int(text)


def selection(file: str, text: str) -> tuple[str, ...]:
    """The fields that are wanted, none named: all; raises Fault for one that does not exist."""
    names = tuple(dict.fromkeys(part.strip() for part in text.split(","))) if text else ()
    known = _selectable(file)
    for name in names:
        if name not in known:
            raise Fault(400, BAD_SELECTION, f"There is no field {name[:60]!r} here.")
    return names


def _selectable(file: str) -> set[str]:
    more = {"users": {"roles"}, "orgs": {"children"}, "academicSessions": {"children"}}
    return set(FIELDS[file]) | more.get(file, set())


def _named(file: str, name: str) -> tuple[Field, bool] | None:
    """The field that a dotted name means, and whether it is one of a person's roles."""
    head, _, rest = name.partition(".")
    if file == "users" and head == "roles" and rest:
        found = _named("roles", rest)
        return (found[0], True) if found else None
    field = FIELDS[file].get(head)
    if field is None or (file == "roles" and head in ("sourcedId", "status", "dateLastModified", "user")):
        return None
    if field.kind in ("ref", "refs"):
        return (field, False) if rest in ("", "sourcedId") else None
    return None if rest else (field, False)


def _sort(file: str, name: str) -> Field:
    found = _named(file, name)
    if found is None or found[1] or found[0].kind in ("list", "refs"):
        raise Fault(400, BAD_DATA, f"This list is not sorted by {name[:60]!r}.")
    return found[0]


def _conditions(file: str, text: str) -> tuple[tuple[Condition, ...], ...]:
    if len(text) > _LONGEST or _CONTROL.search(text):
        raise Fault(400, BAD_FILTER, f"A filter has at most {_LONGEST} characters, and no control characters.")
    ways: list[list[Condition]] = [[]]
    at, count = 0, 0
    while True:
        match = _CONDITION.match(text, at)
        if match is None:
            raise Fault(400, BAD_FILTER, f"The filter is not understood from {text[at : at + 40]!r} on: field='value'.")
        ways[-1].append(_condition(file, match[1], match[2], match[3].replace("''", "'")))
        count += 1
        at = match.end()
        if at == len(text):
            return tuple(tuple(way) for way in ways)
        logical = _LOGICAL.match(text, at)
        if logical is None or count == _MOST_CONDITIONS:
            raise Fault(400, BAD_FILTER, f"Conditions are joined by AND or OR, at most {_MOST_CONDITIONS} of them.")
        if logical[1] == "OR":
            ways.append([])
        at = logical.end()


def _condition(file: str, name: str, operator: str, value: str) -> Condition:
    found = _named(file, name)
    if found is None:
        raise Fault(400, BAD_FILTER, f"There is no field {name[:60]!r} to filter by here.")
    field, role = found
    if field.kind in ("list", "refs") and operator not in ("=", "!=", "~"):
        raise Fault(400, BAD_FILTER, f"A list ({name}) is compared by =, != or ~.")
    if field.kind == "status" and (operator not in ("=", "!=") or value not in ("active", "tobedeleted")):
        raise Fault(400, BAD_FILTER, "status is compared by = or != with 'active' or 'tobedeleted'.")
    if field.kind == "date" and operator != "~" and not _is_day(value):
        raise Fault(400, BAD_FILTER, f"{name} is compared with a day: 2026-09-05.")
    moment = _moment(name, operator, value) if field.kind == "datetime" else None
    if field.words == {"true", "false"}:
        value = value.lower()
    return Condition(field, operator, value, role, moment)


def _is_day(value: str) -> bool:
    try:
        return parse_date(value) is not None
    except ValueError:
        return False


def _moment(name: str, operator: str, value: str) -> datetime.datetime:
    try:
        found = parse_datetime(value)
        day = None if found else parse_date(value)
    except ValueError:
        found = day = None
    if day is not None:
        found = datetime.datetime.combine(day, datetime.time.min)
    if found is None or operator == "~":
        raise Fault(400, BAD_FILTER, f"{name} is compared with a moment: 2026-09-05T07:00:00Z.")
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
