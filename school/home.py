"""The start page of a signed-in person: cards that the apps register, chosen by role.

An app calls :func:`register_card` at start-up (from its ``navigation.py``). A card's template is a ``<section
class="card">``; its context comes from a function of the request, so that a card reads only what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from school.contexts import roles_of


@dataclass(frozen=True, slots=True)
class Card:
    """One card of the start page.

    ``roles`` are values of ``school.policy.Role``, empty for everybody. ``context`` returns the template's variables,
    or ``None`` when the card has nothing to say to this person today and stays away. ``wide`` cards span the columns.
    """

    roles: frozenset[str]
    template: str
    context: Callable[[HttpRequest], dict[str, Any] | None]
    order: int = 100
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A card's finished HTML and whether it spans the columns."""

    html: SafeString
    wide: bool


_cards: list[Card] = []


def register_card(
    roles: Iterable[str],
    template: str,
    context: Callable[[HttpRequest], dict[str, Any] | None],
    order: int = 100,
    *,
    wide: bool = False,
) -> None:
    """Put a card on the start page of the people who hold one of ``roles``; low ``order`` comes first."""
    card = Card(frozenset(roles), template, context, order, wide)
    if card not in _cards:
        _cards.append(card)


def cards(request: HttpRequest) -> list[Drawn]:
    """Return the drawn cards of the person who asks, in the context they chose, in their order."""
    roles = roles_of(request)
    drawn = []
    # While an administrator looks through a person's eyes, some rooms' pages are not shown, and so neither their cards.
    closed: Callable[[str], bool] = getattr(request, "is_closed", lambda module: False)
    for card in sorted(_cards, key=lambda card: card.order):
        if closed(card.context.__module__):
            continue
        if card.roles and not roles & card.roles:
            continue
        values = card.context(request)
        if values is None:
            continue
        html = render_to_string(card.template, values, request=request)
        drawn.append(Drawn(SafeString(html), card.wide))
    return drawn
