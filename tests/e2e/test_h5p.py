"""H5P in a real browser: it plays on the content host, is caged there, and its results reach the platform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page

from lms.h5p.models import Content, Result, UserState
from lms.h5p.services import content_install
from tests.e2e.conftest import Site
from tests.lms.h5p.packages import install
from tests.shared import shared
from tests.world import World


def frame(page: Page) -> FrameLocator:
    return page.frame_locator("[data-h5p-player] iframe")


def opened(page: Page, content: Content) -> FrameLocator:
    page.goto(f"/h5p/{content.pk}/")
    page.wait_for_selector("[data-h5p-player][data-ready]")
    return frame(page)


def wait_until(page: Page, found: Callable[[], Any], what: str) -> Any:
    for _round in range(60):
        value = found()
        if value:
            return value
        page.wait_for_timeout(200)
    raise AssertionError(f"never came: {what}")


def sample(name: str, world: World) -> Content:
    with shared(f"samples/h5p/{name}").open("rb") as file:
        return content_install(file=file, by=world.office_admin, school=world.a.school, name=name)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_pupil_plays_our_own_check_and_the_result_and_the_place_are_kept(
    world: World, site: Site, open_page: Callable[..., Page], size: str
) -> None:
    content = install(world.office_admin, world.a.school)
    page = open_page(size, world.office_admin)
    check = opened(page, content)
    check.get_by_label("3/6").check()
    wait_until(page, lambda: UserState.objects.filter(content=content).first(), "the first state")
    page.reload()
    page.wait_for_selector("[data-h5p-player][data-ready]")
    assert frame(page).get_by_label("3/6").is_checked()
    check = frame(page)
    check.locator("fieldset").nth(1).get_by_label("3/4").check()
    check.locator("fieldset").nth(2).get_by_label("2/5").check()
    check.get_by_role("button", name="Nộp bài").click()
    assert "Đúng 2 trên 3 câu" in check.get_by_role("status").inner_text()
    result = wait_until(page, lambda: Result.objects.filter(content=content, completed=True).first(), "the result")
    assert (result.score, result.max_score, result.attempts) == (2, 3, 1)
    height = page.locator("[data-h5p-player] iframe").bounding_box()
    assert height is not None
    assert height["height"] > 500
