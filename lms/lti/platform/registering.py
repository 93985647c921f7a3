"""The list of tools: connecting one, changing it, turning it off."""

from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from lms.lti.models import AccessToken, Tool
from school.audit.services import record
from school.identity.models import User
from school.organisation.models import Node, School
from school.policy import Actor, Role, visible

FIELDS = (
    *("name", "login_url", "target_url", "deep_link_url", "redirect_uris", "keyset_url", "keyset"),
    *("tells_name", "tells_email", "uses_scores", "uses_members", "uses_deep_linking", "framed"),
)


def tools_of(user: User) -> QuerySet[Tool]:
    """The tools that the person manages, with how many places each has, by name."""
    return visible(user, Tool, "manage").select_related("node").annotate(places=Count("links")).order_by("name", "pk")


def nodes_of(user: User) -> QuerySet[Node]:
    """In whose name the person connects tools: their offices and what is below, or the schools they administer."""
    actor = Actor.of(user)
    schools = School.objects.filter(pk__in=actor.schools(Role.SCHOOL_ADMIN)).values("node")
    below = Node.objects.under(actor.node_paths)
    found: QuerySet[Node] = (below | Node.objects.filter(pk__in=schools)).order_by("path")
    return found


@transaction.atomic
def tool_save(*, node: Node, values: dict[str, Any], by: User, tool: Tool | None = None) -> Tool:
    """Connect a tool or change one; ``values`` are FIELDS."""
    made = tool or Tool()
    made.node = node
    for name in FIELDS:
        setattr(made, name, values[name])
    made.save()
    told = {name: values[name] for name in FIELDS if name != "keyset"} | {"kind": "LTI"}
    record(actor=by, action="client_changed" if tool else "client_added", target=made, detail=told)
    return made


@transaction.atomic
def tool_switch(*, tool: Tool, on: bool, by: User) -> None:
    """Turn a tool on or off; off, it opens for nobody, and its tokens end at once."""
    Tool.objects.filter(pk=tool.pk).update(enabled=on)
    if not on:
        AccessToken.objects.filter(tool=tool).delete()
    record(actor=by, action="client_changed" if on else "client_disabled", target=tool, detail={"kind": "LTI"})
