"""Notes at moments of a film: a pupil writes while the film waits, a teacher's question appears when its moment comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lms.blocks import BlockData
from lms.models import Lesson
from media.models import Asset, AssetState, Note
from media.notes import note_add
from media.services import asset_from_file
from tests.e2e.browser import SIZES, axe, no_sideways_scroll, picture, watch
from tests.lms.made import make_course, make_lesson
from tests.media import clips
from tests.world import World, build


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


@pytest.fixture
def lesson(cast: World) -> Lesson:
    """A lesson of 6A1 with a film."""
    made = asset_from_file(
        clips.clip("lecture.mp4", size="854x480", seconds=9), owner=cast.a.teacher, title="Phân số bằng nhau"
    )
    film = Asset.objects.get(pk=made.pk, state=AssetState.READY)
    return make_lesson(make_course(cast, cast.a), cast.a, [BlockData(type="video", ref=str(film.pk))], title="Bài 3")


def film_of(lesson: Lesson) -> Asset:
    return Asset.objects.get(lesson_materials__lesson=lesson, lesson_materials__live=True)


def playing_past(page: Page, second: float) -> None:
    page.wait_for_function("second => document.querySelector('video').currentTime > second", arg=second)


def paused(page: Page) -> bool:
    return bool(page.locator("video").evaluate("video => video.paused"))


@pytest.mark.parametrize("size", list(SIZES))
def test_the_film_waits_while_a_pupil_writes_and_the_note_leads_back_to_its_moment(
    size: str, open_page: Callable[..., Page], cast: World, lesson: Lesson
) -> None:
    page = open_page(size, cast.a.student)
    page.goto(lesson.get_absolute_url())
    page.locator("summary", has_text="Ghi chú của tôi").click()
    expect(page.get_by_text("Chưa có ghi chú nào ở đây.")).to_be_visible()
    no_sideways_scroll(page)
    axe(page)
    picture(page, f"notes-empty-{size}")

    page.locator("media-play-button").click()
    playing_past(page, 2)
    write = page.get_by_label("Ghi chú tại thời điểm này")
    write.click()
    assert paused(page)
    stamped = page.get_by_label("Thời điểm", exact=True).input_value()
    assert stamped in ("0:02", "0:03", "0:04", "0:05")
    # Left without a word the film goes on by itself; it waits again and goes on when the note is kept.
    page.locator("h1").click()
    page.wait_for_function("() => !document.querySelector('video').paused")
    write.fill("Vì sao phải quy đồng?")
    assert paused(page)
    page.get_by_label("Thời điểm", exact=True).fill("0:07")
    page.get_by_role("button", name="Lưu ghi chú").click()
    line = page.get_by_role("button", name="Vì sao phải quy đồng?")
    expect(line).to_be_visible()
    page.wait_for_function("() => !document.querySelector('video').paused")
    assert Note.objects.get().at == 7
    # The next note's moment goes along with the film.
    expect(page.locator("[data-note-form]").get_by_label("Thời điểm", exact=True)).not_to_have_value("0:00")
    line.click()
    playing_past(page, 7)

    page.get_by_role("button", name="Sửa ghi chú lúc 0:07").click()
    edit = page.locator("[data-note-edit]")
    expect(edit.get_by_label("Ghi chú tại thời điểm này")).to_be_focused()
    edit.get_by_label("Thời điểm", exact=True).fill("9:99")
    watch(page).expect("422")
    edit.get_by_role("button", name="Lưu ghi chú").click()
    expect(edit.get_by_text("Ghi thời điểm dạng phút:giây")).to_be_visible()
    picture(page, f"notes-wrong-{size}")
    axe(page)
    edit.get_by_label("Thời điểm", exact=True).fill("0:06")
    edit.get_by_label("Ghi chú tại thời điểm này").fill("Quy đồng để so sánh được\nHỏi lại cô phần mẫu số chung")
    edit.get_by_role("button", name="Lưu ghi chú").click()
    expect(page.get_by_role("button", name="Quy đồng để so sánh được")).to_be_visible()
    no_sideways_scroll(page)
    axe(page)
    picture(page, f"notes-{size}")

    page.get_by_role("button", name="Xóa ghi chú lúc 0:06").click()
    expect(page.get_by_text("Đã xóa ghi chú.")).to_be_visible()
    assert not Note.objects.exists()
    picture(page, f"notes-deleted-{size}")
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.get_by_role("button", name="Quy đồng để so sánh được")).to_be_visible()
    assert Note.objects.get().at == 6

    page.get_by_role("link", name="Mọi ghi chú của tôi").click()
    expect(page.get_by_text("Hỏi lại cô phần mẫu số chung")).to_be_visible()
    no_sideways_scroll(page)
    axe(page)
    picture(page, f"notes-all-{size}")


@pytest.mark.parametrize("size", list(SIZES))
def test_a_teachers_question_appears_at_its_moment(
    size: str, open_page: Callable[..., Page], cast: World, lesson: Lesson
) -> None:
    film = film_of(lesson)
    note_add(author=cast.a.teacher, asset=film, at=0, text="Chuẩn bị giấy nháp", shared=True)
    note_add(author=cast.a.teacher, asset=film, at=3, text="Dừng lại: 2/3 và 4/6 có bằng nhau không?", shared=True)
    page = open_page(size, cast.a.student)
    page.goto(lesson.get_absolute_url())
    now = page.locator("[data-note-now]")
    expect(now).to_be_hidden()
    page.locator("media-play-button").click()
    expect(now).to_have_text("Chuẩn bị giấy nháp")
    expect(now).to_have_text("Dừng lại: 2/3 và 4/6 có bằng nhau không?")
    assert page.locator("video").evaluate("video => video.currentTime") >= 3
    page.locator("media-play-button").click()
    no_sideways_scroll(page)
    axe(page)
    picture(page, f"notes-teacher-{size}")
