"""A document is read in the page by pdf.js: drawn as it is needed, its words can be marked, the place is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lms.blocks import BlockData
from media.models import Asset
from media.services import asset_from_file
from tests.e2e.browser import SIZES, axe, no_sideways_scroll, picture
from tests.lms.made import make_course, make_lesson
from tests.media.test_documents import needs_office, open_document
from tests.world import World, build

PAGES = 12


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


def outline(path: Path) -> Path:
    """A document of twelve pages; a slide each, so that pages break where we know it."""
    place = 'svg:width="22cm" svg:height="3cm" svg:x="2cm" svg:y="2cm"'
    slides = "".join(
        f'<draw:page draw:name="t{n}"><draw:frame {place}><draw:text-box><text:p>Bài {n}: phân số bằng nhau</text:p>'
        "</draw:text-box></draw:frame></draw:page>"
        for n in range(1, PAGES + 1)
    )
    return open_document(path, slides, kind="presentation")


@needs_office
@pytest.mark.parametrize("size", list(SIZES))
def test_a_document_is_read_in_the_page_and_opens_again_where_it_was_left(
    size: str, open_page: Callable[..., Page], cast: World, tmp_path: Path
) -> None:
    teacher = open_page(size, cast.a.teacher)
    teacher.goto("/kho-tep/")
    teacher.locator("[data-upload-file]").set_input_files(outline(tmp_path / "de-cuong.odp"))
    expect(teacher.locator("[data-upload-state]")).to_contain_text("Sẵn sàng")
    asset = Asset.objects.get()
    teacher.goto(f"/kho-tep/{asset.pk}/")
    expect(teacher.get_by_role("link", name="Đọc tại đây")).to_be_visible()
    axe(teacher)
    picture(teacher, f"pages-teacher-{size}")

    block = BlockData(type="file", ref=str(asset.pk), caption="Đề cương ôn tập")
    lesson = make_lesson(make_course(cast, cast.a), cast.a, [block], title="Bài 1")
    pupil = open_page(size, cast.a.student)
    pupil.goto(lesson.get_absolute_url())
    picture(pupil, f"pages-lesson-{size}")
    pupil.get_by_role("link", name="Đề cương ôn tập").click()
    expect(pupil.locator("[data-pages-status]")).to_have_text(f"Trang 1/{PAGES}")
    expect(pupil.locator(".page")).to_have_count(PAGES)
    expect(pupil.locator(".textLayer").first).to_contain_text("Bài 1: phân số bằng nhau")
    # Drawn: the sheet is white and the letters are not.
    assert pupil.locator(".page canvas").first.evaluate(
        "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size > 5"
    )
    # Far pages are not drawn.
    assert pupil.locator(".page canvas").count() < PAGES
    no_sideways_scroll(pupil)
    axe(pupil)
    picture(pupil, f"pages-{size}")

    wide = pupil.locator(".page").first.bounding_box()
    pupil.get_by_role("button", name="Phóng to").click()
    pupil.wait_for_function(
        "width => document.querySelector('.page').getBoundingClientRect().width > width * 1.2",
        arg=(wide or {})["width"],
    )
    pupil.get_by_role("button", name="Thu nhỏ").click()
    for number in range(2, 5):
        pupil.get_by_role("button", name="Trang sau").click()
        expect(pupil.locator("[data-pages-status]")).to_have_text(f"Trang {number}/{PAGES}")
    pupil.reload()
    expect(pupil.locator("[data-pages-status]")).to_have_text(f"Trang 4/{PAGES}")
    expect(pupil.locator("[data-page='4'] .textLayer")).to_contain_text("Bài 4: phân số bằng nhau")
    picture(pupil, f"pages-again-{size}")


def test_a_document_that_cannot_be_opened_says_so(open_page: Callable[..., Page], cast: World, tmp_path: Path) -> None:
    path = tmp_path / "hong.pdf"
    path.write_bytes(b"%PDF-1.7\nkhong co gi")
    asset = asset_from_file(path, owner=cast.a.teacher)
    page = open_page("phone", cast.a.teacher)
    page.goto(f"/kho-tep/{asset.pk}/doc/")
    expect(page.locator("[data-pages-error]")).to_contain_text("Không mở được tài liệu.")
    axe(page)
