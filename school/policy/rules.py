"""The table of rules and the questions asked of it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from school.roles import Role

from .actor import Actor
from .relations import NONE, Relation

M = TypeVar("M", bound=Model)

_RULES: dict[tuple[str, str], dict[Role, Relation]] = {}


def _label(model: type[Model] | str) -> str:
    return model.lower() if isinstance(model, str) else model._meta.label_lower


def declare(model: str, action: str, rule: Mapping[Role, Relation]) -> None:
    """Say who may do ``action`` to rows of ``model`` ("app.Model"); a second declaration of the same pair raises ValueError.

    One pair is declared in one place, so that a reader finds the whole rule there.
    """
    key = (_label(model), action)
    if key in _RULES:
        raise ValueError(f"The rule for {model}, {action!r} is declared twice.")
    _RULES[key] = dict(rule)


def rules_of(model: type[Model] | str, action: str) -> Mapping[Role, Relation]:
    """The declared rule; raises LookupError when there is none, for that is a mistake of the code, not of the person."""
    try:
        return _RULES[_label(model), action]
    except KeyError:
        raise LookupError(f"No rule is declared for {_label(model)}, {action!r}.") from None


def scope(user: Any, model: type[Model] | str, action: str) -> Q:
    """The condition on rows of ``model`` that ``user`` may do ``action`` to."""
    actor = Actor.of(user)
    found = NONE
    if not actor.alive:
        return found
    for role, relation in rules_of(model, action).items():
        if role in actor.roles:
            found |= relation(actor)
    return found


def visible[M: Model](user: Any, model: type[M], action: str = "view") -> QuerySet[M]:
    """The rows that ``user`` may do ``action`` to, each once, ready for further filters and any order."""
    allowed = model._base_manager.filter(scope(user, model, action)).order_by().values("pk")
    # A sub-query instead of DISTINCT: joins of the rule never multiply rows nor disturb the caller's order and sums.
    rows: QuerySet[M] = model._default_manager.filter(pk__in=allowed)
    return rows


def can(user: Any, action: str, obj: Model) -> bool:
    """Whether ``user`` may do ``action`` to this row: the same question as the list's, asked of one row."""
    return visible(user, type(obj), action).filter(pk=obj.pk).exists()


def may(user: Any, model: type[Model] | str, action: str) -> bool:
    """Whether ``user`` holds any role that the rule names; says nothing of any single row."""
    actor = Actor.of(user)
    return actor.alive and any(role in actor.roles for role in rules_of(model, action))


def declared() -> dict[tuple[str, str], dict[Role, Relation]]:
    """Every rule, for tests and documentation."""
    for model, _ in _RULES:
        apps.get_model(model)
    return dict(_RULES)
