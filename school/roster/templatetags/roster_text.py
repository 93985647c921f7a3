"""Numbers as people read them."""

from django import template

from school.phones import display_phone

register = template.Library()


@register.filter
def phone(e164: str) -> str:
    """A telephone number as it is written in Vietnam: 0912 345 678."""
    return display_phone(e164)
