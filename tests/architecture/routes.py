"""Every address of the house, read from its URL files: the platform's, a school's portal's and the content host's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from config.hosts import CONTENT_URLS, SCHOOL_URLS

URLCONFS = {"platform": "config.urls", "school": SCHOOL_URLS, "content": CONTENT_URLS}


@dataclass(frozen=True)
class Route:
    """One pattern: on which host, its full name, its route text, its view and the names of what it takes."""

    host: str
    name: str
    route: str
    view: Any
    takes: tuple[str, ...]

    @property
    def is_admin(self) -> bool:
        return self.route.startswith("admin/")


def _walk(patterns: list[Any], host: str, prefix: str, names: tuple[str, ...]) -> Iterator[Route]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*names, pattern.namespace) if pattern.namespace else names
            yield from _walk(pattern.url_patterns, host, route, inner)
        elif isinstance(pattern, URLPattern):
            takes = tuple(pattern.pattern.regex.groupindex)
            outer = tuple(
                part.split(":")[-1].rstrip(">")
                for part in prefix.split("<")[1:]
                if ">" in part
                for part in [part.split(">")[0]]
            )
            yield Route(host, ":".join((*names, pattern.name or "")), route, pattern.callback, (*outer, *takes))


def routes(host: str) -> list[Route]:
    """All routes of one host's URL file, in their order, each (name, route) once."""
    found = {
        (route.name, route.route): route for route in _walk(get_resolver(URLCONFS[host]).url_patterns, host, "", ())
    }
    return list(found.values())


def all_routes() -> list[Route]:
    """All routes of all hosts."""
    return [route for host in URLCONFS for route in routes(host)]
