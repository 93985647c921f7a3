"""Addresses of LTI: the school's own tool of A and of B, and a lesson of each that holds its tool."""

from __future__ import annotations

import uuid
from typing import Any

from lms.lti.models import Choice, LineItem
from lms.lti.platform.registering import tool_save
from tests.lms.lti.conftest import lesson_with, tool_values
from tests.lms.made import make_course
from tests.world import Cast, World


def _values(world: World, cast: Cast) -> dict[str, dict[str, Any]]:
    values = tool_values("https://tool.example", keyset_url="", keyset={"keys": []})
    tool = tool_save(node=cast.school.node, values=values, by=world.office_admin)
    course = make_course(world, cast, "Toán với công cụ")
    lesson, link = lesson_with(course, cast, tool)
    block = uuid.UUID(lesson.body[1].id)
    choice = Choice.objects.create(tool=tool, lesson=lesson, block=block, user=cast.teacher, item={"type": "html"})
    item = LineItem.objects.get(link=link)
    place = {"lesson_id": lesson.pk, "block": block}
    return {
        **{f"lti:{name}": {"tool_id": tool.pk} for name in ("tool", "tool-edit", "tool-turn")},
        "lti:launch": {"link_id": link.pk},
        "lti:place": place,
        "lti:choose": {**place, "tool_id": tool.pk},
        "lti:finish": {"choice_id": choice.pk},
        **{f"lti:{name}": {"course_id": course.pk} for name in ("line-items", "members")},
        **{f"lti:{name}": {"course_id": course.pk, "item": item.pk} for name in ("line-item", "scores", "results")},
    }


def examples(world: World) -> dict[str, dict[str, Any]]:
    """For every url name: the values of its converters in both schools."""
    own, other = _values(world, world.a), _values(world, world.b)
    return {name: {"own": own[name], "other": other[name]} for name in own}
