"""Addresses of a file's bytes and the answer at them: from Django itself, by nginx (X-Accel-Redirect) or from S3."""

import re
from functools import cache, partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from media import playlists, selectors, store
from media.chapters import chapters_vtt
from media.conf import media_settings
from media.models import Asset, CaptionTrack, Extra, Job, Kind, rendition_prefix
from media.ranges import Representation, respond
from media.tokens import ORIGINAL, Ticket, make_token

FILE_NAME = re.compile(r"(?:v\d+|a\d+)\.mp4|poster\.jpg|sprite\.jpg")
EXTRA_NAME = re.compile(r"phim-\d+\.mp4|am-thanh\.m4a|anh-\d+\.webp|trang\.pdf")
PLAYLIST_NAME = re.compile(r"(?:master|audio|v\d+|a\d+)\.m3u8")
CHAPTERS = "chapters.vtt"
CAPTIONS_NAME = re.compile(r"captions-([a-z-]{2,8})\.(m3u8|vtt)")
TYPES = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".m3u8": "application/vnd.apple.mpegurl", ".vtt": "text/vtt"}
INLINE = ("image/", "video/", "audio/", "application/pdf")


def file_url(asset: Asset, name: str, *, user: Any) -> str:
    """The short-lived address of a rendition's file (or of the poster, the sprite) for this person."""
    seconds = int(asset.duration or 0) + media_settings().token_extra_seconds
    if media_settings().delivery == "s3":
        return _presigned(rendition_prefix(asset.pk, asset.current_id) + name, seconds)  # type: ignore[arg-type]
    ticket = Ticket(asset.pk, str(asset.current_id), user.pk)
    return reverse("media:bytes", args=[make_token(ticket, seconds=seconds), name])


def extra_url(extra: Extra, *, user: Any) -> str:
    """The short-lived address of a file made beside the original, for this person."""
    seconds = media_settings().token_extra_seconds
    if media_settings().delivery == "s3":
        return _presigned(extra.path, seconds, disposition=_extra_disposition(extra))
    ticket = Ticket(extra.asset_id, str(extra.attempt), user.pk)
    return reverse("media:bytes", args=[make_token(ticket, seconds=seconds), extra.name])


def guest_file_url(asset: Asset, name: str, *, base: str) -> str:
    """The same for somebody whom a room above lets in by an address of its own."""
    return file_url(asset, name, user=None) if media_settings().delivery == "s3" else base + name


def guest_answer(request: HttpRequest, asset: Asset, name: str, *, base: str) -> HttpResponseBase:
    """What lies at ``base`` + name: playlists, pieces, pictures; the original by the name "original". Raises Http404.

    The caller has asked whether this guest may see the asset.
    """
    if name == ORIGINAL:
        if not asset.original or asset.kind == Kind.VIDEO:
            raise Http404("no original for guests")
        if media_settings().delivery == "s3":
            return HttpResponseRedirect(original_url(asset, user=None))
        return send(request, Ticket(asset.pk, ORIGINAL, 0), name)
    if picture := asset.extras.filter(kind=Job.JobKind.PICTURE, name=name).first():
        if media_settings().delivery == "s3":
            return HttpResponseRedirect(extra_url(picture, user=None))
        return send(request, Ticket(asset.pk, str(picture.attempt), 0), name)
    if asset.current is None:
        raise Http404("not ready")
    if name.endswith((".vtt", ".m3u8")):
        return playlist(asset, name, base=base)
    if media_settings().delivery == "s3":
        if not FILE_NAME.fullmatch(name):
            raise Http404("no such file")
        return HttpResponseRedirect(file_url(asset, name, user=None))
    return send(request, Ticket(asset.pk, str(asset.current_id), 0), name)


def original_url(asset: Asset, *, user: Any) -> str:
    """The short-lived address of the original (a document, a picture, a package) for this person."""
    seconds = media_settings().token_extra_seconds
    name = _plain_name(asset)
    if media_settings().delivery == "s3":
        return _presigned(asset.original.name or "", seconds, disposition=_disposition(asset))
    return reverse("media:bytes", args=[make_token(Ticket(asset.pk, ORIGINAL, user.pk), seconds=seconds), name])


def playlist(asset: Asset, name: str, *, user: Any = None, base: str = "") -> HttpResponse:
    """A playlist (or the seek pictures' WebVTT) with addresses for this person; raises Http404 when there is none.

    Without a person ``base`` is the address below which a room above answers for this asset's files.
    """
    if asset.current is None:
        raise Http404("no such playlist")
    if captions := CAPTIONS_NAME.fullmatch(name):
        text = _captions(asset, *captions.groups())
    elif name == CHAPTERS:
        text = chapters_vtt(selectors.chapters_of(asset), asset.duration or 0.0)
    else:
        text = _stored(asset.current.prefix, name)
    if name == playlists.MASTER:
        text = playlists.with_captions(text, [caption_of(track) for track in selectors.captions_shown(asset)])
    # signed once per file: hundreds of pieces of one file share its address, and the browser's store with it
    address = cache(partial(file_url, asset, user=user)) if user else partial(guest_file_url, asset, base=base)
    if name == "sprite.vtt":
        text = playlists.rewrite_vtt(text, file_url=address)
    elif name.endswith(".m3u8"):
        text = playlists.rewrite(
            text,
            playlist_url=lambda other: base + other if base else reverse("media:play", args=[asset.pk, other]),
            file_url=address,
        )
    response = HttpResponse(text, content_type=TYPES[PurePosixPath(name).suffix])
    response["Cache-Control"] = "private, no-store"
    return response


def caption_of(track: CaptionTrack) -> playlists.Caption:
    """A track as playlists name it."""
    return playlists.Caption(track.language, track.get_language_display())


def _stored(prefix: str, name: str) -> str:
    if not (PLAYLIST_NAME.fullmatch(name) or name == "sprite.vtt"):
        raise Http404("no such playlist")
    try:
        return store.read_text(prefix + name)
    except FileNotFoundError as error:
        raise Http404("no such playlist") from error


def _captions(asset: Asset, language: str, kind: str) -> str:
    track = next((one for one in selectors.captions_shown(asset) if one.language == language), None)
    if track is None:
        raise Http404("no such captions")
    return track.vtt if kind == "vtt" else playlists.captions_playlist(caption_of(track), asset.duration or 0.0)


def send(request: HttpRequest, ticket: Ticket, name: str) -> HttpResponseBase:
    """The bytes that a ticket allows; raises Http404 for a name that is not in its folder."""
    if ticket.folder == ORIGINAL:
        asset = Asset.objects.filter(pk=ticket.asset_id).first()
        if asset is None or not asset.original:
            raise Http404("no such file")
        stored, content_type, disposition = asset.original.name or "", asset.content_type, _disposition(asset)
    elif EXTRA_NAME.fullmatch(name):
        # asked of the table: what is no longer allowed is gone at once, whatever the ticket says
        extra = (
            Extra.objects.select_related("asset")
            .filter(asset=ticket.asset_id, attempt=ticket.folder, name=name)
            .first()
        )
        if extra is None:
            raise Http404("no such file")
        stored, content_type, disposition = extra.path, extra.content_type, _extra_disposition(extra)
    else:
        if not FILE_NAME.fullmatch(name):
            raise Http404("no such file")
        stored = f"renditions/{ticket.asset_id}/{ticket.folder}/{name}"
        content_type, disposition = TYPES[PurePosixPath(name).suffix], "inline"
    response = _answer(request, stored, content_type, etag=f"{ticket.folder}-{name}")
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Disposition"] = disposition
    # whatever a file contains, it may not act as a page of the platform
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _answer(request: HttpRequest, stored: str, content_type: str, *, etag: str) -> HttpResponseBase:
    if media_settings().delivery == "x-accel":
        response = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = media_settings().x_accel_prefix + quote(stored)
        return response
    try:
        file = default_storage.open(stored)
        size = default_storage.size(stored)
        changed = default_storage.get_modified_time(stored).timestamp()
    except FileNotFoundError as error:
        raise Http404("no such file") from error
    return respond(request, Representation(file, size, content_type, etag, changed))


def _presigned(stored: str, seconds: int, *, disposition: str = "") -> str:
    parameters = {"ResponseContentDisposition": disposition} if disposition else None
    # the S3 store's own arguments; other stores know no expiry and are not used with this delivery
    address: str = default_storage.url(stored, parameters=parameters, expire=seconds)  # type: ignore[call-arg]
    return address


def _plain_name(asset: Asset) -> str:
    return f"tep{PurePosixPath(asset.original.name or '').suffix}"


def _extra_disposition(extra: Extra) -> str:
    """Shown in the page, or taken along under the recording's title and size."""
    if extra.kind != Job.JobKind.DOWNLOAD:
        return "inline"
    size = f" {min(extra.width, extra.height)}p" if extra.width else ""
    title = re.sub(r'[\\/:*?"<>|\s\x00-\x1f]+', " ", extra.asset.title).strip(" .") or "tep"
    return f"attachment; filename*=UTF-8''{quote(title + size + PurePosixPath(extra.name).suffix)}"


def _disposition(asset: Asset) -> str:
    kind = "inline" if asset.content_type.startswith(INLINE) else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(asset.original_name or 'tep')}"
