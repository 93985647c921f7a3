"""Two accounts of one person become one: every relation that names the one is given to the other.

The relations are found by asking the models, not by remembering them. What becomes of each is said by its app
(``AppConfig.merges``: "Model.field" → rule); one that nobody speaks for stops every merge, and a test.

``move``    rows change hands; where a unique constraint lets only one stay with the kept account, the other stays where it is.
``join``    dated facts: as ``move``, but two that hold at once become one, from the earlier first day.
``refuse:field,…``  as ``move``, but two rows that say different things stop the merge; an empty one gives way.
``stay``    traces of what that account did (logs) are not rewritten.
``drop``    what signs the closed account in is deleted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import ForeignKey, ForeignObjectRel, Q, UniqueConstraint
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from school.identity.models import User
from school.organisation.models import Guardianship
from school.people.facts import FACTS
from school.roster.models import SourcedId
from school.row_security import unfenced

_UNIQUE_FACTS = ("ministry_code", "citizen_id")


@dataclass(frozen=True)
class Relation:
    """A field of some model that names a person, and the rule for it."""

    label: str
    model: Any
    name: str
    rule: str

    @property
    def title(self) -> str:
        """The kind of rows in words."""
        return capfirst(str(self.model._meta.verbose_name_plural))


@dataclass
class Plan:
    """What a merge would do: (kind of rows, how many move, how many stay), and what stands in its way."""

    moves: list[tuple[Relation, int, int]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def rules() -> dict[str, str]:
    """Every declared rule by "app.Model.field"."""
    found: dict[str, str] = {}
    for app in apps.get_app_configs():
        for name, rule in getattr(app, "merges", {}).items():
            found[f"{app.label}.{name}"] = rule
        found |= getattr(app, "merges_of_libraries", {})
    return found


def fields_to_people() -> Iterator[tuple[str, Any, str]]:
    """Every foreign key to a person in any model, the hidden ones and those of many-to-many tables included."""
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey):
            model: Any = relation.related_model
            yield f"{model._meta.label}.{relation.field.name}", model, relation.field.name


def undeclared() -> list[str]:
    """Relations for which no app has said what becomes of them."""
    known = rules()
    return sorted(label for label, _model, _name in fields_to_people() if label not in known)


def relations() -> list[Relation]:
    """All relations with their rules. Raises ImproperlyConfigured when one has none: a merge would lose its rows."""
    if missing := undeclared():
        raise ImproperlyConfigured(f"AppConfig.merges says nothing of {', '.join(missing)}.")
    known = rules()
    return [Relation(label, model, name, known[label]) for label, model, name in fields_to_people()]


def _uniques(relation: Relation) -> list[tuple[list[str], Q | None]]:
    """The other fields of every unique constraint that the relation's field is part of, and the constraint's condition."""
    meta = relation.model._meta
    found = [
        ([one for one in constraint.fields if one != relation.name], constraint.condition)
        for constraint in meta.constraints
        if isinstance(constraint, UniqueConstraint) and relation.name in constraint.fields
    ]
    found += [
        ([one for one in names if one != relation.name], None)
        for names in meta.unique_together
        if relation.name in names
    ]
    if meta.get_field(relation.name).unique:
        found.append(([], None))
    return found


def clashes(relation: Relation, kept: User, closed: User) -> list[tuple[Any, Any]]:
    """Pairs (row of the closed account, row of the kept one) that cannot both belong to one person."""
    manager = relation.model._base_manager
    found: dict[Any, tuple[Any, Any]] = {}
    for others, condition in _uniques(relation):
        narrowed = manager.filter(condition) if condition is not None else manager.all()
        mine = {
            tuple(getattr(row, manager.model._meta.get_field(one).attname) for one in others): row
            for row in narrowed.filter(**{relation.name: kept})
        }
        for row in narrowed.filter(**{relation.name: closed}):
            key = tuple(getattr(row, manager.model._meta.get_field(one).attname) for one in others)
            if key in mine and None not in key:
                found.setdefault(row.pk, (row, mine[key]))
    return list(found.values())


def _says(row: Any, names: list[str]) -> list[Any]:
    return [getattr(row, name) for name in names]


def _empty(row: Any, names: list[str]) -> bool:
    return all(value in (None, "") for value in _says(row, names))


def plan(kept: User, closed: User) -> Plan:
    """What becoming one would move, and why it may not be done."""
    made = Plan()
    if kept.pk == closed.pk:
        made.problems.append(_("These are not two accounts."))
    if hasattr(closed, "merged_into") or hasattr(kept, "merged_into"):
        made.problems.append(_("One of the accounts was merged before."))
    if Guardianship.objects.filter(Q(guardian=kept, student=closed) | Q(guardian=closed, student=kept)).exists():
        made.problems.append(_("One of the two is the other's guardian: these are two people."))
    for relation in relations():
        rows = relation.model._base_manager.filter(**{relation.name: closed}).count()
        if not rows or relation.rule == "drop":
            continue
        pairs = clashes(relation, kept, closed) if relation.rule != "stay" else []
        if relation.rule.startswith("refuse:"):
            names = relation.rule.removeprefix("refuse:").split(",")
            for theirs, mine in pairs:
                if not _empty(theirs, names) and not _empty(mine, names) and _says(theirs, names) != _says(mine, names):
                    made.problems.append(
                        _("%(kind)s: the accounts disagree (“%(one)s” and “%(two)s”). Correct one of them first.")
                        % {"kind": relation.title, "one": mine, "two": theirs}
                    )
        stays = rows if relation.rule == "stay" else 0 if relation.rule == "join" else len(pairs)
        made.moves.append((relation, rows - stays, stays))
    return made


def preview(kept: User, closed: User) -> Plan:
    """The plan for the page: counts of rows at every school, none of the rows themselves."""
    with unfenced():
        return plan(kept, closed)


def facts_of(user: User) -> dict[str, Any]:
    """What an account says of the person, as JSON keeps it."""
    found = {name: getattr(user, name) for name in ("code", *FACTS)}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in found.items()}


def move_all(kept: User, closed: User) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Give every row to the kept account; ids by relation of those that moved and of those that stay.

    The caller holds the transaction and has asked ``plan``.
    """
    moved: dict[str, list[Any]] = {}
    left: dict[str, list[Any]] = {}
    for relation in sorted(relations(), key=lambda one: one.label):
        rows = relation.model._base_manager.filter(**{relation.name: closed})
        if relation.rule == "drop":
            rows.delete()
            continue
        if relation.rule == "stay":
            continue
        if relation.label == "organisation.Guardianship.student":
            _first_contact(kept, closed)
        stays: set[Any] = set()
        for theirs, mine in clashes(relation, kept, closed):
            if relation.rule == "join":
                mine.starts = min(mine.starts, theirs.starts)
                mine.save(update_fields=["starts"])
                theirs.delete()
                continue
            if relation.rule.startswith("refuse:"):
                names = relation.rule.removeprefix("refuse:").split(",")
                if _empty(mine, names) and not _empty(theirs, names):
                    _exchange(mine, theirs, relation.name)
            stays.add(theirs.pk)
        going = [pk for pk in rows.values_list("pk", flat=True) if pk not in stays]
        relation.model._base_manager.filter(pk__in=going).update(**{relation.name: kept})
        if going:
            moved[relation.label] = [str(pk) for pk in going]
        if stays:
            left[relation.label] = sorted(str(pk) for pk in stays)
    return moved, left


def foreign_ids_follow(kept: User, closed: User) -> int:
    """Let ids of OneRoster sets that named the closed account name the kept one, so that the next set does not revive it.

    They name their thing by a text and not by a foreign key, so the models do not tell of them. Where the kept account has an id
    in the same file already, that one holds. Returns how many changed.
    """
    taken = list(SourcedId.objects.filter(key=f"user:{kept.pk}").values_list("file", flat=True))
    theirs = SourcedId.objects.filter(key=f"user:{closed.pk}").exclude(file__in=taken)
    return int(theirs.update(key=f"user:{kept.pk}"))


def _first_contact(kept: User, closed: User) -> None:
    """A child has one first contact: the kept account's, when it names one."""
    if Guardianship.objects.filter(student=kept, ends__isnull=True, is_primary=True).exists():
        Guardianship.objects.filter(student=closed, ends__isnull=True, is_primary=True).update(is_primary=False)


def _exchange(mine: Any, theirs: Any, name: str) -> None:
    """The full row's contents for the empty one's: the place in a unique pair stays, what is written there changes sides."""
    fields = [one for one in mine._meta.concrete_fields if not one.primary_key and one.name != name]
    for one in fields:
        value, other = getattr(mine, one.attname), getattr(theirs, one.attname)
        setattr(mine, one.attname, other)
        setattr(theirs, one.attname, value)
    # Through update(): a model's own save() may work out things for a change of the other kind.
    manager = mine._meta.model._base_manager
    for row in (mine, theirs):
        manager.filter(pk=row.pk).update(
            **{one.attname: getattr(row, one.attname) for one in fields if isinstance(one, models.Field)}
        )


def values_take(kept: User, closed: User, chosen: dict[str, str]) -> None:
    """Write the chosen facts to the kept account; ``chosen`` names the fields taken from the closed one."""
    taken = {name: getattr(closed, name) for name in FACTS if chosen.get(name) == "closed"}
    given_up = {name: None for name in _UNIQUE_FACTS if getattr(closed, name) is not None}
    if given_up:
        # Two accounts cannot hold one number even for a moment.
        User.objects.filter(pk=closed.pk).update(**given_up)
    for name, value in taken.items():
        setattr(kept, name, value)
    kept.save()
