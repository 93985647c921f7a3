"""Personal data in a real browser: a parent agrees and asks, the school answers; every page is clean at both sizes."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from school.privacy.models import DataRequest
from school.privacy.processing import report_make
from school.privacy.services import retention_set
from tests.e2e.browser import SIZES, axe, no_sideways_scroll
from tests.world import World, build


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


def clean(page: Page) -> None:
    axe(page)
    no_sideways_scroll(page)


@pytest.mark.parametrize("size", list(SIZES))
def test_a_father_asks_and_agrees_and_the_principal_answers(
    size: str, open_page: Callable[..., Page], cast: World
) -> None:
    page = open_page(size, cast.a.father)
    page.goto("/du-lieu/")
    page.get_by_role("link", name=cast.a.student.full_name).click()
    clean(page)
    page.get_by_role("button", name="Đồng ý").first.click()
    expect(page.get_by_text("Đã ghi nhận sự đồng ý của bạn.")).to_be_visible()
    expect(page.get_by_text("Còn thiếu ý kiến của người khác.")).to_be_visible()
    page.get_by_role("button", name="Tạo bản sao").click()
    page.reload()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Tải về").click()
    assert fetched.value.suggested_filename.endswith(".zip")
    page.get_by_label("Bạn muốn gì?").select_option("deletion")
    page.get_by_label("Ghi rõ").fill("Xin xoá những gì không còn cần.")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text(f"Đã gửi đến {cast.a.school.name}.")).to_be_visible()
    clean(page)

    principal = open_page(size, cast.a.principal)
    principal.goto("/")
    expect(principal.get_by_text("1 yêu cầu đang chờ trả lời.")).to_be_visible()
    principal.goto("/du-lieu/can-tra-loi/")
    clean(principal)
    principal.get_by_role("link", name=cast.a.student.full_name).click()
    clean(principal)
    principal.get_by_role("button", name="Báo đã nhận").click()
    principal.get_by_label("Từ chối").check()
    principal.get_by_label("Trả lời bằng lời").fill("Học bạ phải giữ theo quy định.")
    principal.get_by_role("button", name="Gửi câu trả lời").click()
    principal.get_by_role("dialog").get_by_role("button", name="Gửi câu trả lời").click()
    expect(principal.get_by_text("Đã gửi câu trả lời.")).to_be_visible()
    assert DataRequest.objects.get().state == "refused"
    principal.goto("/du-lieu/anh/")
    expect(principal.get_by_text(cast.a.student2.full_name)).to_be_visible()
    clean(principal)


@pytest.mark.parametrize("size", list(SIZES))
def test_the_office_sets_how_long_things_are_kept(size: str, open_page: Callable[..., Page], cast: World) -> None:
    retention_set(kind="contact", years=5, basis="Quyết định", by=cast.office_admin)
    report_make()
    page = open_page(size, cast.office_admin)
    page.goto("/du-lieu/luu-tru/")
    clean(page)
    page.locator("#years-traces").fill("2")
    page.locator("#basis-traces").fill("Quy chế của cơ quan")
    page.locator("form", has=page.locator("#years-traces")).get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("2 năm")).to_be_visible()
    clean(page)
