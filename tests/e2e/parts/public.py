"""The public reads news on the office's portal and on the school's own host."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.parts.words import look


def reads_the_news(page: Page, site: Site, slug: str, size: str) -> None:
    """One item on the office's portal, one on the school's."""
    page.goto(site.url("/"))
    page.get_by_role("link", name=re.compile("Khai trương Mái Trường")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Khai trương Mái Trường")
    look(page, f"public-office-{size}")
    page.goto(site.url("/", f"{slug}.localhost"))
    look(page, f"public-school-{size}")
    page.get_by_role("link", name=re.compile("Tuần lễ đọc sách")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tuần lễ đọc sách")
