"""Signing in in a real browser: a passkey of a virtual authenticator, and confirming before sensitive work."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from school.identity.models import User
from tests.e2e.browser import SIZES, axe, no_sideways_scroll
from tests.shared import proved
from tests.world import PASSWORD, World, build

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


def clean(page: Page) -> None:
    axe(page)
    no_sideways_scroll(page)


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(page: Page, user: User) -> None:
    page.goto("/dang-nhap/")
    page.get_by_label("Mã, số điện thoại hoặc thư điện tử").fill(user.code)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page).to_have_url("/")


@pytest.mark.parametrize("size", list(SIZES))
def test_a_passkey_opens_the_platform_and_lands_on_the_schools_host(
    size: str, open_page: Callable[..., Page], cast: World, site: Any
) -> None:
    teacher = with_password(cast.a.teacher)
    page = open_page(size)
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    sign_in(page, teacher)
    page.goto("/tai-khoan/hai-lop/webauthn/add/")
    clean(page)
    page.locator("input[name=name]").fill("Điện thoại của tôi")
    page.locator("input[name=passwordless]").check()
    page.locator("#mfa_webauthn_add").click()
    expect(page.get_by_text("Mã khôi phục").first).to_be_visible()
    page.context.clear_cookies()

    page.goto(site.school(cast.a.school, "/dang-nhap/?next=/"))
    expect(page).to_have_url(re.compile(re.escape(site.url("/dang-nhap/"))))
    clean(page)
    page.locator("#passkey_login").click()
    expect(page).to_have_url(site.school(cast.a.school, "/"))
    cookies = page.context.cookies([site.school(cast.a.school, "/")])
    assert "sessionid" in {cookie["name"] for cookie in cookies}
    page.goto("/tai-khoan/")
    expect(page.get_by_role("heading", name=teacher.full_name)).to_be_visible()


@pytest.mark.parametrize("size", list(SIZES))
def test_a_list_of_people_is_fetched_after_confirming(size: str, open_page: Callable[..., Page], cast: World) -> None:
    admin = with_password(cast.a.school_admin)
    page = open_page(size)
    sign_in(page, admin)
    later(page, admin)
    page.goto("/danh-sach/")
    if size == "phone":
        # What is done to the list rises from below there.
        page.get_by_role("main").get_by_role("button", name="Thêm").click()
        clean(page)
    page.get_by_role("link", name="Excel").first.click()
    expect(page.get_by_role("heading", name="Xác nhận đúng là bạn")).to_be_visible()
    clean(page)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Xác nhận").click()
    expect(page.get_by_role("heading", name="Đã xác nhận")).to_be_visible()
    clean(page)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Tiếp tục").click()
    assert fetched.value.suggested_filename == "danh-sach.xlsx"


def later(page: Page, user: User) -> None:
    """Six minutes after the sign-in."""
    client = Client()
    key = next(one for one in page.context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME)["value"]
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    proved(client, user, seconds_ago=360)
