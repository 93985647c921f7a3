"""Looks through one's eyes, for the account page."""

from typing import Any

from django import template

from school.impersonation.selectors import looks_at

register = template.Library()


@register.simple_tag
def recent_looks(user: Any) -> list[Any]:
    """The latest looks, newest first."""
    return looks_at(user)
