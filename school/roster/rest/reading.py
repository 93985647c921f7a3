"""Reading the pictures for one application: which rows, which of them belong to what, and how rows of several schools become one.

What schools share (years, offices, a teacher of two schools) stands once for each school. To a reader of several it is one
thing: the row of the first school where it still is, with the roles, agents and grades of all, and the latest date of change.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Concat

from school.roster.models import RestRow
from school.roster.oneroster.columns import ACTIVE, TO_BE_DELETED
from school.roster.pictures import SHARED
from school.roster.rest.asking import Asked, Condition
from school.roster.rest.faults import unknown
from school.roster.rest.shapes import Field, reference, told, values

# The lists of the binding: the file whose rows they hold, and the condition on them. Ours are semesters of a school year;
# classes are held in the year, so that counts as a term, too, and what a class names as its term can be asked for as one.
KINDS: dict[str, tuple[str, Q]] = {
    "academicSessions": ("academicSessions", Q()),
    "terms": ("academicSessions", Q(word__in=["term", "semester", "schoolYear"])),
    "gradingPeriods": ("academicSessions", Q(word="gradingPeriod")),
    "orgs": ("orgs", Q()),
    "schools": ("orgs", Q(word="school")),
    "courses": ("courses", Q()),
    "classes": ("classes", Q()),
    "enrollments": ("enrollments", Q()),
    "users": ("users", Q()),
    "students": ("users", Q()),
    "teachers": ("users", Q()),
    "demographics": ("demographics", Q()),
}
_ROLE = {"students": "student", "teachers": "teacher"}
_AT_ONCE = 2_000
Rows = QuerySet[RestRow]


@dataclass(frozen=True)
class Reader:
    """The schools (ids) that an application reads, and what it may see of them."""

    schools: tuple[int, ...]

    def _all(self, file: str) -> Rows:
        return RestRow.objects.filter(file=file, school__in=self.schools)

    def _merges(self, file: str) -> bool:
        return file in SHARED and len(self.schools) > 1

    def kind(self, kind: str) -> Rows:
        """The rows of a list, each thing once."""
        file, condition = KINDS[kind]
        found = self._all(file).filter(condition)
        if self._merges(file):
            same = self._all(file).filter(sourced_id=OuterRef("sourced_id"))
            better = Q(live__gt=OuterRef("live")) | Q(live=OuterRef("live"), school__lt=OuterRef("school"))
            found = found.filter(Q(elsewhere=False) | ~Exists(same.filter(better)))
        return found.filter(self.with_role(_ROLE[kind])) if kind in _ROLE else found

    def one(self, kind: str, sourced_id: str) -> RestRow:
        """A thing of a list; raises Fault (404) when it is not there for this reader."""
        found = self.kind(kind).filter(sourced_id=sourced_id).first()
        if found is None:
            raise unknown({"classes": "class"}.get(kind, kind.removesuffix("s")))
        return found

    def with_role(self, role: str, school: int | None = None) -> Q:
        """Users who hold a role, or held it when they were last told."""
        here = Q(word__contains=f",{role},") & (Q(school=school) if school else Q())
        if len(self.schools) == 1:
            return here
        roles = self._all("roles").filter(person=OuterRef("sourced_id"), word=role, live=OuterRef("live"))
        found = Exists(roles.filter(school=school) if school else roles)
        # Of most people the row itself says it; who is at several schools may hold the role at another one.
        return Q(elsewhere=False) & here | Q(elsewhere=True) & Q(found)

    def placed(self, class_id: str, role: str) -> Q:
        """Users who are in a class now."""
        rows = self._all("enrollments").filter(place=class_id, word=role, live=True, person=OuterRef("sourced_id"))
        return Q(Exists(rows))

    def attended(self, user_id: str, role: str = "") -> Q:
        """Classes in which a user is now."""
        rows = self._all("enrollments").filter(person=user_id, live=True, place=OuterRef("sourced_id"))
        return Q(Exists(rows.filter(word=role) if role else rows))

    def page(self, rows: Rows, file: str, asked: Asked) -> tuple[list[RestRow], int]:
        """The rows of a page and how many there are in all."""
        rows = self._where(rows, file, asked.conditions)
        total = rows.count()
        order: list[Any] = []
        if asked.sort is not None:
            rows = rows.alias(sorted=self._value(file, asked.sort))
            order = [F("sorted").desc() if asked.descending else F("sorted").asc()]
        elif asked.descending:
            order = ["-sourced_id"]
        found = rows.order_by(*order, "sourced_id", "pk")[asked.offset : asked.offset + asked.limit]
        return list(found), total

    def _value(self, file: str, field: Field) -> Any:
        if field.cell == "sourcedId":
            return F("sourced_id")
        if field.kind == "status":
            return F("live")
        if field.kind == "datetime":
            if not self._merges(file):
                return F("changed")
            same = self._all(file).filter(sourced_id=OuterRef("sourced_id")).order_by("-changed")
            return Case(When(elsewhere=True, then=Subquery(same.values("changed")[:1])), default=F("changed"))
        return Coalesce(KeyTextTransform(field.cell, "cells"), Value(""), output_field=TextField())

    def _where(self, rows: Rows, file: str, ways: Sequence[Sequence[Condition]]) -> Rows:
        if not ways:
            return rows
        wanted = Q(pk__in=[])
        for number, way in enumerate(ways):
            all_of = Q()
            for place, condition in enumerate(way):
                name = f"c{number}_{place}"
                if condition.role or (self._merges(file) and condition.field.kind in ("list", "refs")):
                    all_of &= self._any(file, condition)
                    continue
                rows = rows.alias(**{name: self._compared(file, condition)})
                all_of &= _holds(name, condition)
            wanted |= all_of
        return rows.filter(wanted)

    def _any(self, file: str, condition: Condition) -> Q:
        """Some role of a person, or the list in some school, fits; "!=": none does."""
        at = "person" if condition.role else "sourced_id"
        rows = self._all("roles" if condition.role else file).filter(
            **{at: OuterRef("sourced_id")}, live=OuterRef("live")
        )
        rows = rows.alias(value=self._compared("roles" if condition.role else file, condition))
        unlike = condition.operator == "!="
        positive = Condition(condition.field, "=", condition.value) if unlike else condition
        found = Q(Exists(rows.filter(_holds("value", positive))))
        return ~found if unlike else found

    def _compared(self, file: str, condition: Condition) -> Any:
        value = self._value(file, condition.field)
        if condition.field.kind in ("list", "refs") and condition.field.cell != "subjects":
            return Concat(Value(","), value, Value(","), output_field=TextField())
        return value

    # From rows to what is told.

    def tell(self, file: str, rows: Sequence[RestRow], at: str, fields: Sequence[str] = ()) -> list[dict[str, Any]]:
        """The JSON of rows of a file; ``at`` is the address of the service."""
        ids = [row.sourced_id for row in rows]
        others = self._others(file, [row.sourced_id for row in rows if row.elsewhere])
        roles = self._roles(ids) if file == "users" and (not fields or "roles" in fields) else {}
        children = self._children(file, ids) if file in ("orgs", "academicSessions") else {}
        found = []
        for row in rows:
            cells, changed = dict(row.cells), row.changed
            for other in others.get(row.sourced_id, ()):
                changed = max(changed, other.changed)
                if file == "users" and other.live == row.live:
                    _join(cells, other.cells)
            one: dict[str, Any] = {"sourcedId": row.sourced_id}
            one |= {"status": ACTIVE if row.live else TO_BE_DELETED, "dateLastModified": _moment(changed)}
            one |= {name: value for name, value in told(file, cells, at).items() if name not in one}
            if file == "users":
                held = [role for role in roles.get(row.sourced_id, ()) if role.live == row.live]
                one["roles"] = [_role(role, at) for role in held]
            if file == "orgs":
                # The binding wants one; some offices have no code.
                one.setdefault("identifier", row.cells.get("name", row.sourced_id))
            if row.sourced_id in children:
                one["children"] = [reference(file, child, at) for child in children[row.sourced_id]]
            found.append({name: one[name] for name in fields if name in one} if fields else one)
        return found

    def _others(self, file: str, ids: list[str]) -> dict[str, list[RestRow]]:
        found: dict[str, list[RestRow]] = {}
        if self._merges(file):
            for some in _chunks(ids):
                for row in self._all(file).filter(sourced_id__in=some).order_by("school"):
                    found.setdefault(row.sourced_id, []).append(row)
        return found

    def _roles(self, ids: list[str]) -> dict[str, list[RestRow]]:
        found: dict[str, list[RestRow]] = {}
        for some in _chunks(ids):
            for row in self._all("roles").filter(person__in=some):
                found.setdefault(row.person, []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (row.cells["roleType"], row.school_id, row.word))
        return found

    def _children(self, file: str, ids: list[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for some in _chunks(ids):
            below = self._all(file).filter(place__in=some, live=True).order_by("sourced_id")
            for above, child in below.values_list("place", "sourced_id").distinct():
                found.setdefault(above, []).append(child)
        return found


def _moment(when: datetime.datetime) -> str:
    return when.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(ids), _AT_ONCE):
        yield ids[at : at + _AT_ONCE]


def _join(cells: dict[str, str], others: dict[str, str]) -> None:
    """Agents and grades of another school beside those already there."""
    for name in ("agentSourcedIds", "grades"):
        joined = dict.fromkeys([*_parts(cells.get(name, "")), *_parts(others.get(name, ""))])
        if joined:
            cells[name] = ",".join(sorted(joined) if name == "grades" else joined)


def _parts(cell: str) -> list[str]:
    return [part for part in cell.split(",") if part]


def _role(row: RestRow, at: str) -> dict[str, Any]:
    cells = told("roles", row.cells, at)
    return {name: cells[name] for name in ("roleType", "role", "org", "beginDate", "endDate") if name in cells}


_LOOKUPS: dict[str, str] = {"=": "", ">": "__gt", ">=": "__gte", "<": "__lt", "<=": "__lte", "~": "__icontains"}


def _holds(name: str, condition: Condition) -> Q:
    """The comparison of the value ``name`` as a condition of the database."""
    if condition.operator == "!=":
        return ~_holds(name, Condition(condition.field, "=", condition.value, moment=condition.moment))
    value: Any = condition.value
    if condition.field.kind == "status":
        value = condition.value == ACTIVE
    elif condition.moment is not None:
        value = condition.moment
    elif condition.field.kind in ("list", "refs") and condition.field.cell != "subjects":
        # "=": all of the values are there, in whatever order; "~": some value holds some of these texts.
        wanted = values(condition.value, condition.field) or [""]
        if condition.operator == "=":
            return _every(Q(**{f"{name}__contains": f",{one},"}) for one in wanted)
        return ~_every(~Q(**{f"{name}__icontains": one}) for one in wanted)
    return Q(**{f"{name}{_LOOKUPS[condition.operator]}": value})


def _every(conditions: Iterable[Q]) -> Q:
    found = Q()
    for condition in conditions:
        found &= condition
    return found
