"""Long lists of a portal, a page at a time."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

NEWS_A_PAGE = 12


def page_of(rows: Any, request: HttpRequest, size: int = NEWS_A_PAGE) -> Page:
    """The page of a list that the address asks for; a page that does not exist is the nearest one."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
