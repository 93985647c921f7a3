"""Which tables have a policy, and its condition in SQL.

A model with a foreign key ``school`` has one without a word. Others say in their app's ``policies.py`` through which
parent they belong to a school (``through``), give their own condition (``when``) or say why they need none (``excuse``);
a test finds who is silent.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey, Model

# Cast within, the array is made once for a query and not once for each row; cast without, ANY takes it for an array and not for
# a sub-query.
SCHOOLS = "((SELECT string_to_array(current_setting('app.schools', true), ',')::bigint[])::bigint[])"
PEOPLE = "((SELECT string_to_array(current_setting('app.people', true), ',')::bigint[])::bigint[])"

# Who did the work (entered a mark, lent a book) sees the row by the school it was done for; each further clause has its price in
# every question that touches the table.
WORKERS = frozenset({"by", "created_by", "lent_by", "returned_to", "opened_by", "last_author"})

_through: dict[str, str] = {}
_when: dict[str, str] = {}
_excused: dict[str, str] = {}


@dataclass(frozen=True)
class Policy:
    """The condition of one table; ``using`` is SQL about a row of ``table``."""

    table: str
    using: str


def through(model: str, parent: str) -> None:
    """Rows of ``model`` are seen when the row is seen that their foreign key ``parent`` names."""
    _through[model.lower()] = parent


def when(model: str, condition: str) -> None:
    """Rows of ``model`` are seen under a condition of their own; {schools} and {people} stand for the arrays of ids."""
    _when[model.lower()] = condition.format(schools=SCHOOLS, people=PEOPLE)


def excuse(model: str, reason: str) -> None:
    """``model`` has no policy, for a reason that a reader can judge."""
    _excused[model.lower()] = reason


def ours() -> list[type[Model]]:
    """The models of the project's own apps that have a table."""
    rooms = {"config", "school", "media", "library", "lms", "gradebook", "parentportal"}
    return [m for m in apps.get_models() if m.__module__.split(".")[0] in rooms and m._meta.managed]


def silent() -> list[str]:
    """Models that neither have a policy nor say why not."""
    return sorted(m._meta.label for m in ours() if condition(m) is None and m._meta.label_lower not in _excused)


def policies() -> list[Policy]:
    """The policy of every guarded table, by table."""
    found = [Policy(m._meta.db_table, using) for m in ours() if (using := condition(m)) is not None]
    return sorted(found, key=lambda policy: policy.table)


def condition(model: type[Model]) -> str | None:
    """The condition of a model's rows; None when it has no policy.

    Whom a row is about sees it, whatever the school: one's own marks of the school one has left.
    """
    label = model._meta.label_lower
    if label in _excused:
        return None
    if label in _when:
        return _when[label]
    table = model._meta.db_table
    found: list[str] = []
    school = _foreign_keys(model).get("school")
    if label in _through:
        field = _foreign_keys(model)[_through[label]]
        parent = field.related_model._meta
        match = f'p."{parent.pk.column}" = "{table}"."{field.column}"'
        found.append(f'EXISTS (SELECT 1 FROM "{parent.db_table}" p WHERE {match})')  # noqa: S608  names of our own tables
        if field.null:
            found.append(f'"{field.column}" IS NULL')
    elif school is not None:
        found.append(f'"{school.column}" = ANY {SCHOOLS}')
        if school.null:
            found.append(f'"{school.column}" IS NULL')
    else:
        return None
    found.extend(f'"{field.column}" = ANY {PEOPLE}' for field in _people(model))
    return " OR ".join(found)


def _foreign_keys(model: type[Model]) -> dict[str, Any]:
    return {field.name: field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)}


def _people(model: type[Model]) -> list[Any]:
    person = settings.AUTH_USER_MODEL.lower()
    keys = _foreign_keys(model)
    return [f for f in keys.values() if f.related_model._meta.label_lower == person and f.name not in WORKERS]
