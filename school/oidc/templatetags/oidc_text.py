"""Words for the provider's terms."""

from typing import Any

from django import template

from school.oidc.adapter import OidcAdapter

register = template.Library()


@register.filter
def scope_words(scope: str) -> Any:
    """What a scope allows, in words."""
    return OidcAdapter.scope_display.get(scope, scope)
