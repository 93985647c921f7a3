"""External tools in a real browser: a pupil opens one from the lesson and comes back with a score."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.sync_api import Page, expect

from lms.lti.models import Link, Tool
from lms.lti.platform.registering import tool_save
from lms.models import Lesson, LessonProgress
from tests.e2e.browser import axe, watch
from tests.e2e.conftest import Site
from tests.lms.lti.conftest import lesson_with, tool_values
from tests.lms.lti.tool import Peer, running
from tests.lms.made import make_course
from tests.world import World


@pytest.fixture
def peer(settings: Any) -> Iterator[Peer]:
    """The tool, on another site than the district: 127.0.0.1 beside localhost."""
    settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    with running() as found:
        yield found


def placed(world: World, site: Site, peer: Peer, **values: Any) -> tuple[Lesson, Link]:
    tool: Tool = tool_save(node=world.office, values=tool_values(peer.host, framed=True), by=world.office_admin)
    peer.knows(site.url(""), tool)
    return lesson_with(make_course(world, world.a), world.a, tool, **values)


def picture(page: Page, name: str) -> None:
    """Keep a picture where LTI_PICTURES says, to be looked at."""
    if folder := os.environ.get("LTI_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_pupil_opens_the_tool_does_the_exercise_and_comes_back_with_the_score(
    world: World, site: Site, peer: Peer, open_page: Callable[..., Page], size: str
) -> None:
    lesson, _link = placed(world, site, peer)
    page = open_page(size, world.a.student)
    page.goto(f"/bai-hoc/{lesson.pk}/")
    picture(page, f"lesson-{size}")
    axe(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Mở trong “Toán vui”").click()
    tool = opened.value
    expect(tool.get_by_role("heading", name="Bài luyện")).to_be_visible()
    assert tool.url.startswith(peer.host)
    tool.get_by_role("button", name="Nộp bài").click()
    tool.get_by_role("link", name="Về bài học").click()
    expect(tool.get_by_role("heading", name="Em đã học xong bài này")).to_be_visible()
    expect(tool.get_by_text("8/10")).to_be_visible()
    picture(tool, f"lesson-done-{size}")
    assert LessonProgress.objects.get(student=world.a.student, lesson=lesson).completed_at


def test_a_framed_tool_gets_its_message_inside_the_lessons_page(
    world: World, site: Site, peer: Peer, open_page: Callable[..., Page]
) -> None:
    peer.notes_only = True
    lesson, _link = placed(world, site, peer, framed=True)
    page = open_page("phone", world.a.student)
    page.goto(f"/bai-hoc/{lesson.pk}/")
    page.locator(".tool-frame").scroll_into_view_if_needed()
    expect(page.frame_locator(".tool-frame").get_by_role("heading", name="Bài luyện trong khung")).to_be_visible()
    [message] = peer.arrived
    claims = jwt.decode(message["id_token"], options={"verify_signature": False})
    assert claims["https://purl.imsglobal.org/spec/lti/claim/launch_presentation"]["document_target"] == "iframe"
    picture(page, "lesson-framed")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_pages_of_tools_are_readable_on_both_screens(
    world: World, site: Site, peer: Peer, open_page: Callable[..., Page], size: str
) -> None:
    lesson, link = placed(world, site, peer)
    page = open_page(size, world.office_admin)
    for name, path in {
        "tools": "/lti/cong-cu/",
        "tool": f"/lti/cong-cu/{link.tool_id}/",
        "tool-edit": f"/lti/cong-cu/{link.tool_id}/sua/",
    }.items():
        page.goto(path)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        picture(page, f"{name}-{size}")
    teacher = open_page(size, world.a.teacher)
    for name, path in {
        "place": f"/lti/bai-hoc/{lesson.pk}/khoi/{lesson.body[1].id}/",
        "editor": f"/bai-hoc/{lesson.pk}/sua/",
    }.items():
        teacher.goto(path)
        axe(teacher)
        assert teacher.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        picture(teacher, f"{name}-{size}")
    refused = open_page(size, world.a.student)
    watch(refused).expect("403")
    refused.goto("/lti/authorize?client_id=unknown")
    axe(refused)
    picture(refused, f"refused-{size}")
