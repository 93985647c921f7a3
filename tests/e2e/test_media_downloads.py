"""A teacher lets a film be taken along; a pupil finds the sizes and takes a file that plays without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Page, expect

from lms.blocks import BlockData
from media.models import Asset, AssetState
from media.services import asset_from_file
from tests.e2e.browser import SIZES, axe, no_sideways_scroll, picture
from tests.lms.made import make_course, make_lesson
from tests.media import clips
from tests.world import World, build


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


@pytest.mark.parametrize("size", list(SIZES))
def test_a_film_is_taken_along(size: str, open_page: Callable[..., Page], cast: World, tmp_path: Path) -> None:
    made = asset_from_file(
        clips.clip("lecture.mp4", size="854x480", seconds=9), owner=cast.a.teacher, title="Phân số bằng nhau"
    )
    film = Asset.objects.get(pk=made.pk, state=AssetState.READY)
    lesson = make_lesson(make_course(cast, cast.a), cast.a, [BlockData(type="video", ref=str(film.pk))], title="Bài 3")
    teacher = open_page(size, cast.a.teacher)
    teacher.goto(f"/kho-tep/{film.pk}/")
    panel = teacher.locator("[data-take-along]")
    panel.scroll_into_view_if_needed()
    picture(teacher, f"take-along-off-{size}")
    panel.get_by_role("button", name="Cho phép tải về").click()
    expect(panel.get_by_role("link")).to_have_count(3)
    no_sideways_scroll(teacher)
    axe(teacher)
    picture(teacher, f"take-along-on-{size}")

    pupil = open_page(size, cast.a.student)
    pupil.goto(lesson.get_absolute_url())
    pupil.get_by_text("Tải về xem khi không có mạng").click()
    file = pupil.get_by_role("link", name="240p")
    expect(file).to_contain_text("kB")
    no_sideways_scroll(pupil)
    axe(pupil)
    picture(pupil, f"take-along-pupil-{size}")
    with pupil.expect_download() as begun:
        file.click()
    assert begun.value.suggested_filename == "Phân số bằng nhau 240p.mp4"
    kept = tmp_path / "240.mp4"
    begun.value.save_as(kept)
    with av.open(str(kept)) as opened:
        assert {stream.type for stream in opened.streams} == {"video", "audio"}

    panel.get_by_role("button", name="Thôi cho phép tải về").click()
    expect(panel.get_by_role("button", name="Cho phép tải về")).to_be_visible()
    pupil.reload()
    expect(pupil.get_by_text("Tải về xem khi không có mạng")).to_have_count(0)
