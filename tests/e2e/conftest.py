"""A live server and a real Chromium, on a phone's and a desktop's viewport."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config.assets.build import build
from tests.e2e.browser import FLAGS, REPORT_VIOLATIONS, SIZES, chromium, watch
from tests.shared import proved

POLICIES = ("SECURE_CSP", "SECURE_CSP_PLAYER", "SECURE_CSP_READER", "SECURE_CSP_ADMIN")
# Playwright's loop runs in the test's thread; the ORM calls of the test between its steps are safe all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# A busy machine answers late; what never comes still fails.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything of this folder that opens pages is a browser test."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; without one the browser tests say so, and in CI they fail."""
    found = chromium()
    if found is None:
        message = "needs Chromium: install Debian's package `chromium` or set CHROMIUM to a browser"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def built_assets() -> None:
    """Fonts and icons are made, as `make run` makes them."""
    build(django_settings.NPM_ROOT, django_settings.BUILT_ASSETS)


@dataclass(frozen=True)
class Site:
    """The running district: the platform's address, a school's and the content host's."""

    port: int

    def url(self, path: str = "/", host: str = "localhost") -> str:
        """Return an address of the platform, or of another host such as ``thcs-a.localhost``."""
        return f"http://{host}:{self.port}{path}"

    def school(self, school: Any, path: str = "/") -> str:
        """Return an address of a school's own portal."""
        return self.url(path, f"{school.slug}.localhost")


@pytest.fixture
def site(
    transactional_db: None, django_db_serialized_rollback: None, live_server: Any, settings: Any, built_assets: None
) -> Iterator[Site]:
    """The district on a free port, with the hosts and policies that belong to it.

    What migrations wrote (the portal's first pages) is put back after each test, because the test's end empties every table.
    """
    port = live_server.thread.port
    settings.PLATFORM_HOST = f"localhost:{port}"
    settings.CONTENT_HOST = f"content.localhost:{port}"
    # In place: views that took a policy when they were imported hold these very lists.
    frames = {
        id(policy["frame-src"]): policy["frame-src"] for policy in (getattr(django_settings, name) for name in POLICIES)
    }
    for sources in frames.values():
        sources.append(f"http://content.localhost:{port}")
    yield Site(port)
    for sources in frames.values():
        sources.pop()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Open a window of its own: ``open_page("phone", user)``; at the end no console error may be left unexplained."""
    contexts = []
    pages: list[Page] = []

    def opened(size: str = "desktop", user: Any = None, **options: Any) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=site.url(""),
            viewport={"width": width, "height": height},
            has_touch=size == "phone",
            is_mobile=size == "phone",
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            service_workers=options.pop("service_workers", "block"),
            **options,
        )
        contexts.append(context)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("page", lambda page: (watch(page), pages.append(page)))
        page = context.new_page()
        page.set_default_timeout(45_000)
        watch(page)
        if user is not None:
            _cookie(page, user, site)
        return page

    yield opened
    problems = {page.url: watch(page).unexpected for page in pages if watch(page).unexpected}
    for context in contexts:
        context.close()
    assert not problems, f"the browser's console complained: {problems}"


def _cookie(page: Page, user: Any, site: Site) -> None:
    client = Client()
    client.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    proved(client, user)
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site.url("/")}])


@pytest.fixture
def sign_in(site: Site) -> Callable[[Page, Any], None]:
    """Sign a person in without the form: ``sign_in(page, user)``."""
    return lambda page, user: _cookie(page, user, site)


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A phone's window, 390 × 844."""
    return open_page("phone")


@pytest.fixture
def desktop(open_page: Callable[..., Page]) -> Page:
    """A desktop's window, 1366 × 768."""
    return open_page("desktop")


@pytest.fixture(params=list(SIZES))
def either(request: pytest.FixtureRequest, open_page: Callable[..., Page]) -> Page:
    """The test runs twice: in a phone's window and in a desktop's."""
    return open_page(request.param)
