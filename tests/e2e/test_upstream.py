"""Signing in through another institution, in Chromium: the button, the one sign-in here, the way back, a stranger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.settings import upstream
from tests.e2e.browser import axe, no_sideways_scroll, picture, watch
from tests.e2e.conftest import Site
from tests.school.upstream.conftest import OidcIdp, oidc, oidc_entry
from tests.world import PASSWORD, World

__all__ = ["oidc"]


@pytest.fixture
def department(oidc: OidcIdp, site: Site, settings: Any, tmp_path: Path) -> OidcIdp:
    """The department's provider, put into force as the file of settings would."""
    path = tmp_path / "idps.toml"
    path.write_text(oidc_entry(oidc))
    settings.UPSTREAM, settings.SOCIALACCOUNT_PROVIDERS = upstream.read(str(path), settings.PLATFORM_HOST)
    return oidc


@pytest.fixture
def teacher(world: World, department: OidcIdp) -> Any:
    """A teacher whom the department knows by e-mail."""
    world.a.teacher.email = "toan@truong.example"
    world.a.teacher.set_password(PASSWORD)
    world.a.teacher.save()
    department.person("so-1", email="toan@truong.example", email_verified=True, name="Nguyễn Thị Toán")
    department.person("so-2", email="ai-do@truong.example", email_verified=True)
    return world.a.teacher


def look(page: Page, name: str) -> None:
    axe(page)
    no_sideways_scroll(page)
    picture(page, name)


def through(page: Page, site: Site, sub: str) -> None:
    """Press the department's button and sign in there."""
    # The provider's own page fetches a style from elsewhere.
    page.route("https://cdn.jsdelivr.net/**", lambda route: route.fulfill(body="", content_type="text/css"))
    page.goto(site.url("/dang-nhap/"))
    page.get_by_role("link", name="Đăng nhập bằng Sở Giáo dục").or_(
        page.get_by_role("button", name="Đăng nhập bằng Sở Giáo dục")
    ).click()
    # The provider's own page, which is not ours to judge.
    page.locator("input[name=sub]").fill(sub)
    page.locator("input[name=sub]").press("Enter")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_teacher_comes_by_the_departments_sign_in(
    size: str, site: Site, teacher: Any, open_page: Callable[..., Page]
) -> None:
    page = open_page(size)
    page.goto(site.url("/dang-nhap/"))
    expect(page.get_by_text("Sở Giáo dục")).to_be_visible()
    look(page, f"upstream-sign-in-{size}")

    # The first time one sign-in here says that both are one person.
    through(page, site, "so-1")
    expect(page.get_by_text("Đăng nhập ở đây một lần")).to_be_visible()
    look(page, f"upstream-once-here-{size}")
    page.locator("input[name=login]").fill(teacher.code)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page).to_have_url(site.url("/"))
    page.goto(site.url("/tai-khoan/"))
    expect(page.get_by_text("Sở Giáo dục")).to_be_visible()
    look(page, f"upstream-account-{size}")

    # From then on the department's word is enough.
    later = open_page(size)
    through(later, site, "so-1")
    expect(later).to_have_url(site.url("/"))
    later.goto(site.url("/tai-khoan/"))
    expect(later.get_by_text(teacher.code).first).to_be_attached()


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_whom_nobody_here_knows_is_told_so(size: str, site: Site, teacher: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(size)
    watch(page).expect(r"403 \(Forbidden\) \(.*/login/callback/")
    through(page, site, "so-2")
    expect(page.get_by_role("heading").first).to_be_visible()
    look(page, f"upstream-stranger-{size}")
    page.goto(site.url("/tai-khoan/"))
    expect(page).to_have_title("Đăng nhập – Mái Trường")
