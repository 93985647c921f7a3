"""Captions' lines in a form, their file, and captions made from the speech: all for a recording's owner."""

import uuid
from bisect import bisect_left
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods, require_safe

from media import selectors, services
from media.captions import MOST_LETTERS, keyed, milliseconds, read_vtt
from media.errors import MediaError
from media.forms import SpeechForm
from media.models import Asset, CaptionTrack
from school.policy import access, visible

LINES = 40  # on one page
FIELD = "dong-"


@access("media.Asset", "change")
@require_http_methods(["GET", "HEAD", "POST"])
@csp_override(settings.SECURE_CSP_PLAYER)
def lines(request: HttpRequest, asset: uuid.UUID, language: str) -> HttpResponse:
    """A track's lines, to be read against the recording, corrected and, if nobody has looked at them yet, shown to viewers."""
    track = _track(request, asset, language)
    error, sent = "", {}
    if request.method == "POST":
        sent = {
            name.removeprefix(FIELD): str(words)[:MOST_LETTERS].replace("\r\n", "\n")
            for name, words in request.POST.items()
            if name.startswith(FIELD)
        }
        try:
            return _saved(request, track, sent)
        except MediaError as found:
            error = found.sentence
            track.refresh_from_db()
    context = {"asset": track.asset, "track": track, "error": error, "most": MOST_LETTERS, "field": FIELD}
    begin = _number(request.POST.get("tu") or request.GET.get("tu"))
    return render(
        request, "media/captions_lines.html", context | _lines(track, begin, sent), status=422 if error else 200
    )


def _lines(track: CaptionTrack, begin: int, sent: dict[str, str]) -> dict[str, Any]:
    """The lines from a millisecond on, with what was sent for them, and where the lines before and after begin.

    By time and not by number: whoever deletes lines on one page must not miss others on the next.
    """
    cues = keyed(read_vtt(track.vtt))
    starts = [milliseconds(cue) for cue in cues.values()]
    first = min(bisect_left(starts, begin), max(len(starts) - 1, 0))
    last = first + LINES
    return {
        "lines": [(key, cue, sent.get(key, cue.written)) for key, cue in list(cues.items())[first:last]],
        "begin": begin,
        "previous": starts[max(first - LINES, 0)] if first else None,
        "next": starts[last] if last < len(starts) else None,
    }


def _saved(request: HttpRequest, track: CaptionTrack, sent: dict[str, str]) -> HttpResponse:
    do = request.POST.get("do")
    try:
        seen = datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError as error:
        raise MediaError("captions_changed") from error
    services.captions_edit(track, sent, seen=seen, publish=do == "show")
    if do == "show":
        messages.success(request, _("Captions in %(language)s are shown.") % {"language": track.get_language_display()})
        return redirect("media:detail", asset=track.asset_id)
    messages.success(request, _("The lines are saved."))
    address = reverse("media:captions-lines", args=[track.asset_id, track.language])
    return redirect(f"{address}?tu={_number(request.POST.get('next' if do == 'next' else 'tu'))}")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 12 else 0


@access("media.Asset", "change")
@require_safe
def file(request: HttpRequest, asset: uuid.UUID, language: str) -> HttpResponse:
    """A track as a WebVTT file, shown to viewers or not."""
    track = _track(request, asset, language)
    response = HttpResponse(track.vtt, content_type="text/vtt; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{track.asset.title}.{language}.vtt')}"
    return response


@access("media.Asset", "change")
@require_http_methods(["GET", "HEAD", "POST"])
def speech(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """How far captions from the speech are, as a fragment; a POST asks for them or stops the work."""
    found = _asset(request, asset)
    if not found.transcoded:
        raise Http404("not a recording")
    error = ""
    if request.method == "POST":
        error = _speech_do(request, found)
        if request.headers.get("HX-Request") != "true":
            if error:
                messages.error(request, error)
            return redirect("media:detail", asset=found.pk)
    return render(request, "media/speech.html", {"asset": found, "speech_error": error})


def _speech_do(request: HttpRequest, asset: Asset) -> str:
    """Carry out what was asked; what went wrong, in words."""
    if request.POST.get("do") == "stop":
        job = selectors.speech_of(asset).job
        if job is not None:
            services.job_cancel(job)
        return ""
    form = SpeechForm(request.POST, asset=asset)
    if not form.is_valid():
        return str(form.errors["language"][0])
    try:
        services.speech_ask(asset, form.cleaned_data["language"])
    except MediaError as error:
        return error.sentence
    return ""


def _track(request: HttpRequest, asset: uuid.UUID, language: str) -> CaptionTrack:
    track: Any = get_object_or_404(_asset(request, asset).captions.select_related("asset__current"), language=language)
    return track  # type: ignore[no-any-return]


def _asset(request: HttpRequest, pk: uuid.UUID) -> Asset:
    return get_object_or_404(visible(request.user, Asset, "change").select_related("current"), pk=pk)
