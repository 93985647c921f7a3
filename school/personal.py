"""Where each room says which of its rows are about whom: for a person's copy of their data, for erasure and for retention.

A room's ``personal.py`` calls :func:`contribute` for each model and path to a person and :func:`excuse` for the links that say
nothing about the person (who typed something in). A test walks all models: a link that is neither fails.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """A kind of record with one rule of keeping; ``fixed`` kinds are never deleted by age (a chained log, a school's book)."""

    code: str
    label: Any
    reason: Any
    fixed: bool = False


RECORDS = Kind("records", _("School records"), _("Schools must keep the record of schooling."), fixed=True)
POSTS = Kind("posts", _("Posts and teaching"), _("Who worked where is part of the school's record."), fixed=True)
WORK = Kind("work", _("Work results"), _("What staff make at work belongs to the school."), fixed=True)
ACCOUNT = Kind("account", _("Account"), _("The account needs it for as long as it is open."), fixed=True)
CONTACT = Kind("contact", _("Contact book and messages"), _("It shows what school and family told each other."))
LOANS = Kind("loans", _("Library loans"), _("The library must know who has its books."))
LEARNING = Kind("learning", _("Learning traces"), _("Progress in lessons, films and exercises."))
TRACES = Kind("traces", _("Technical traces"), _("Sign-ins and reading positions."))
TRAIL = Kind("trail", _("Trail"), _("The trail of who did what may not be altered."), fixed=True)
KINDS = (RECORDS, POSTS, WORK, ACCOUNT, CONTACT, LOANS, LEARNING, TRACES, TRAIL)


@dataclass(frozen=True)
class Part:
    """The rows of ``model`` whose ``path`` leads to a person, with the values that the person's copy shows.

    ``erasable`` rows go when a person's wish for deletion is granted. ``dated`` is the field by whose age the kind's rule counts.
    ``only`` leaves rows out that the person may not see yet (marks that are not published). ``private`` rows are for the person's
    eyes alone: a copy that a guardian asks for leaves them out and says so.
    """

    model: str
    path: str
    title: Any
    kind: Kind
    fields: tuple[str, ...]
    dated: str = ""
    erasable: bool = False
    only: Q | None = None
    private: bool = False


_parts: dict[tuple[str, str], Part] = {}
_excuses: dict[tuple[str, str], str] = {}


def contribute(
    model: str,
    path: str,
    *,
    title: Any,
    kind: Kind,
    fields: tuple[str, ...],
    dated: str = "",
    erasable: bool = False,
    only: Q | None = None,
    private: bool = False,
) -> None:
    """Say that rows of ``model`` ("app.Model") are about the person at the end of ``path``; twice the same raises ValueError."""
    key = (model.lower(), path)
    if key in _parts:
        raise ValueError(f"{model}, {path} is contributed twice.")
    _parts[key] = Part(model, path, title, kind, fields, dated, erasable, only, private)


def excuse(model: str, *fields: str, reason: str) -> None:
    """Say why links from ``model`` to people are no part of their data; ``model`` "app.*" speaks for a whole library."""
    if not reason:
        raise ValueError("An excuse needs a reason.")
    for field in fields or ("*",):
        _excuses[model.lower(), field] = reason


def parts() -> list[Part]:
    """Every contribution, kind by kind."""
    order = {kind.code: number for number, kind in enumerate(KINDS)}
    return sorted(_parts.values(), key=lambda part: (order[part.kind.code], part.model, part.path))


def is_told(model: str, field: str) -> bool:
    """Whether a link to a person is contributed or excused."""
    label = model.lower()
    app = f"{label.partition('.')[0]}.*"
    keys = ((label, field), (label, "*"), (app, "*"), (app, field))
    return (label, field) in _parts or any(key in _excuses for key in keys)
