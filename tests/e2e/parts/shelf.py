"""The librarian catalogues a book with two copies, lends one and adds an e-book; the student finds and reads it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from config.demo.files import demo_file
from library.models import EBook, Item, Loan
from school.identity.models import User
from tests.e2e.parts.words import look, vi, wait_until

TITLE = "Lịch sử Việt Nam bằng tranh"


def catalogues_and_lends(page: Page, student: User, size: str) -> None:
    """A book with two copies; one is lent to the pupil found by a part of the name."""
    page.goto("/thu-vien/quan-ly/bien-muc/")
    page.get_by_label(re.compile(f"^{vi('title').capitalize()}")).first.fill(TITLE)
    page.get_by_label(re.compile(f"^{vi('authors').capitalize()}")).first.fill("Trần Bạch Đằng")
    page.get_by_label(vi("Number of copies")).fill("2")
    page.get_by_role("button", name=vi("Catalogue"), exact=True).click()
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    item = Item.objects.filter(record__title=TITLE).order_by("pk").first()
    assert item is not None
    assert Item.objects.filter(record__title=TITLE).count() == 2
    page.goto("/thu-vien/quan-ly/")
    page.get_by_label(vi("Copy's bar code")).first.fill(item.barcode)
    page.get_by_label(vi("Reader"), exact=False).first.fill(student.code)
    page.get_by_role("button", name=vi("Lend"), exact=True).click()
    wait_until(page, lambda: Loan.objects.filter(item=item, borrower=student).exists(), "the loan")
    look(page, f"librarian-desk-{size}")


def adds_an_ebook(page: Page) -> None:
    """An EPUB goes with a record of its own."""
    page.goto("/thu-vien/quan-ly/bien-muc/")
    page.get_by_label(re.compile(f"^{vi('title').capitalize()}")).first.fill("Truyện Kiều (trích)")
    page.get_by_label(vi("Number of copies")).fill("0")
    page.get_by_label(vi("E-book (EPUB)"), exact=False).set_input_files(demo_file("library", "truyen-kieu-trich.epub"))
    page.get_by_role("button", name=vi("Catalogue"), exact=True).click()
    wait_until(page, lambda: EBook.objects.filter(record__title__startswith="Truyện Kiều").exists(), "the e-book")


def finds_and_reads(page: Page, size: str) -> None:
    """ "lich su" finds "Lịch sử"; the EPUB opens in the browser."""
    page.goto("/thu-vien/?q=lich+su")
    expect(page.get_by_role("link", name=re.compile(TITLE)).first).to_be_visible()
    look(page, f"student-library-{size}")
    page.goto("/thu-vien/?q=truyen+kieu")
    page.get_by_role("link", name=re.compile("Truyện Kiều")).first.click()
    page.get_by_role("link", name=vi("Read now")).click()
    book = page.frame_locator("#book")
    expect(book.locator("#reader[data-ready]")).to_be_attached(timeout=60_000)
    wait_until(page, lambda: "Trăm năm trong cõi người ta" in _turned(page), "the first line of the book", 60)


def _turned(page: Page) -> str:
    """All text that the reader's frames hold; the next page is turned to for the following look."""
    text = "".join(frame.content() for frame in page.frames if frame.url.startswith("blob:"))
    page.frame_locator("#book").get_by_role("button", name="Trang sau").click()
    return text
