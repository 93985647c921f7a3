"""Who may see contents and who decides on libraries.

A content is seen by its owner, by the heads of its school, and by whomever a room above grants it: a lesson shows its
contents to its class. Libraries are code that runs in everybody's browser: only the office decides on them.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from school.policy import (
    APPOINTED,
    Actor,
    Relation,
    Role,
    any_of,
    declare,
    everyone,
    nobody,
    office_over,
    own,
    own_school,
)
from school.row_security import excuse, through

Grant = Callable[[Any], Q]

_GRANTS: list[Grant] = []


def grant(function: Grant) -> Grant:
    """Register `function(user) -> Q on Content`: the contents this person may see for a reason of the caller's room.

    Return `Q(pk__in=<subquery of content ids>)`, and `Q(pk__in=[])` when there is none: an empty Q would mean all of them.
    Usable as a decorator; registering the same function twice counts once.
    """
    if function not in _GRANTS:
        _GRANTS.append(function)
    return function


def granted() -> Relation:
    """Contents that some room above grants to the person."""

    def condition(actor: Actor) -> Q:
        found = Q(pk__in=[])
        for function in _GRANTS:
            found |= function(actor.user)
        return found

    return condition


_HEADS = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)
_MAKERS = (*APPOINTED, Role.HOMEROOM)


def _view(role: Role) -> Relation:
    relations = [own("owner"), granted()]
    if role in _HEADS:
        relations.append(own_school("school", role))
    if role == Role.OFFICE_ADMIN:
        relations.append(office_over("school"))
    return any_of(*relations)


declare("h5p.Content", "view", {role: _view(role) for role in Role})
declare("h5p.Content", "add", {role: nobody() for role in _MAKERS})
declare("h5p.Content", "change", {role: own("owner") for role in _MAKERS})
declare("h5p.Library", "manage", {Role.OFFICE_ADMIN: everyone()})

for _model in ("Library", "LibraryRelease", "LibraryDependency"):
    excuse(f"h5p.{_model}", "The office's catalogue of content types: programs, and nobody's data.")
through("h5p.ContentFile", "content")
through("h5p.Result", "content")
through("h5p.Statement", "result")
through("h5p.UserState", "content")
