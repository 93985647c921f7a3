"""A file goes up in pieces and is watched, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from media.models import Asset, AssetState
from media.services import asset_from_file
from tests.e2e.browser import SIZES, axe, no_sideways_scroll, picture, watch
from tests.media import clips
from tests.world import World, build


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


@pytest.fixture
def lecture(cast: World) -> Asset:
    """A video with sound in two sizes, long enough to jump in."""
    made = asset_from_file(
        clips.clip("lecture.mp4", size="854x480", seconds=9), owner=cast.a.teacher, title="Phân số bằng nhau"
    )
    return Asset.objects.get(pk=made.pk, state=AssetState.READY)


def media(page: Page, what: str) -> Any:
    return page.evaluate(f"document.querySelector('[data-player] video, [data-player] audio').{what}")


def playing_past(page: Page, second: float) -> None:
    page.wait_for_function(
        "second => document.querySelector('[data-player] video, [data-player] audio').currentTime > second", arg=second
    )


@pytest.mark.parametrize("size", list(SIZES))
def test_a_teacher_sends_a_video_in_pieces_and_sees_it_become_ready(
    size: str, open_page: Callable[..., Page], cast: World
) -> None:
    page = open_page(size, cast.a.teacher)
    page.goto("/kho-tep/")
    axe(page)
    no_sideways_scroll(page)
    page.locator("[data-upload-file]").set_input_files(clips.clip("sent.mp4"))
    expect(page.locator("[data-upload-state]")).to_contain_text("Sẵn sàng")
    asset = Asset.objects.get()
    assert page.locator("[data-upload-value]").input_value() == str(asset.pk)
    assert (asset.state, asset.title) == (AssetState.READY, "sent")
    axe(page)


def test_a_refused_file_says_why_in_the_persons_language(open_page: Callable[..., Page], cast: World) -> None:
    page = open_page("phone", cast.a.teacher)
    watch(page).expect("422")
    page.goto("/kho-tep/")
    page.locator("[data-upload-file]").set_input_files(clips.playlist_in_disguise())
    expect(page.locator("[data-upload-error]")).to_contain_text("Nội dung tệp không đúng")
    axe(page)


def test_a_broken_connection_goes_on_where_it_stopped(open_page: Callable[..., Page], cast: World) -> None:
    page = open_page("desktop", cast.a.teacher)
    watch(page).expect("net::ERR", "503")
    broken: list[str] = []

    def break_twice(route: Route) -> None:
        if route.request.method == "PATCH" and len(broken) < 2:
            broken.append(route.request.method)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/tai-len/**", break_twice)
    page.goto("/kho-tep/")
    page.locator("[data-upload-file]").set_input_files(clips.clip("sent.mp4"))
    expect(page.locator("[data-upload-state]")).to_contain_text("Sẵn sàng")
    assert len(broken) == 2


def pieces_of(page: Page) -> list[str]:
    """What is asked for of the film's files from now on: the name and the range."""
    asked: list[str] = []
    page.on(
        "request",
        lambda request: (
            asked.append(f"{request.url[-8:]} {request.headers.get('range')}") if ".mp4" in request.url else None
        ),
    )
    return asked


def test_no_piece_of_a_film_is_loaded_twice(open_page: Callable[..., Page], cast: World, lecture: Asset) -> None:
    page = open_page("phone", cast.a.teacher)
    asked = pieces_of(page)
    page.goto(f"/kho-tep/{lecture.pk}/")
    page.locator("media-play-button").click()
    playing_past(page, 2)
    assert len(asked) > 3
    assert len(asked) == len(set(asked)), asked


def test_a_piece_that_comes_broken_is_loaded_anew(open_page: Callable[..., Page], cast: World, lecture: Asset) -> None:
    page = open_page("phone", cast.a.teacher)
    broken: list[str] = []

    def break_first(route: Route) -> None:
        asked = route.request.headers.get("range", "")
        if "/v" in route.request.url and asked and not asked.startswith("bytes=0-") and not broken:
            answer = route.fetch()
            broken.append(asked)
            route.fulfill(response=answer, body=answer.body()[: len(answer.body()) // 3])
        else:
            route.continue_()

    page.route("**/*.mp4", break_first)
    page.goto(f"/kho-tep/{lecture.pk}/")
    page.locator("media-play-button").click()
    playing_past(page, 2)
    assert broken


@pytest.mark.parametrize("size", list(SIZES))
def test_a_video_plays_with_its_menus_in_vietnamese_and_loads_its_engine_only_on_play(
    size: str, open_page: Callable[..., Page], cast: World, lecture: Asset
) -> None:
    page = open_page(size, cast.a.teacher)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/kho-tep/{lecture.pk}/")
    play = page.locator("media-play-button")
    expect(play).to_have_attribute("aria-label", "phát")
    no_sideways_scroll(page)
    axe(page)
    assert not [url for url in asked if "hls.min.mjs" in url or ".m3u8" in url]

    play.click()
    playing_past(page, 0.5)
    expect(play).to_have_attribute("aria-label", "tạm dừng")
    assert media(page, "videoWidth") > 0
    assert media(page, "webkitAudioDecodedByteCount") > 0
    assert [url for url in asked if "/kho-tep/m/" in url]

    page.get_by_label("Tốc độ").select_option("1.5")
    assert media(page, "playbackRate") == 1.5
    page.get_by_label("Chất lượng").select_option("480")
    page.wait_for_function("() => document.querySelector('[data-player] video').videoHeight === 480")
    page.get_by_label("Chất lượng").select_option("audio")
    page.wait_for_function("() => document.querySelector('[data-player] video').videoHeight === 0")
    playing_past(page, 1)


def test_what_was_really_watched_is_reported_and_a_jump_is_not(
    open_page: Callable[..., Page], cast: World, lecture: Asset
) -> None:
    page = open_page("desktop", cast.a.teacher)
    told: list[dict[str, Any]] = []

    def with_address(route: Route) -> None:
        answer = route.fetch()
        body = answer.text().replace("data-position=", 'data-progress-url="/tien-do/" data-position=')
        route.fulfill(response=answer, body=body)

    def hear(route: Route) -> None:
        assert route.request.headers["x-csrftoken"]
        told.append(json.loads(route.request.post_data or ""))
        route.fulfill(status=204)

    page.route(f"**/kho-tep/{lecture.pk}/", with_address)
    page.route("**/tien-do/", hear)
    page.goto(f"/kho-tep/{lecture.pk}/")
    page.locator("media-play-button").click()
    playing_past(page, 1)
    page.evaluate("document.querySelector('[data-player] video').currentTime = 7")
    playing_past(page, 7.5)
    page.locator("media-play-button").click()
    page.wait_for_function("() => document.querySelector('[data-player] video').paused")
    page.wait_for_timeout(300)
    assert told
    last = told[-1]
    assert last["position"] > 7
    assert last["duration"] == pytest.approx(9, abs=0.3)
    (first_from, first_to), (second_from, second_to) = last["ranges"]
    assert first_from < 0.5
    assert 1 <= first_to < 4
    assert 6.9 <= second_from < second_to < 9.1


def test_a_ticket_that_ran_out_does_not_stop_the_player(
    open_page: Callable[..., Page], cast: World, lecture: Asset
) -> None:
    page = open_page("desktop", cast.a.teacher)
    watch(page).expect("403")
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if ".mp4" in route.request.url and not refused:
            refused.append(route.request.url)
            route.fulfill(status=403)
        else:
            route.continue_()

    page.route("**/kho-tep/m/**", refuse_once)
    page.goto(f"/kho-tep/{lecture.pk}/")
    page.locator("media-play-button").click()
    playing_past(page, 0.5)
    assert len(refused) == 1


def test_a_recording_without_pictures_plays(open_page: Callable[..., Page], cast: World) -> None:
    asset = asset_from_file(clips.clip("tho.mp3", picture=False, seconds=5), owner=cast.a.teacher, title="Bài thơ")
    page = open_page("phone", cast.a.teacher)
    page.goto(f"/kho-tep/{asset.pk}/")
    axe(page)
    page.locator("media-play-button").click()
    playing_past(page, 0.5)
    assert media(page, "webkitAudioDecodedByteCount") > 0


LINE_SHOWN = """() => [...document.querySelector("[data-player] video").textTracks].some(
    track => track.mode === "showing" && track.language === "vi"
        && [...track.cues ?? []].some(cue => cue.text === "Dòng thứ 7"))"""


@pytest.mark.parametrize("size", list(SIZES))
def test_captions_are_read_along_and_a_line_of_what_is_said_leads_to_its_second(
    size: str, open_page: Callable[..., Page], lecture: Asset, cast: World
) -> None:
    page = open_page(size, cast.a.teacher)
    page.goto(f"/kho-tep/{lecture.pk}/")
    lines = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\nDòng thứ {n}\n\n" for n in range(1, 8))
    page.get_by_label("Tệp (.vtt, .srt hoặc .ass)").set_input_files(
        {"name": "loi.srt", "mimeType": "application/x-subrip", "buffer": lines.encode()}
    )
    page.get_by_role("button", name="Thêm phụ đề").click()
    expect(page.get_by_text("Đã hiện phụ đề Tiếng Việt.")).to_be_visible()

    page.get_by_text("Lời nói (Tiếng Việt)").click()
    line = page.get_by_role("button", name="Dòng thứ 5")
    expect(line).to_be_visible()
    axe(page)
    no_sideways_scroll(page)
    picture(page, f"captions-{size}")
    line.click()
    playing_past(page, 5)
    page.locator("[data-player-captions]").select_option(label="Tiếng Việt")
    page.wait_for_function(LINE_SHOWN)

    # The choice is kept for the next recording.
    page.reload()
    page.get_by_role("button", name="phát", exact=False).first.click()
    page.wait_for_function(
        "() => document.querySelector('[data-player-captions]').selectedOptions[0].text === 'Tiếng Việt'"
    )
    page.wait_for_function(LINE_SHOWN)

    page.get_by_text("Lời nói (Tiếng Việt)").click()
    page.get_by_role("searchbox", name="Tìm trong lời nói").fill("thu 3")
    page.get_by_role("searchbox", name="Tìm trong lời nói").press("Enter")
    expect(page.get_by_role("button", name="Dòng thứ 5")).to_have_count(0)
    expect(page.get_by_role("button", name="Dòng thứ 3")).to_be_visible()
