"""A real tool beside a live district, and a lesson of 6A1 that holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lms.blocks import BlockData
from lms.lti.models import Link, Tool
from lms.lti.platform.placing import link_place
from lms.lti.platform.registering import tool_save
from lms.models import Course, Lesson
from lms.services.lessons import lesson_create, lesson_publish, lesson_save_draft
from school.oidc.keys import LTI, _new_pem
from school.oidc.models import SigningKey
from school.sealing import seal
from tests.lms.lti.browsing import Browser
from tests.lms.lti.tool import Peer, running
from tests.lms.made import make_course
from tests.world import Cast, World, build


@pytest.fixture(scope="session")
def lti_pem() -> str:
    """One key for all tests: making one takes a second."""
    return _new_pem()


def tool_values(host: str, **changes: Any) -> dict[str, Any]:
    """A registration as the form gives it."""
    return {
        "name": "Toán vui",
        "login_url": f"{host}/login",
        "target_url": f"{host}/launch",
        "deep_link_url": "",
        "redirect_uris": [f"{host}/launch"],
        "keyset_url": f"{host}/jwks",
        "keyset": {},
        "tells_name": False,
        "tells_email": False,
        "uses_scores": True,
        "uses_members": True,
        "uses_deep_linking": True,
        "framed": False,
    } | changes


def lesson_with(course: Course, cast: Cast, tool: Tool, **values: Any) -> tuple[Lesson, Link]:
    """A published lesson whose second block is the tool."""
    lesson = lesson_create(course=course, title="Bài luyện", by=cast.teacher)
    blocks = [BlockData(type="text", text="<p>Luyện tập.</p>"), BlockData(type="lti")]
    lesson_save_draft(lesson=lesson, title="Bài luyện", section=None, blocks=blocks, by=cast.teacher)
    lesson = Lesson.objects.get(pk=lesson.pk)
    given = {"title": "Luyện phân số", "column": {"maximum": 10}} | values
    link = link_place(lesson=lesson, block=blocks[1].id, tool=tool, by=cast.teacher, **given)
    lesson_publish(lesson=lesson, by=cast.teacher)
    return Lesson.objects.get(pk=lesson.pk), link


@dataclass
class Stage:
    """The district, the tool that the office connected, and a lesson of school A that holds it."""

    platform: str
    world: World
    peer: Peer
    tool: Tool
    course: Course
    lesson: Lesson
    link: Link
    client_for: Callable[..., Client]

    def browser(self, user: Any) -> Browser:
        return Browser(self.client_for(user))

    def launch(self, user: Any) -> Any:
        """Open the tool from the lesson; the tool's page. The launch is in ``peer.last``."""
        browser = self.browser(user)
        page = browser.open(f"{self.platform}/lti/mo/{self.link.pk}/")
        assert page.status_code == 200, page.text[:500]
        answered = browser.submit(page)
        assert answered.status_code == 200, answered.text[:1500]
        return answered


@pytest.fixture
def stage(
    transactional_db: None,
    django_db_serialized_rollback: None,
    live_server: Any,
    settings: Any,
    client_for: Callable[..., Client],
    lti_pem: str,
) -> Iterator[Stage]:
    """Everything runs: the district on one port, the tool on another."""
    settings.PLATFORM_HOST = f"localhost:{live_server.thread.port}"
    settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    SigningKey.objects.create(purpose=LTI, number=1, pem=seal(lti_pem), not_before=timezone.now())
    world = build()
    with running() as peer:
        tool = tool_save(node=world.office, values=tool_values(peer.host), by=world.office_admin)
        course = make_course(world, world.a)
        lesson, link = lesson_with(course, world.a, tool)
        platform = f"http://{settings.PLATFORM_HOST}"
        peer.knows(platform, tool)
        yield Stage(platform, world, peer, tool, course, lesson, link, client_for)
