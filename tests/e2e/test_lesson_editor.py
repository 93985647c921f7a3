"""The lesson editor on a slow line: what is pressed, typed or sent while an answer is on its way is not lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from lms.blocks import BlockData, body_blocks
from lms.models import Lesson
from media.models import Asset
from tests.e2e.parts.words import wait_until
from tests.lms.made import make_course, make_lesson, text
from tests.media import clips
from tests.world import World, build


@pytest.fixture
def editor(site: Any, open_page: Callable[..., Page]) -> Page:
    """A teacher's draft with one text, open on a desktop."""
    world: World = build()
    lesson = make_lesson(make_course(world, world.a), world.a, [text()], publish=False)
    page = open_page("desktop", world.a.teacher)
    page.goto(f"/bai-hoc/{lesson.pk}/sua/")
    return page


def slow_saving(page: Page, seconds: float = 1.5) -> None:
    """Every answer to the form comes late."""

    def late(route: Route) -> None:
        if route.request.method == "POST":
            page.wait_for_timeout(seconds * 1000)
        route.continue_()

    page.route("**/bai-hoc/*/sua/", late)


def adder(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def block(page: Page, number: int, name: str) -> Locator:
    return page.locator(".edit-block", has=page.get_by_role("heading", name=f"{number}. {name}"))


def draft() -> list[BlockData]:
    """The blocks of the draft, as the database keeps them."""
    lesson = Lesson.objects.get()
    lesson.refresh_from_db()
    revision = lesson.get_latest_revision_as_object()
    return list(body_blocks(revision.body))


def kinds() -> list[str]:
    """The types of the draft's blocks."""
    return [one.type for one in draft()]


def test_a_button_pressed_while_another_is_answered_is_pressed_in_the_new_form(editor: Page) -> None:
    slow_saving(editor)
    adder(editor, "Tiêu đề").click()
    adder(editor, "H5P").click()
    expect(block(editor, 3, "H5P")).to_be_visible()
    assert kinds() == ["text", "heading", "h5p"]


def test_a_button_pressed_while_a_films_progress_comes_in_is_not_forgotten(editor: Page) -> None:
    adder(editor, "Video").click()
    field = block(editor, 2, "Video")
    field.locator("input[type=file]").set_input_files(clips.clip("sent.mp4"))
    expect(field.locator(".media-progress[data-state=ready]")).to_be_visible()
    expect(editor.locator("[data-saved]")).to_contain_text("Đã lưu nháp")
    slow_saving(editor)
    adder(editor, "Tiêu đề").click()
    adder(editor, "H5P").click()
    # What a film in the form does every two seconds while it is being worked on.
    editor.evaluate(
        "htmx.ajax('GET', location.pathname, {target: '.media-progress', select: '.media-progress', swap: 'outerHTML'})"
    )
    expect(block(editor, 4, "H5P")).to_be_visible()
    assert kinds() == ["text", "video", "heading", "h5p"]


def test_a_button_held_down_while_the_form_is_replaced_counts(editor: Page) -> None:
    slow_saving(editor)
    adder(editor, "H5P").click()
    button = adder(editor, "Công thức")
    button.hover()
    editor.mouse.down()
    editor.wait_for_function("button => !button.isConnected", arg=button.element_handle())
    editor.mouse.up()
    expect(block(editor, 3, "Công thức")).to_be_visible()
    assert kinds() == ["text", "h5p", "formula"]


def test_a_file_on_its_way_stays_when_a_block_is_added(editor: Page) -> None:
    adder(editor, "Video").click()
    field = block(editor, 2, "Video")
    go_on: list[bool] = []

    def held(route: Route) -> None:
        if route.request.method == "PATCH":
            deadline = time.monotonic() + 20
            while not go_on and time.monotonic() < deadline:
                editor.wait_for_timeout(50)
        route.continue_()

    editor.route("**/tai-len/**", held)
    field.locator("input[type=file]").set_input_files(clips.clip("sent.mp4"))
    expect(field.locator("[data-upload-sending]")).to_be_visible()
    adder(editor, "H5P").click()
    expect(block(editor, 3, "H5P")).to_be_visible()
    expect(field.locator("[data-upload-sending]")).to_be_visible()
    go_on.append(True)
    expect(field.locator(".media-progress")).to_be_visible()
    asset = wait_until(editor, Asset.objects.first, "the film")
    assert asset is not None
    wait_until(editor, lambda: str(asset.pk) in {one.ref for one in draft()}, "the film in the saved draft")
    assert kinds() == ["text", "video", "h5p"]
