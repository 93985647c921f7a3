"""What a person sees, in Vietnamese, and how long they wait for it."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import translation
from playwright.sync_api import Page

from tests.e2e.browser import axe, no_sideways_scroll, picture


def vi(text: str) -> str:
    """The Vietnamese of an English text of ours: the pages speak Vietnamese, the catalogue knows how."""
    with translation.override("vi"):
        return translation.gettext(text)


def look(page: Page, name: str) -> None:
    """The page's look is as it should be (axe, no sideways scroll); its picture is kept."""
    axe(page)
    no_sideways_scroll(page)
    picture(page, name)


def wait_until[T](page: Page, found: Callable[[], T], what: str, seconds: float = 20) -> T:
    """What a person would see after a moment; the first true answer is given back."""
    for _round in range(int(seconds * 5)):
        if value := found():
            return value
        page.wait_for_timeout(200)
    raise AssertionError(f"never came: {what}")
