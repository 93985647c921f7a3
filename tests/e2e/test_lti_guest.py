"""A learner of another platform in a real browser: the lesson with film and exercise, in a window and in that platform's frame."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from lms.blocks import BlockData
from lms.h5p.models import UserState
from lms.lti.models import GuestResult, Platform
from lms.lti.tool.registering import courses_offer, platform_save
from lms.models import Lesson
from media.models import AssetState
from media.services import asset_from_file
from tests.e2e.browser import axe, watch
from tests.e2e.conftest import Site
from tests.lms.h5p.packages import install
from tests.lms.lti.moodle import Moodle, running
from tests.lms.made import make_course, make_lesson, text
from tests.media import clips
from tests.world import World


@pytest.fixture
def moodle(site: Site, settings: Any) -> Iterator[Moodle]:
    """The other platform, on another site than the district: 127.0.0.1 beside localhost."""
    settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    with running() as found:
        found.tool = site.url("")
        yield found


@pytest.fixture
def lesson(world: World, moodle: Moodle) -> Lesson:
    """A lesson with a picture-less text, a film and an exercise, whose course school A offers."""
    registered: Platform = platform_save(node=world.office, values=moodle.registration(), by=world.office_admin)
    install(world.office_admin)
    content = install(world.a.teacher, world.a.school)
    film = asset_from_file(clips.clip("guest.mp4", size="640x360", seconds=4), owner=world.a.teacher, title="Phân số")
    film.refresh_from_db()
    assert film.state == AssetState.READY
    course = make_course(world, world.a)
    blocks = [text(), BlockData(type="video", ref=str(film.pk)), BlockData(type="h5p", ref=str(content.pk))]
    made = make_lesson(course, world.a, blocks)
    courses_offer(platform=registered, courses=[course], by=world.a.principal)
    moodle.custom = {"lesson": str(made.pk)}
    return made


def picture(page: Page, name: str) -> None:
    """Keep a picture where LTI_PICTURES says, to be looked at."""
    if folder := os.environ.get("LTI_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def launched(page: Page, moodle: Moodle) -> None:
    page.goto(moodle.start)
    page.get_by_role("button", name="Mở bài").click()
    page.get_by_role("button", name="Tiếp").click()
    expect(page.get_by_role("heading", name="Bài 1", exact=True)).to_be_visible()


def answer(player: FrameLocator) -> None:
    """Two of the three questions rightly."""
    player.get_by_label("3/6").check()
    player.locator("fieldset").nth(1).get_by_label("3/4").check()
    player.locator("fieldset").nth(2).get_by_label("2/5").check()
    player.get_by_role("button", name="Nộp bài").click()


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_learner_watches_the_film_does_the_exercise_and_the_score_is_at_home(
    lesson: Lesson, moodle: Moodle, open_page: Callable[..., Page], size: str
) -> None:
    page = open_page(size)
    launched(page, moodle)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("media-play-button").click()
    page.wait_for_function("() => document.querySelector('[data-player] video').currentTime > 0.5")
    picture(page, f"guest-{size}")
    answer(page.frame_locator("[data-h5p-player] iframe"))
    expect(page.locator("[data-standing]")).to_have_text("Kết quả đến nay: 66/100")
    expect(page.locator("[data-complete]")).to_be_visible()
    [score] = moodle.scores
    assert (score["scoreGiven"], score["activityProgress"]) == (66.67, "Completed")
    assert GuestResult.objects.get().learner.sub == moodle.sub
    assert not UserState.objects.exists()
    # Back later, the page knows.
    launched(page, moodle)
    expect(page.locator("[data-complete]")).to_be_visible()


def test_the_platforms_page_may_show_the_lesson_in_a_frame_and_no_other_may(
    lesson: Lesson, moodle: Moodle, open_page: Callable[..., Page]
) -> None:
    page = open_page("desktop")
    launched(page, moodle)
    inner = page.url
    page.goto(f"{moodle.host}/frame?to={inner}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Bài 1", exact=True)).to_be_visible()
    answer(frame.frame_locator("[data-h5p-player] iframe"))
    expect(frame.locator("[data-complete]")).to_be_visible()
    picture(page, "guest-framed")
    with running() as stranger:
        other = open_page("desktop")
        watch(other).expect("frame-ancestors", "ERR_BLOCKED_BY_RESPONSE")
        other.goto(f"{stranger.host}/frame?to={inner}")
        other.wait_for_timeout(1500)
        assert other.frame_locator("iframe").get_by_role("heading", name="Bài 1", exact=True).count() == 0


def test_the_pages_of_platforms_are_readable_on_both_screens(
    world: World, site: Site, lesson: Lesson, moodle: Moodle, open_page: Callable[..., Page]
) -> None:
    registered = Platform.objects.get()
    for size in ("phone", "desktop"):
        page = open_page(size, world.office_admin)
        paths = {
            "platforms": "/lti/nen-tang/",
            "platform": f"/lti/nen-tang/{registered.pk}/",
            "platform-new": "/lti/nen-tang/moi/",
        }
        for name, path in paths.items():
            page.goto(path)
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            picture(page, f"{name}-{size}")
        head = open_page(size, world.a.principal)
        head.goto(f"/lti/nen-tang/{registered.pk}/khoa-hoc/")
        axe(head)
        picture(head, f"platform-offer-{size}")
        moodle.message, moodle.roles = "LtiDeepLinkingRequest", ["Instructor"]
        chooser = open_page(size)
        chooser.goto(moodle.start)
        chooser.get_by_role("button", name="Mở bài").click()
        chooser.get_by_role("button", name="Tiếp").click()
        expect(chooser.get_by_role("heading", name="Chọn bài học")).to_be_visible()
        axe(chooser)
        picture(chooser, f"choose-lesson-{size}")
        chooser.get_by_role("button", name="Chọn Bài 1").click()
        expect(chooser.get_by_role("heading", name="Đã chọn")).to_be_visible()
    assert len(moodle.answers) == 2
