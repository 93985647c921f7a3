"""An entry in words: who did what about whom, and what changed, with the names of fields and of the rows they point to."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from school.audit.actions import ADDED, CHANGED, REMOVED, label_of
from school.audit.models import Entry
from school.audit.services import HIDDEN
from school.audit.watching import watch_of

# Values that nobody needs whole to know that they changed.
MASKED = frozenset({"citizen_id"})


@dataclass(frozen=True)
class Change:
    """One field: before and after, "" for nothing."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Line:
    """An entry as a page shows it."""

    entry: Entry
    who: str
    as_whom: str
    what: str
    about: str
    changes: list[Change]
    details: list[tuple[str, str]]

    @property
    def text(self) -> str:
        """Changes and details on one line, for a workbook."""
        parts = [f"{one.label}: {one.old or '–'} → {one.new or '–'}" for one in self.changes]
        return "; ".join([*parts, *(f"{label}: {value}" for label, value in self.details)])


def _field(model: type[models.Model], column: str) -> Any:
    return next((field for field in model._meta.local_concrete_fields if field.column == column), None)


def _model(entry: Entry) -> type[models.Model] | None:
    try:
        return apps.get_model(entry.target) if entry.target else None
    except LookupError:
        return None


def _pointed(entries: Iterable[Entry]) -> dict[tuple[str, int], str]:
    """The names of the rows to which changed fields point: one query for each kind of row."""
    wanted: dict[type[models.Model], set[int]] = defaultdict(set)
    for entry in entries:
        model = _model(entry)
        for column, value in [*(entry.old or {}).items(), *(entry.new or {}).items()] if model else []:
            known = _field(model, column)  # type: ignore[arg-type]
            if known is not None and known.is_relation and isinstance(value, int):
                wanted[known.related_model].add(value)
    found: dict[tuple[str, int], str] = {}
    for model, keys in wanted.items():
        joined = [one.name for one in model._meta.local_concrete_fields if one.is_relation and not one.null]
        rows = model._base_manager.filter(pk__in=keys)
        for row in rows.select_related(*joined) if joined else rows:
            found[model._meta.label_lower, row.pk] = str(row)
    return found


def _text(known: Any, value: Any, pointed: Mapping[tuple[str, int], str]) -> str:
    """A stored value as people read it."""
    if value is None or value == "":
        return ""
    if known is None:
        return str(value)
    if known.column in MASKED and value != HIDDEN:
        return f"{HIDDEN}{str(value)[-3:]}"
    if known.is_relation:
        return pointed.get((known.related_model._meta.label_lower, value), f"#{value}")
    if isinstance(known, models.BooleanField):
        return _("yes") if value else _("no")
    if known.choices:
        return str(dict(known.flatchoices).get(value, value))
    if isinstance(known, models.DateTimeField) and (moment := parse_datetime(str(value))):
        aware = moment if timezone.is_aware(moment) else moment.replace(tzinfo=datetime.UTC)
        return date_format(timezone.localtime(aware), "SHORT_DATETIME_FORMAT")
    if isinstance(known, models.DateField) and (day := parse_date(str(value)[:10])):
        return date_format(day, "SHORT_DATE_FORMAT")
    if isinstance(known, models.DecimalField) and isinstance(value, (int, float)):
        return number_format(value, decimal_pos=known.decimal_places)
    return str(value)


def _changes(entry: Entry, pointed: Mapping[tuple[str, int], str], *, hide: bool) -> list[Change]:
    model = _model(entry)
    if model is None:
        return []
    old, new = entry.old or {}, entry.new or {}
    key = model._meta.pk.column
    found = []
    for column in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(column), new.get(column)
        known = _field(model, column)
        # Whom the entry is about stands above already.
        about = known is not None and known.is_relation and entry.subject_id and entry.subject_id in (before, after)
        if before == after or column == key or about:
            continue
        label = _field_names().get(column) or (str(known.verbose_name) if known is not None else column)
        one, other = (
            HIDDEN if hide and value is not None else _text(known, value, pointed) for value in (before, after)
        )
        if one or other:
            found.append(Change(label, one, other))
    return found


def _field_names() -> dict[str, str]:
    """Names of columns that the models leave to Django's English."""
    return {
        "column_id": _("column"),
        "student_id": _("student"),
        "school_class_id": _("school class"),
        "subject_id": _("subject"),
        "school_id": _("school"),
        "node_id": _("place"),
        "item_id": _("copy"),
        "borrower_id": _("reader"),
        "lent_by_id": _("lent by"),
        "returned_to_id": _("returned to"),
        "published_value": _("published value"),
        "published_comment": _("published remark"),
        "published_at": _("published at"),
        "must_change_password": _("must change the password"),
        "initial_password_until": _("first password valid until"),
        "password": _("password"),
        "data": _("secret"),
        "type": _("kind"),
        "is_staff": _("may edit pages"),
        "is_superuser": _("operator of the platform"),
        "date_joined": _("account since"),
        "created_at": _("made at"),
    }


def _details(entry: Entry) -> list[tuple[str, str]]:
    names = {
        "rows": _("Rows"),
        "what": _("What"),
        "why": _("Why"),
        "reason": _("Reason"),
        "page": _("Page"),
        "status": _("Answer"),
        "minutes": _("Minutes"),
        "how": _("How"),
        "file": _("File"),
    }
    found = []
    for key, value in (entry.detail or {}).items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        found.append((names.get(key, key), text[:300]))
    return found


def _what(entry: Entry) -> str:
    model = _model(entry)
    if model is not None and entry.action in (ADDED, CHANGED, REMOVED):
        return f"{label_of(entry.action)}: {model._meta.verbose_name}"
    return label_of(entry.action)


def _nobody(entry: Entry) -> str:
    return _("Nobody signed in") if entry.action == "sign_in_failed" else _("The platform")


def lines_of(entries: list[Entry], names: Mapping[int, str], *, readable: frozenset[int]) -> list[Line]:
    """The entries in words; ``names`` by person's id, ``readable`` the entries whose private values may be shown."""
    pointed = _pointed(entries)
    made = []
    for entry in entries:
        watched = watch_of(entry.target)
        hide = watched is not None and watched.private and entry.pk not in readable
        about = names.get(entry.subject_id, "") if entry.subject_id else entry.target_name
        made.append(
            Line(
                entry,
                names.get(entry.actor_id, _("An account that is gone")) if entry.actor_id else _nobody(entry),
                names.get(entry.as_id, "") if entry.as_id else "",
                _what(entry),
                about,
                _changes(entry, pointed, hide=hide),
                _details(entry),
            )
        )
    return made
