"""The trail and looking as another person, in a real browser on a phone and a desktop."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from gradebook.models import Mark
from school.audit.context import acting
from school.audit.services import record
from tests.e2e.browser import axe, no_sideways_scroll, watch
from tests.school.trail.test_events import sheet_of
from tests.world import World, build


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, and a little that happened."""
    world = build()
    with acting(world.a.teacher, address="10.20.30.40", host="localhost"):
        mark = Mark.objects.create(
            column=sheet_of(world).columns.get(), student=world.a.student, value=Decimal("7.5"), by=world.a.teacher
        )
        Mark.objects.filter(pk=mark.pk).update(value=Decimal("9.0"))
    record(actor=world.a.school_admin, action="viewed_sensitive", target=world.a.student, detail={"reason": "Tra cứu"})
    return world


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_head_reads_the_trail_and_finds_a_changed_mark(
    size: str, open_page: Callable[..., Page], cast: World
) -> None:
    page = open_page(size, cast.a.principal)
    page.goto(reverse("trail:trail"))
    axe(page)
    no_sideways_scroll(page)
    page.get_by_label("Người (tên, mã hoặc số điện thoại)").fill("dang minh")
    page.get_by_label("Việc đã làm").select_option("changed")
    page.get_by_role("button", name="Tìm").click()
    expect(page.locator("ins").first).to_have_text("9,0")
    expect(page.locator("del").first).to_have_text("7,5")
    axe(page)
    no_sideways_scroll(page)
    page.goto(f"{reverse('trail:trail')}?viec=unlocked")
    expect(page.get_by_text("Không có dòng nào như vậy")).to_be_visible()
    axe(page)
    page.goto(reverse("trail:own"))
    axe(page)
    no_sideways_scroll(page)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_an_administrator_looks_as_a_pupil_and_comes_back_by_one_click(
    size: str, open_page: Callable[..., Page], cast: World
) -> None:
    page = open_page(size, cast.a.school_admin)
    page.goto(reverse("impersonation:find"))
    page.get_by_label("Người (tên, mã hoặc số điện thoại)").fill("dang minh")
    page.get_by_role("button", name="Tìm").click()
    axe(page)
    no_sideways_scroll(page)
    page.get_by_role("link", name=f"Xem {cast.a.student.full_name}").click()
    axe(page)
    no_sideways_scroll(page)
    page.get_by_label("Lí do").fill("Mẹ cháu gọi điện, không tìm thấy bài học.")
    page.get_by_role("button", name="Bắt đầu").click()
    bar = page.locator(".look-bar")
    expect(bar).to_contain_text(cast.a.student.full_name)
    axe(page)
    no_sideways_scroll(page)
    watch(page).expect("403")
    page.goto(reverse("account"))
    expect(page.get_by_role("alert")).to_contain_text("Không làm được khi đang xem thay")
    axe(page)
    bar.get_by_role("button", name="Kết thúc").click()
    expect(bar).to_have_count(0)
    page = open_page(size, cast.a.student)
    page.goto(reverse("account"))
    expect(page.get_by_text("Mẹ cháu gọi điện")).to_be_visible()
    axe(page)
    no_sideways_scroll(page)
