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
def h5p_player_data(content: Content, place: str | None = None, guest: str = "") -> dict[str, Any]:
    """What h5p/player.html needs: addresses, the content host's origin, and the signed context.

    `guest` is the address of a page for somebody without an account; below it lie the player's addresses, and no state is kept.
    """
    if guest:
        below = f"{guest}h5p/{content.pk}/"
        # The outbox on the machine is kept under the context: another visit is another one.
        return {
            "context": guest,
            "origin": content_origin(),
            "play_url": below,
            "result_url": f"{below}ket-qua/",
            "state_url": "",
        }
    signed = context_sign(content, str(place)) if place else ""
    return {
        "context": signed,
        "origin": content_origin(),
        "play_url": reverse("h5p:play", args=[content.pk]) + (f"?ngu-canh={signed}" if signed else ""),
        "result_url": reverse("h5p:result", args=[content.pk]),
        "state_url": reverse("h5p:state", args=[content.pk]),
    }
