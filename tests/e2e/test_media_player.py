"""The player's keys, its seek pictures, its speed, and what it does for a person who saves data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lms.blocks import BlockData
from media.models import Asset, AssetState, CaptionTrack
from media.services import asset_from_file
from tests.e2e.browser import SIZES, pictures
from tests.lms.made import make_course, make_lesson
from tests.media import clips
from tests.world import World, build

SAVE_DATA = "Object.defineProperty(navigator, 'connection', { value: { saveData: true, effectiveType: '4g' } });"
RESUMED = "Phát tiếp từ"
CAPTIONS = "WEBVTT\n\n00:00:00.000 --> 00:00:08.000\nXin chào các em\n"


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


@pytest.fixture
def lecture(cast: World) -> Asset:
    """A film of half a minute in 480 and 240 lines with captions, long enough for several seek pictures."""
    made = asset_from_file(
        clips.clip("half-minute.mp4", size="854x480", seconds=30), owner=cast.a.teacher, title="Phân số bằng nhau"
    )
    CaptionTrack.objects.create(asset=made, language="vi", vtt=CAPTIONS, search_text="xin chao cac em")
    return Asset.objects.get(pk=made.pk, state=AssetState.READY)


@pytest.mark.parametrize(("first", "second"), [("desktop", "phone"), ("phone", "desktop")])
def test_a_film_goes_on_where_it_was_left_on_another_device(
    first: str, second: str, open_page: Callable[..., Page], cast: World, lecture: Asset
) -> None:
    lesson = make_lesson(make_course(cast, cast.a), cast.a, [BlockData(type="video", ref=str(lecture.pk))])
    page = open_page(first, cast.a.student)
    page.goto(lesson.get_absolute_url())
    page.locator("media-play-button").click()
    until(page, "v.currentTime > 5")
    with page.expect_response(lambda answer: "/tien-do/" in answer.url and answer.request.method == "POST"):
        page.locator("media-play-button").click()
    left = of_video(page, "currentTime")

    other = open_page(second, cast.a.student)
    other.goto(lesson.get_absolute_url())
    other.locator("media-play-button").click()
    until(other, f"v.currentTime > {left - 0.5}")
    assert of_video(other, "currentTime") < left + 5
    expect(other.locator("[data-player-note]")).to_contain_text(RESUMED)


def of_video(page: Page, what: str) -> Any:
    return page.evaluate(f"document.querySelector('[data-player] video').{what}")


def until(page: Page, condition: str) -> None:
    page.wait_for_function(f"() => {{ const v = document.querySelector('[data-player] video'); return {condition}; }}")


@pytest.mark.parametrize("size", list(SIZES))
def test_every_usual_key_works_and_the_menus_follow(
    size: str, open_page: Callable[..., Page], cast: World, lecture: Asset
) -> None:
    page = open_page(size, cast.a.teacher)
    page.goto(f"/kho-tep/{lecture.pk}/")
    page.locator("media-play-button").focus()
    press = page.keyboard.press
    press("Space")
    until(page, "v.currentTime > 0.5")
    press("k")
    until(page, "v.paused")
    press("m")
    until(page, "v.muted")
    # The next key is pressed when the buttons show what the last one did, as a person does.
    expect(page.locator("media-mute-button")).to_have_attribute("mediavolumelevel", "off")
    press("m")
    until(page, "!v.muted")
    press("ArrowRight")
    until(page, "v.currentTime > 10 && v.currentTime < 13")
    press("ArrowLeft")
    until(page, "v.currentTime < 3")
    press("ArrowDown")
    until(page, "v.volume < 1")
    press("f")
    until(page, "document.fullscreenElement")
    expect(page.locator("media-fullscreen-button")).to_have_attribute("mediaisfullscreen", "")
    press("f")
    until(page, "!document.fullscreenElement")

    speed = page.get_by_label("Tốc độ")
    press(">")
    expect(speed).to_have_value("1.25")
    assert of_video(page, "playbackRate") == 1.25
    press("<")
    expect(speed).to_have_value("1")

    captions = page.locator("[data-player-captions]")
    showing = "[...v.textTracks].some(t => t.kind === 'subtitles' && t.mode === 'showing')"
    press("c")
    until(page, showing)
    expect(captions).not_to_have_value("-1")
    press("c")
    until(page, f"!({showing})")
    expect(captions).to_have_value("-1")


@pytest.mark.parametrize("size", list(SIZES))
def test_the_seek_bar_shows_the_picture_of_the_moment(
    size: str, open_page: Callable[..., Page], cast: World, lecture: Asset
) -> None:
    page = open_page(size, cast.a.teacher)
    page.goto(f"/kho-tep/{lecture.pk}/")
    page.locator("media-play-button").click()
    until(page, "v.currentTime > 0.5")
    page.locator("media-play-button").click()
    bar = page.locator("media-time-range")
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    coordinates = []
    finger = page.context.new_cdp_session(page)

    def point(share: float, touch: str = "touchMove") -> None:
        x, y = box["x"] + box["width"] * share, box["y"] + box["height"] / 2
        if size == "phone":
            finger.send("Input.dispatchTouchEvent", {"type": touch, "touchPoints": [{"x": x, "y": y}]})
        else:
            page.mouse.move(x, y)

    point(0.1, "touchStart")
    for share in (0.2, 0.8):
        point(share)
        page.wait_for_function(
            """before => {
                const shown = document.querySelector("media-time-range").shadowRoot.querySelector("media-preview-thumbnail");
                const at = shown.getAttribute("mediapreviewcoords");
                const picture = shown.shadowRoot.querySelector("img");
                return at && at !== before && picture.naturalWidth > 0 && shown.getBoundingClientRect().width > 50
                    && getComputedStyle(shown).visibility === "visible";
            }""",
            arg=coordinates[-1] if coordinates else "",
        )
        coordinates.append(
            page.evaluate(
                """document.querySelector("media-time-range").shadowRoot.querySelector("media-preview-thumbnail")
                    .getAttribute("mediapreviewcoords")"""
            )
        )
    assert len(set(coordinates)) == 2
    page.screenshot(path=pictures() / f"seek-picture-{size}.png", caret="initial")


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize(
    ("saving", "lines"),
    # a phone's player has no room for more than the smallest picture anyway
    [(False, {"desktop": range(400, 600), "phone": range(200, 300)}), (True, dict.fromkeys(SIZES, range(200, 300)))],
    ids=["not saving", "saving"],
)
def test_whoever_saves_data_gets_the_smallest_picture_until_they_choose_another(
    size: str, saving: bool, lines: dict[str, range], open_page: Callable[..., Page], cast: World, lecture: Asset
) -> None:
    page = open_page(size, cast.a.teacher)
    if saving:
        page.add_init_script(SAVE_DATA)
    page.goto(f"/kho-tep/{lecture.pk}/")
    page.locator("media-play-button").click()
    until(page, "v.currentTime > 12")
    assert of_video(page, "videoHeight") in lines[size]
    if saving:
        page.get_by_label("Chất lượng").select_option("480")
        until(page, "v.videoHeight > 400")
