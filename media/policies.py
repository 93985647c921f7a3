"""Who may see, keep and manage files.

A file is seen by its owner and by whomever a room above grants it: a lesson shows its videos to its class, the library
its books to its readers. Those rooms register a function here, because media knows neither lessons nor books.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from school.policy import APPOINTED, Actor, Relation, Role, any_of, declare, nobody, office_over, own, own_school
from school.row_security import through, when

Grant = Callable[[Any], Q]

_GRANTS: list[Grant] = []


def grant(function: Grant) -> Grant:
    """Register `function(user) -> Q on Asset`: the files that this person may see for a reason of the caller's room.

    Return `Q(pk__in=<subquery of asset ids>)`, and `Q(pk__in=[])` when there is none: an empty Q would mean all files.
    Usable as a decorator; registering the same function twice counts once.
    """
    if function not in _GRANTS:
        _GRANTS.append(function)
    return function


def granted() -> Relation:
    """Files that some room above grants to the person."""

    def condition(actor: Actor) -> Q:
        found = Q(pk__in=[])
        for function in _GRANTS:
            found |= function(actor.user)
        return found

    return condition


_managed_jobs = own_school("asset__school", Role.SCHOOL_ADMIN, Role.PRINCIPAL)

declare("media.Asset", "view", {role: any_of(own("owner"), granted()) for role in Role})
declare("media.Asset", "add", {role: nobody() for role in (*APPOINTED, Role.HOMEROOM)})
declare("media.Asset", "change", {role: own("owner") for role in Role})
# A note is read by whoever wrote it and by nobody else, whatever their office; the shared ones belong to the recording and are
# shown with it.
for action in ("view", "change"):
    declare("media.Note", action, {role: own("author") for role in Role})
declare("media.Upload", "change", {role: own("owner") for role in (*APPOINTED, Role.HOMEROOM)})
declare(
    "media.Job",
    "manage",
    {
        Role.OFFICE_ADMIN: office_over("asset__school"),
        Role.SCHOOL_ADMIN: _managed_jobs,
        Role.PRINCIPAL: _managed_jobs,
    },
)

# {people} holds a parent's children too: a child's note is kept from them by the rule above.
when("media.Note", "author_id = ANY {people} OR (shared AND (school_id = ANY {schools} OR school_id IS NULL))")
through("media.RenditionSet", "asset")
through("media.Rendition", "set")
through("media.Job", "asset")
through("media.Extra", "asset")
