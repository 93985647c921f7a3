"""The father reads marks, absence and remark in the contact book; an SMS went to the outbox."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from parentportal.models import Delivery
from school.identity.models import User
from tests.e2e.parts.words import look


def reads_the_contact_book(page: Page, father: User, student: User, size: str) -> None:
    """Everything of that day on one page; the SMS tells of the absence without a mark in it."""
    page.goto("/so-lien-lac/")
    book = page.locator("main")
    expect(book).to_contain_text("Toán")
    expect(book).to_contain_text("7,4")
    expect(book).to_contain_text("Em tiến bộ rõ rệt ở phần phân số.")
    expect(page.locator(".att")).to_contain_text("không phép")
    look(page, f"parent-contact-book-{size}")
    texts = list(Delivery.objects.filter(to=father.phone).values_list("text", flat=True))
    assert any("vang" in text.lower() or "nghi hoc" in text.lower() for text in texts), texts
    assert not any("7,4" in text or "7.4" in text for text in texts)
