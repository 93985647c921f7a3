"""Relations between a person and a row, written as conditions; ``path`` is the ORM path from the row to the thing named.

A relation that finds nothing gives the impossible condition, never the empty one: an empty ``Q()`` would mean every row.
"""

from collections.abc import Callable

from django.db.models import Q

from school.roles import Role

from .actor import Actor

Relation = Callable[[Actor], Q]

NONE = Q(pk__in=[])


def _in(path: str, ids: frozenset[int]) -> Q:
    return Q(**{f"{path}__in" if path else "pk__in": ids}) if ids else NONE


def everyone() -> Relation:
    """Every row, for every holder of the role."""
    return lambda actor: Q(pk__isnull=False)


def nobody() -> Relation:
    """No row: says on purpose that the role opens the page but owns nothing by this relation."""
    return lambda actor: NONE


def own_school(path: str, *roles: Role) -> Relation:
    """Rows of a school where the person holds one of ``roles`` (any role when none is named)."""
    return lambda actor: _in(path, actor.schools(*roles))


def office_over(path: str) -> Relation:
    """Rows of a school at or below a place that the person administers; ``path`` leads to the school ("" for a school itself)."""

    def condition(actor: Actor) -> Q:
        found = NONE
        prefix = f"{path}__" if path else ""
        for node_path in actor.node_paths:
            found |= Q(**{f"{prefix}node__path__startswith": node_path})
        return found

    return condition


def own(path: str = "") -> Relation:
    """Rows about the person themself."""
    return lambda actor: Q(**{path or "pk": actor.user.pk}) if actor.alive else NONE


def child(path: str = "") -> Relation:
    """Rows about a child of the person."""
    return lambda actor: _in(path, actor.children)


def enrolled(path: str = "") -> Relation:
    """Rows of a class the person studies in."""
    return lambda actor: _in(path, actor.enrolled_classes)


def child_enrolled(path: str = "") -> Relation:
    """Rows of a class in which a child of the person studies."""
    return lambda actor: _in(path, actor.children_classes)


def homeroom(path: str = "") -> Relation:
    """Rows of a class whose homeroom teacher the person is."""
    return lambda actor: _in(path, actor.homeroom_classes)


def teaches(class_path: str = "", subject_path: str | None = None) -> Relation:
    """Rows of a class the person teaches; with ``subject_path`` only in the subject taught there."""

    def condition(actor: Actor) -> Q:
        if subject_path is None:
            return _in(class_path, actor.taught_classes)
        found = NONE
        for class_id, subject_id in sorted(actor.taught):
            found |= Q(**{class_path or "pk": class_id, subject_path: subject_id})
        return found

    return condition


def any_of(*relations: Relation) -> Relation:
    """Rows that fit at least one of the relations."""

    def condition(actor: Actor) -> Q:
        found = NONE
        for relation in relations:
            found |= relation(actor)
        return found

    return condition
