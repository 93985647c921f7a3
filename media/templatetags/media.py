"""What the includes of the media rooms need to know beyond the asset."""

import json
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext

from media.chapters import Chapter
from media.content import is_office, suffixes
from media.forms import SpeechForm
from media.models import Asset, CaptionTrack, Job, Note, Rendition
from media.notes import shared_notes
from media.selectors import (
    Extras,
    Progress,
    Speech,
    captions_shown,
    chapters_of,
    extras_of,
    is_readable,
    progress_of,
    renditions_of,
    speech_of,
)
from media.store import s3_bucket
from media.tus import kinds_of

register = template.Library()


@register.simple_tag
def media_progress(asset: Asset) -> Progress:
    """The asset's newest job and what to show of it."""
    return progress_of(asset)


@register.simple_tag
def media_address(asset: Asset, name: str, guest: str = "") -> str:
    """Where a player asks for a file of the asset: at the media room, or below a guest's own address."""
    return guest + name if guest else reverse("media:play", args=[asset.pk, name])


@register.simple_tag
def media_rungs(asset: Asset) -> list[Rendition]:
    """The published picture sizes, from small to large."""
    return renditions_of(asset)


@register.simple_tag
def media_captions(asset: Asset) -> list[CaptionTrack]:
    """The captions that viewers may choose."""
    return captions_shown(asset)


@register.simple_tag
def media_chapters(asset: Asset) -> list[Chapter]:
    """The chapters of a recording."""
    return chapters_of(asset)


@register.simple_tag
def media_downloads(asset: Asset) -> Extras:
    """The files to take along and the job that makes them."""
    return extras_of(asset, Job.JobKind.DOWNLOAD)


@register.simple_tag
def media_readable(asset: Asset) -> bool:
    """Whether a document can be read in the page."""
    return is_readable(asset)


@register.simple_tag
def media_pages(asset: Asset) -> Extras:
    """An Office document's pages and the job that makes them."""
    return extras_of(asset, Job.JobKind.PAGES)


@register.simple_tag
def media_speech(asset: Asset) -> Speech:
    """Captions made from the speech, and the job that makes them."""
    return speech_of(asset)


@register.simple_tag
def media_speech_form(asset: Asset) -> SpeechForm:
    """The question for the spoken language."""
    return SpeechForm(asset=asset)


@register.filter
def is_office_document(asset: Asset) -> bool:
    """Whether the file needs an office program to be seen."""
    return is_office(asset.content_type)


@register.inclusion_tag("media/picture.html")
def media_picture(asset: Asset, alt: str, guest: str = "", *, lazy: bool = True) -> dict[str, Any]:
    """A picture in the sizes that there are, so that a phone fetches a small one."""
    original = guest + "original" if guest else reverse("media:original", args=[asset.pk])
    sizes = list(asset.extras.filter(kind=Job.JobKind.PICTURE).order_by("width"))
    sources = [
        (guest + one.name if guest else reverse("media:extra", args=[asset.pk, one.name]), one.width) for one in sizes
    ]
    if sizes and asset.width:
        sources.append((original, asset.width))
    return {"asset": asset, "alt": alt, "original": original, "sources": sources, "lazy": lazy}


@register.simple_tag
def media_shared_notes(asset: Asset) -> list[Note]:
    """What the owner shows to all viewers at its moment."""
    return shared_notes(asset)


@register.simple_tag
def media_accept(kinds: str = "") -> str:
    """The `accept` of a file field for kinds like "video audio"; all kinds when empty."""
    return ",".join(sorted(suffixes(kinds_of(kinds or ""))))


@register.simple_tag
def media_direct() -> bool:
    """Whether browsers send files straight into the store."""
    return s3_bucket() is not None


@register.simple_tag
def media_words() -> dict[str, str]:
    """What Media Chrome's controls say to a screen reader, in the page's language; the keys are its own words."""
    return {
        "play": gettext("play"),
        "pause": gettext("pause"),
        "mute": gettext("mute"),
        "unmute": gettext("unmute"),
        "seek": gettext("seek"),
        "volume": gettext("volume"),
        "playback time": gettext("playback time"),
        "media loading": gettext("media loading"),
        "enter fullscreen mode": gettext("enter fullscreen mode"),
        "exit fullscreen mode": gettext("exit fullscreen mode"),
        "video player": gettext("video player"),
        "audio player": gettext("audio player"),
        "seek back {n} seconds": gettext("back {n} seconds"),
        "seek forward {n} seconds": gettext("forward {n} seconds"),
        "{time} of {total}": gettext("{time} of {total}"),
        "video not loaded, unknown time.": gettext("not loaded yet, length unknown"),
        "hour": gettext("hours"),
        "minute": gettext("minutes"),
        "second": gettext("seconds"),
    }


@register.filter
def json_words(words: dict[str, str]) -> str:
    """Words as JSON for a data attribute; the template escapes it."""
    return json.dumps(words, ensure_ascii=False)
