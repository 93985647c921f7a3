"""A browser without scripts over real HTTP: it follows redirects, keeps cookies, and sends the forms that pages hold."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import requests
from django.conf import settings
from django.test import Client
from lxml import html

TIMEOUT = 20


class Browser(requests.Session):
    """A person's browser; `signed_in` gives it the session cookie of a client that signed in."""

    def __init__(self, client: Client | None = None) -> None:
        super().__init__()
        if client is not None:
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            self.cookies.set(settings.SESSION_COOKIE_NAME, cookie, domain="localhost.local", path="/")

    def open(self, address: str) -> requests.Response:
        return self.get(address, timeout=TIMEOUT)

    def submit(self, page: requests.Response, **changes: Any) -> requests.Response:
        """Send the page's form."""
        address, fields = form_of(page)
        return self.post(address, data=fields | changes, timeout=TIMEOUT)


def form_of(page: requests.Response) -> tuple[str, dict[str, str]]:
    """Where the page's one form goes and what it holds."""
    tree = html.fromstring(page.text)
    [form] = tree.xpath("//form")
    fields = {one.get("name"): one.get("value") or "" for one in form.xpath(".//input[@name]")}
    return urljoin(page.url, form.get("action")), fields
