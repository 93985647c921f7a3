"""Template tags for pages that show an H5P content."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from lms.h5p.addresses import content_origin
from lms.h5p.models import Content
from lms.h5p.playing import context_sign

register = template.Library()


@register.simple_tag
def h5p_player_data(content: Content, place: str | None = None) -> dict[str, Any]:
    """What h5p/player.html needs: addresses, the content host's origin, and the signed context."""
    signed = context_sign(content, str(place)) if place else ""
    return {
        "context": signed,
        "origin": content_origin(),
        "play_url": reverse("h5p:play", args=[content.pk]) + (f"?ngu-canh={signed}" if signed else ""),
        "result_url": reverse("h5p:result", args=[content.pk]),
        "state_url": reverse("h5p:state", args=[content.pk]),
    }
