"""The other institutions on one's account page."""

from typing import Any

from django import template

from school.upstream.selectors import idps, links_of

register = template.Library()


@register.simple_tag
def upstream_links(user: Any) -> list[dict[str, Any]]:
    """Every configured provider with the person's link to it, None where there is none; [] costs no query."""
    configured = idps()
    links = links_of(user) if configured else {}
    return [{"idp": idp, "link": links.get(idp.id)} for idp in configured]
