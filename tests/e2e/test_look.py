"""The ground of every page: menu, errors, offline, weight, and that axe and the policy find nothing."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from playwright.sync_api import Page, Response, expect

from tests.e2e.browser import axe, no_sideways_scroll, watch
from tests.world import PASSWORD, World, build

# kB of the first view with Brotli (HTML: gzip), as measured for the design.
BUDGETS = {"student": 55, "father": 53, "librarian": 54, "teacher": 66, "office_admin": 120}


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


def test_the_sign_in_page_leads_a_person_to_their_start_page(either: Page, cast: World) -> None:
    cast.a.student.set_password(PASSWORD)
    cast.a.student.save()
    either.goto("/dang-nhap/")
    axe(either)
    no_sideways_scroll(either)
    either.locator("[name=login]").fill(cast.a.student.code)
    either.locator("[name=password]").fill(PASSWORD)
    either.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(either.locator("h1")).to_contain_text("/")
    assert either.evaluate("document.documentElement.lang") == "vi"


@pytest.mark.parametrize("name", ["office_admin", "principal", "librarian", "teacher", "homeroom", "student", "father"])
def test_the_start_page_of_each_role_is_clean(
    name: str, open_page: Callable[..., Page], cast: World, subtests: Any
) -> None:
    for size in ("phone", "desktop"):
        with subtests.test(size):
            page = open_page(size, cast.people[name])
            page.goto("/")
            expect(page.locator("nav.nav")).to_be_visible()
            axe(page)
            no_sideways_scroll(page)


def test_the_phones_menu_rises_from_its_more_button(open_page: Callable[..., Page], cast: World) -> None:
    page = open_page("phone", cast.a.student)
    page.goto("/")
    assert page.locator("nav.nav a:visible, nav.nav button:visible").count() <= 5
    page.get_by_role("button", name="Thêm").click()
    sheet = page.locator("#more")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("button", name="Đăng xuất")).to_be_visible()
    axe(page)
    sheet.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("link", name="Đăng nhập").first).to_be_visible()
    expect(page.locator("nav.nav")).to_have_count(0)


def test_a_page_that_is_not_there_says_what_to_do(either: Page, site: Any) -> None:
    watch(either).expect("404")
    answer = either.goto("/khong-co/")
    assert answer is not None
    assert answer.status == 404
    expect(either.locator("h1")).to_be_visible()
    expect(either.get_by_text("404")).to_be_visible()
    axe(either)
    no_sideways_scroll(either)


def test_without_a_network_the_kept_page_answers(open_page: Callable[..., Page], cast: World) -> None:
    page = open_page("phone", cast.a.student, service_workers="allow")
    watch(page).expect("ERR_INTERNET_DISCONNECTED")
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.goto("/ho-so/")
    expect(page.locator("h1")).to_have_text("Chưa có mạng")
    assert page.evaluate("caches.match('/').then(found => !found)"), "a personal page was kept on the device"


def test_losing_the_network_is_said_above_the_page(open_page: Callable[..., Page], cast: World) -> None:
    page = open_page("phone", cast.a.student)
    page.goto("/")
    expect(page.locator("#offline")).to_be_hidden()
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    axe(page)
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


@pytest.mark.parametrize("name", list(BUDGETS))
def test_the_first_view_keeps_its_weight(name: str, open_page: Callable[..., Page], cast: World) -> None:
    page = open_page("phone", cast.people[name])
    weights: dict[str, float] = {}

    def weigh(answer: Response) -> None:
        kind = answer.headers.get("content-type", "")
        body = answer.body()
        if kind.startswith("text/html"):
            body = gzip.compress(body, 6)
        elif kind.startswith(("text/", "application/javascript", "application/json", "image/svg")):
            body = brotli.compress(body)
        weights[answer.url.rsplit(":", 1)[1]] = len(body) / 1000

    page.on("response", weigh)
    page.goto("/", wait_until="networkidle")
    assert sum(weights.values()) <= BUDGETS[name], sorted(weights.items(), key=lambda item: -item[1])


def test_the_page_reads_on_paper_without_its_menu(open_page: Callable[..., Page], cast: World) -> None:
    page = open_page("desktop", cast.a.student)
    page.goto("/")
    page.emulate_media(media="print")
    expect(page.locator("nav.nav")).to_be_hidden()
    expect(page.locator("header.top")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
