"""The library, the contact book and the portals in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gradebook.services.attendance import absence_record, remark_write
from library.models import EBook, ReadingPosition
from library.services import ebook_add, loan_open
from parentportal.models import Delivery
from parentportal.services import notice_write
from school.portal.services import news_publish, portal_for
from tests.e2e.browser import axe, no_sideways_scroll, picture
from tests.library.books import book
from tests.world import World, build

KIEU = Path(__file__).resolve().parents[2] / "demo" / "library" / "truyen-kieu-trich.epub"


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


def kieu(cast: World) -> EBook:
    """An e-book on the shelf of school A."""
    with KIEU.open("rb") as source:
        return ebook_add(
            record=book(cast.a, "Truyện Kiều", authors="Nguyễn Du"),
            source=source,
            size=KIEU.stat().st_size,
            name=KIEU.name,
            by=cast.a.librarian,
        )


def test_a_pupil_reads_on_a_phone_and_finds_the_place_again(open_page: Callable[..., Page], cast: World) -> None:
    ebook = kieu(cast)
    page = open_page("phone", cast.a.student)
    page.goto("/thu-vien/?q=truyen+kieu")
    page.get_by_role("link", name="Truyện Kiều").first.click()
    page.get_by_role("link", name="Đọc ngay").click()
    frame = page.frame_locator("#book")
    expect(frame.locator("#reader[data-ready]")).to_be_attached(timeout=60_000)
    assert page.locator("#book").get_attribute("src", timeout=1000).startswith("http://content.localhost")  # type: ignore[union-attr]
    axe(page)
    no_sideways_scroll(page)
    picture(page, "reader-phone")
    slider = frame.locator("#slider")
    begin = float(slider.input_value())
    for _turn in range(2):
        here = slider.input_value()
        frame.get_by_role("button", name="Trang sau").click()
        expect(slider).not_to_have_value(here)
    kept = "begin => Number(document.getElementById('place').dataset.kept) > begin"
    page.wait_for_function(kept, arg=begin, timeout=20_000)
    place = ReadingPosition.objects.get(ebook=ebook, reader=cast.a.student)
    again = open_page("desktop", cast.a.student)
    again.goto(f"/thu-vien/doc/{ebook.pk}/")
    frame = again.frame_locator("#book")
    expect(frame.locator("#reader[data-ready]")).to_be_attached(timeout=60_000)
    assert float(frame.locator("#slider").input_value()) == pytest.approx(float(place.fraction), abs=0.2)
    assert float(frame.locator("#slider").input_value()) > begin
    picture(again, "reader-desktop")


def test_the_rooms_pages_are_clean_on_a_phone_and_a_desktop(
    open_page: Callable[..., Page], cast: World, site: Any, subtests: Any
) -> None:
    ebook = kieu(cast)
    loan_open(item=ebook.record.items.all()[0], borrower=cast.a.student, by=cast.a.librarian)
    absence_record(
        school_class=cast.a.class1, student=cast.a.student, date=timezone.localdate(), session="S", by=cast.a.homeroom
    )
    remark_write(student=cast.a.student, school_class=cast.a.class1, text="Đọc diễn cảm rất tốt.", by=cast.a.homeroom)
    (thread,) = notice_write(
        school_class=cast.a.class1,
        students=[cast.a.student],
        title="Quên vở bài tập",
        body="Mong gia đình nhắc con chuẩn bị sách vở vào buổi tối.",
        by=cast.a.homeroom,
        needs_ack=True,
    )
    for school in (None, cast.a.school):
        news_publish(
            home=portal_for(school), title="Khai giảng năm học", lead="Tóm tắt.", text="Một.", slug="khai-giang"
        )
    assert Delivery.objects.exists()
    visits = {
        "library-search": (cast.a.student, "/thu-vien/"),
        "library-record": (cast.a.student, f"/thu-vien/sach/{ebook.record_id}/"),
        "library-desk": (cast.a.librarian, "/thu-vien/quan-ly/"),
        "library-loans": (cast.a.librarian, "/thu-vien/quan-ly/dang-muon/"),
        "library-new": (cast.a.librarian, "/thu-vien/quan-ly/bien-muc/"),
        "library-edit": (cast.a.librarian, f"/thu-vien/quan-ly/sach/{ebook.record_id}/"),
        "contact-child": (cast.a.father, f"/so-lien-lac/con/{cast.a.student.pk}/"),
        "contact-thread": (cast.a.father, f"/so-lien-lac/thu/{thread.pk}/"),
        "contact-class": (cast.a.homeroom, f"/so-lien-lac/lop/{cast.a.class1.pk}/"),
        "contact-write": (cast.a.homeroom, f"/so-lien-lac/lop/{cast.a.class1.pk}/viet/"),
        "outbox": (cast.a.principal, "/so-lien-lac/hop-gui/"),
        "office": (cast.office_admin, "/van-phong/"),
        "portal-office": (None, "/"),
        "portal-schools": (None, "/truong/"),
        "portal-news": (None, "/tin-tuc/khai-giang/"),
        "portal-school": (None, site.school(cast.a.school)),
    }
    for name, (person, address) in visits.items():
        for size in ("phone", "desktop"):
            with subtests.test(f"{name} on a {size}"):
                page = open_page(size, person)
                page.goto(address)
                expect(page.locator("h1")).to_be_attached()
                picture(page, f"{name}-{size}")
                axe(page)
                no_sideways_scroll(page)
                page.close()
