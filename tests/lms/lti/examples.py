"""Addresses of LTI: the school's own tool of A and of B, and a lesson of each that holds its tool."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from typing import Any

from django.utils import timezone

from lms.lti.models import Choice, Learner, LineItem, Platform, Visit
from lms.lti.platform.registering import tool_save
from lms.lti.tool.registering import platform_save
from lms.models import Lesson
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
    platform, word = _visit(world, cast, lesson)
    place = {"lesson_id": lesson.pk, "block": block}
    return {
        **{f"lti:{name}": {"tool_id": tool.pk} for name in ("tool", "tool-edit", "tool-turn")},
        **{
            f"lti:{name}": {"platform_id": platform.pk}
            for name in ("platform", "platform-edit", "platform-turn", "platform-offer")
        },
        # Neither the file nor the exercise is of the lesson, and the word reads a lesson: it chooses none.
        **{f"lti:{name}": {"word": word} for name in ("read", "read-done", "choose-lesson")},
        "lti:read-file": {"word": word, "asset": uuid.uuid4(), "name": "original"},
        **{f"lti:{name}": {"word": word, "content": 999_999} for name in ("read-play", "read-result")},
        "lti:launch": {"link_id": link.pk},
        "lti:place": place,
        "lti:choose": {**place, "tool_id": tool.pk},
        "lti:finish": {"choice_id": choice.pk},
        **{f"lti:{name}": {"course_id": course.pk} for name in ("line-items", "members")},
        **{f"lti:{name}": {"course_id": course.pk, "item": item.pk} for name in ("line-item", "scores", "results")},
    }


def _visit(world: World, cast: Cast, lesson: Lesson) -> tuple[Platform, str]:
    """A platform of the school, and the word of a visit that reads the lesson."""
    host = f"https://{cast.school.slug}.moodle.example"
    values: dict[str, Any] = {
        "name": "Moodle",
        "issuer": host,
        "client_id": "c1",
        "deployment_ids": ["1"],
        "page_urls": [],
        **{f"{name}_url": f"{host}/{name}" for name in ("auth", "token", "keyset")},
    }
    platform = platform_save(node=cast.school.node, values=values, by=world.office_admin)
    platform.courses.add(lesson.course)
    learner = Learner.objects.create(platform=platform, sub="1")
    word = f"word-{cast.school.slug}"
    digest = hashlib.sha256(word.encode()).hexdigest()
    until = timezone.now() + datetime.timedelta(hours=1)
    Visit.objects.create(hash=digest, learner=learner, lesson=lesson, until=until)
    return platform, word


def examples(world: World) -> dict[str, dict[str, Any]]:
    """For every url name: the values of its converters in both schools."""
    own, other = _values(world, world.a), _values(world, world.b)
    return {name: {"own": own[name], "other": other[name]} for name in own}
