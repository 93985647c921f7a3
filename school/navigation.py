"""The menu: every app registers its entries, each person sees those of their roles.

An app's ``navigation.py`` calls :func:`register` at import (its ``AppConfig.ready`` imports it). The templates draw the
result as the phone's bottom bar of five and the desktop's rail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from school import contexts

# The phone's bottom bar has room for five labelled entries; the last is "More" when there are others.
BAR = 5
# A heading of the menu for what is rarely opened; one or two entries need none.
ADMINISTRATION = _("Administration")
GROUP_FROM = 3


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the menu.

    ``roles`` are values of ``school.policy.Role``; empty means every signed-in person. ``badge`` answers how many new
    things wait for this person behind the entry (it may query the database; it is asked only when a menu is drawn).
    ``group`` is the heading under which it stands, closed until opened; empty for what is opened every day.
    """

    label: Any
    icon: str
    url_name: str
    roles: Iterable[str] = ()
    order: int = 100
    badge: Callable[[Any], int] | None = None
    group: Any = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A menu entry as one person sees it on one page."""

    label: Any
    icon: str
    url: str
    current: bool
    count: int
    group: Any = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading."""

    label: Any
    entries: list[Entry]

    @property
    def current(self) -> bool:
        """Whether the page being read is one of these, so that the group stands open."""
        return any(entry.current for entry in self.entries)

    @property
    def count(self) -> int:
        """News behind these entries."""
        return sum(entry.count for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Menu:
    """What the bottom bar shows, and what is left for "More"; the rail shows both."""

    bar: list[Entry]
    more: list[Entry]
    groups: list[Group]

    @property
    def more_current(self) -> bool:
        """Whether the page being read is one of those below "More"."""
        return any(entry.current for entry in self.more) or any(group.current for group in self.groups)

    @property
    def more_count(self) -> int:
        """News behind the entries below "More"."""
        return sum(entry.count for entry in self.more) + sum(group.count for group in self.groups)


_items: list[NavItem] = []


def register(*items: NavItem) -> None:
    """Add entries to the menu; registering the same address twice for the same roles changes nothing."""
    for item in items:
        if item not in _items:
            _items.append(item)


def for_user(user: Any, roles: Iterable[str] | None = None) -> list[NavItem]:
    """Return the entries of this person's roles in their order, each address once; nothing for a stranger.

    ``roles`` narrows to those of the context that the person chose.
    """
    if not user.is_authenticated:
        return []
    from school.policy import Actor  # at call time: policies import models, the menu is read while apps load

    held = set(Actor.of(user).roles if roles is None else roles)
    chosen: dict[str, NavItem] = {}
    for item in sorted(_items, key=lambda item: item.order):
        if not item.roles or held & set(item.roles):
            chosen.setdefault(item.url_name, item)
    return list(chosen.values())


def menu(request: HttpRequest) -> Menu:
    """Return the menu of the person who asks for this page, with the current entry marked."""
    found: list[tuple[NavItem, str]] = []
    for item in for_user(request.user, contexts.roles_of(request) if request.user.is_authenticated else ()):
        try:
            found.append((item, reverse(item.url_name)))
        except NoReverseMatch:
            # A school's own host has fewer pages than the platform: what is not there is not offered.
            continue
    here = max((url for _item, url in found if _covers(url, request.path)), key=len, default="")
    entries = [
        Entry(item.label, item.icon, url, url == here, item.badge(request.user) if item.badge else 0, str(item.group))
        for item, url in found
    ]
    labels = Counter(entry.group for entry in entries)
    grouped = [label for label, count in labels.items() if label and count >= GROUP_FROM]
    groups = [Group(label, [entry for entry in entries if entry.group == label]) for label in grouped]
    daily = [entry for entry in entries if entry.group not in grouped]
    return Menu(daily[: BAR - 1], daily[BAR - 1 :], groups)


def _covers(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``menu`` and ``contexts``, worked out only by a page that draws them."""
    if not hasattr(request, "user"):
        return {}
    return {
        "menu": SimpleLazyObject(lambda: menu(request)),
        "contexts": SimpleLazyObject(lambda: contexts.contexts_of(request.user)),
        "context_key": SimpleLazyObject(lambda: contexts.chosen_key(request)),
    }
