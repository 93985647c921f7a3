"""One sign-in, one sign-out, with an application of somebody else: Apache with mod_auth_openidc, in Chromium."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from school.oidc.models import Notice
from school.oidc.services import application_save
from tests.e2e.apache import Apache, free_port, serving
from tests.e2e.browser import axe, no_sideways_scroll, picture
from tests.e2e.conftest import Site
from tests.world import PASSWORD, World
from tools.apache import MISSING, find


@pytest.fixture
def program() -> str:
    """Apache; without one the test says so, and in CI it fails."""
    found = find()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return found


@pytest.fixture
def apache(program: str, site: Site, world: World, settings: Any) -> Iterator[Apache]:
    """The application, registered by the office and running."""
    settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]
    made = Apache(free_port())
    values = {
        "name": "Kho học liệu",
        "public": False,
        "redirect_uris": [made.redirect_uri],
        "post_logout_uris": [made.url("/bye.html")],
        "backchannel_uri": made.backchannel_uri,
        "scopes": ["profile", "email", "roles"],
        "skip_consent": False,
    }
    application, secret = application_save(office=world.office, values=values, by=world.office_admin)
    issuer = f"http://{settings.PLATFORM_HOST}"
    # The provider makes its first key when it is first asked.
    requests.get(f"{issuer}/.well-known/jwks.json", timeout=60)
    with serving(program, made, issuer=issuer, client_id=application.pk, secret=secret):
        yield made


@pytest.fixture
def teacher(world: World) -> Any:
    world.a.teacher.set_password(PASSWORD)
    world.a.teacher.save()
    return world.a.teacher


def sign_in(page: Page, user: Any) -> None:
    page.locator("input[name=login]").fill(user.code)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()


@pytest.mark.timeout(280)
def test_a_teacher_enters_another_application_and_signs_out_of_both(
    apache: Apache, site: Site, world: World, teacher: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page("phone")
    page.goto(apache.url())
    expect(page).to_have_title("Đăng nhập – Mái Trường")
    sign_in(page, teacher)

    expect(page.get_by_role("heading", name="Đăng nhập vào Kho học liệu")).to_be_visible()
    axe(page)
    no_sideways_scroll(page)
    picture(page, "sso-consent-phone")
    page.get_by_role("button", name="Đồng ý và tiếp tục").click()
    expect(page.locator("#who")).to_have_text(teacher.code)
    expect(page.locator("#groups")).to_contain_text(f"{world.a.school.slug}:teacher")
    sid = page.locator("#sid").inner_text()

    # Signed in here without typing again; the application stands in the account.
    here = page.context.new_page()
    here.goto(site.url("/tai-khoan/ung-dung/"))
    expect(here.get_by_text("Kho học liệu")).to_be_visible()
    axe(here)
    no_sideways_scroll(here)
    picture(here, "sso-connections-phone")

    # Signing out here signs out there.
    here.goto(site.url("/tai-khoan/"))
    here.get_by_role("button", name="Đăng xuất").first.click()
    if here.get_by_text("Bạn muốn đăng xuất").count():
        here.get_by_role("button", name="Đăng xuất").first.click()
    expect(here).not_to_have_url(site.url("/tai-khoan/"))
    assert list(Notice.objects.values_list("state", "sid")) == [("sent", sid)]
    page.goto(apache.url())
    expect(page).to_have_title("Đăng nhập – Mái Trường")

    # The second time nobody is asked; the application's own button signs out here.
    sign_in(page, teacher)
    expect(page.locator("#who")).to_have_text(teacher.code)
    page.locator("#out").click()
    expect(page.get_by_role("heading", name="Tạm biệt")).to_be_visible()
    here.goto(site.url("/tai-khoan/"))
    expect(here).to_have_title("Đăng nhập – Mái Trường")


def test_signing_out_of_another_browser_leaves_this_one_in(
    apache: Apache, site: Site, teacher: Any, open_page: Callable[..., Page]
) -> None:
    first, second = open_page("desktop"), open_page("desktop")
    for page in (first, second):
        page.goto(apache.url())
        sign_in(page, teacher)
        if page is first:
            picture(page, "sso-consent-desktop")
            page.get_by_role("button", name="Đồng ý và tiếp tục").click()
        expect(page.locator("#who")).to_have_text(teacher.code)
    second.locator("#out").click()
    expect(second.get_by_role("heading", name="Tạm biệt")).to_be_visible()
    first.goto(apache.url())
    expect(first.locator("#who")).to_have_text(teacher.code)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_offices_pages_of_applications(size: str, site: Site, world: World, open_page: Callable[..., Page]) -> None:
    page = open_page(size, world.office_admin)
    page.goto(site.url("/ung-dung/"))
    expect(page.get_by_text("Chưa có ứng dụng nào")).to_be_visible()
    look(page, f"applications-empty-{size}")
    page.get_by_role("main").get_by_role("link", name="Kết nối ứng dụng").first.click()
    page.get_by_label("Tên mà mọi người sẽ thấy").fill("Moodle của Phòng")
    page.get_by_label("Địa chỉ quay về sau khi đăng nhập").fill("moodle")
    look(page, f"application-new-{size}")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Hãy ghi đầy đủ địa chỉ").first).to_be_visible()
    look(page, f"application-fault-{size}", r"422")
    page.get_by_label("Địa chỉ quay về sau khi đăng nhập").fill("https://moodle.example/callback")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text("Khoá bí mật chỉ hiện một lần này")).to_be_visible()
    look(page, f"application-secret-{size}")
    page.reload()
    expect(page.get_by_text("Khoá bí mật chỉ hiện một lần này")).to_have_count(0)
    page.get_by_role("button", name="Tắt đi").click()
    page.get_by_role("dialog").get_by_role("button", name="Tắt đi").click()
    expect(page.get_by_role("button", name="Bật lên")).to_be_visible()
    page.goto(site.url("/ung-dung/"))
    look(page, f"applications-{size}")
    page.goto(site.url("/identity/o/authorize?client_id=nobody"))
    expect(page.get_by_role("heading", name="Không mở được ứng dụng")).to_be_visible()
    look(page, f"application-unknown-{size}")


def look(page: Page, name: str, *expected: str) -> None:
    from tests.e2e.browser import watch

    watch(page).expect(r"status of 4\d\d", *expected)
    axe(page)
    no_sideways_scroll(page)
    picture(page, f"sso-{name}")
