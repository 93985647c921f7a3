"""A photograph from a phone is sent by a teacher and seen by a pupil, small on a phone, upright."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from playwright.sync_api import Page, expect

from lms.blocks import BlockData
from media.models import Asset
from tests.e2e.browser import SIZES, axe, no_sideways_scroll, picture
from tests.lms.made import make_course, make_lesson
from tests.media.test_pictures import notes, photograph
from tests.world import World, build


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


@pytest.mark.parametrize(("size", "fetched"), [("phone", "anh-640.webp"), ("desktop", "anh-1440.webp")])
def test_a_phones_photograph_is_seen_by_every_browser_in_the_size_it_needs(
    size: str, fetched: str, open_page: Callable[..., Page], cast: World, tmp_path: Path
) -> None:
    assert size in SIZES
    path = tmp_path / "IMG_0001.heic"
    pillow_heif.from_pillow(photograph(1512, 2016)).save(path, quality=90, exif=notes(6).tobytes())
    teacher = open_page(size, cast.a.teacher)
    teacher.goto("/kho-tep/")
    teacher.locator("[data-upload-file]").set_input_files(path)
    expect(teacher.locator("[data-upload-state]")).to_contain_text("Sẵn sàng")
    asset = Asset.objects.get()
    teacher.goto(f"/kho-tep/{asset.pk}/")
    expect(teacher.locator("img.picture")).to_be_visible()
    no_sideways_scroll(teacher)
    axe(teacher)
    picture(teacher, f"photograph-teacher-{size}")

    block = BlockData(type="image", ref=str(asset.pk), caption="Sân trường ngày khai giảng")
    lesson = make_lesson(make_course(cast, cast.a), cast.a, [block], title="Bài 1")
    pupil = open_page(size, cast.a.student)
    pupil.goto(lesson.get_absolute_url())
    shown = pupil.get_by_alt_text("Sân trường ngày khai giảng")
    pupil.wait_for_function("() => document.querySelector('img.picture').naturalWidth > 0")
    width, height = shown.evaluate("img => [img.naturalWidth, img.naturalHeight]")
    assert width > height  # it was held sideways
    chosen = shown.evaluate("img => img.currentSrc")
    assert chosen.endswith(fetched), chosen
    no_sideways_scroll(pupil)
    axe(pupil)
    picture(pupil, f"photograph-pupil-{size}")
