"""One person, several roles: through which of them the pages are looked at just now.

A teacher may be a parent, and work at two schools. Each such pairing of roles and place (or child) is a context; the chosen one
is kept in the session, and menu and start page follow it. It narrows what is offered and gives no right: rights stay with the
relations that ``school.policy`` asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils.translation import gettext as _

from school.roles import STAFF, Role

SESSION_KEY = "context"


@dataclass(frozen=True, slots=True)
class Context:
    """A way of looking: ``key`` as the session keeps it, the roles it offers, and what it is called."""

    key: str
    roles: frozenset[Role]
    title: str
    place: str


def _keys(actor: Any) -> dict[str, frozenset[Role]]:
    """The contexts by key, without asking the database for names."""
    found: dict[str, frozenset[Role]] = {}
    for path in sorted(actor.node_paths):
        found[f"office:{path}"] = frozenset({Role.OFFICE_ADMIN})
    for school in sorted(actor.schools(*STAFF)):
        found[f"staff:{school}"] = frozenset(role for role in STAFF if school in actor.schools(role))
    for school in sorted(actor.schools(Role.STUDENT)):
        found[f"student:{school}"] = frozenset({Role.STUDENT})
    for child in sorted(actor.children):
        found[f"child:{child}"] = frozenset({Role.PARENT})
    return found


def contexts_of(user: Any) -> list[Context]:
    """The person's contexts when there is a choice, else nothing; two small queries for the names."""
    from school.policy import Actor  # at call time, as in school.navigation

    keys = _keys(Actor.of(user)) if user.is_authenticated else {}
    if len(keys) < 2:
        return []
    numbers = {key: key.partition(":")[2] for key in keys}
    schools = apps.get_model("organisation", "School").objects.in_bulk(
        [int(number) for key, number in numbers.items() if key.startswith(("staff:", "student:"))]
    )
    children = {key: int(number) for key, number in numbers.items() if key.startswith("child:")}
    names = dict(
        apps.get_model("identity", "User").objects.filter(pk__in=children.values()).values_list("pk", "full_name")
    )
    nodes = {}
    if any(key.startswith("office:") for key in keys):
        paths = [number for key, number in numbers.items() if key.startswith("office:")]
        nodes = dict(apps.get_model("organisation", "Node").objects.filter(path__in=paths).values_list("path", "name"))
    made = []
    for key, roles in keys.items():
        if key in children:
            title, place = str(Role.PARENT.label), _("Child: %(name)s") % {"name": names.get(children[key], "")}
        elif key.startswith("office:"):
            title, place = str(Role.OFFICE_ADMIN.label), nodes.get(numbers[key], "")
        else:
            title = ", ".join(str(role.label) for role in Role if role in roles)
            place = str(schools.get(int(numbers[key]), ""))
        made.append(Context(key, roles, title, place))
    return made


def chosen_key(request: HttpRequest) -> str:
    """The key of the chosen context, "" when none was chosen or what it stood for has ended."""
    from school.policy import Actor

    key = getattr(request, "session", {}).get(SESSION_KEY, "")
    return key if key and key in _keys(Actor.of(request.user)) else ""


def roles_of(request: HttpRequest) -> frozenset[Role]:
    """The roles by which menu and start page are chosen: the context's, or all of the person's."""
    from school.policy import Actor

    actor = Actor.of(request.user)
    key = chosen_key(request)
    return _keys(actor)[key] if key else actor.roles


def child_of(request: HttpRequest) -> int | None:
    """The child whose parent's context is chosen."""
    key = chosen_key(request)
    return int(key.partition(":")[2]) if key.startswith("child:") else None


def choose(request: HttpRequest, key: str) -> bool:
    """Keep a context in the session ("" for all roles); whether it is one of the person's."""
    from school.policy import Actor

    if key and key not in _keys(Actor.of(request.user)):
        return False
    request.session[SESSION_KEY] = key
    return True
