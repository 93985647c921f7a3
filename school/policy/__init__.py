"""The one policy: who may do what to which row, asked by pages, APIs, search, downloads and tasks alike.

An app declares rules for its models in its ``policies.py``; a rule gives, for a role, a relation between the person and a row.
From the same rule come the list (``visible``), the single check (``can``) and the gate of a view (``access``), so that they cannot
disagree. What no rule allows is denied.
"""

from school.roles import APPOINTED, STAFF, Role

from .actor import Actor
from .confirmation import is_recently_confirmed
from .gates import Access, access, access_of, by_token, declare_view, public, recently_confirmed, signed_in
from .relations import (
    Relation,
    any_of,
    child,
    child_enrolled,
    enrolled,
    everyone,
    homeroom,
    nobody,
    office_over,
    own,
    own_school,
    teaches,
)
from .rules import can, declare, may, rules_of, visible

__all__ = [
    "APPOINTED",
    "STAFF",
    "Access",
    "Actor",
    "Relation",
    "Role",
    "access",
    "access_of",
    "any_of",
    "by_token",
    "can",
    "child",
    "child_enrolled",
    "declare",
    "declare_view",
    "enrolled",
    "everyone",
    "homeroom",
    "is_recently_confirmed",
    "may",
    "nobody",
    "office_over",
    "own",
    "own_school",
    "public",
    "recently_confirmed",
    "rules_of",
    "signed_in",
    "teaches",
    "visible",
]
