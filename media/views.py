"""Pages, fragments and byte addresses of the media rooms."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from media import delivery, selectors, services
from media.conf import media_settings
from media.errors import MediaError
from media.forms import CaptionsForm, ChaptersForm, UploadForm
from media.models import Asset, Job, JobState, Kind, Upload
from media.tokens import read_token
from media.tus import UploadServer
from school.policy import access, by_token, visible

PAGE_SIZE = 30
TUS_METHODS = ["OPTIONS", "POST", "HEAD", "PATCH", "DELETE"]


@access("media.Asset", "add")
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The person's own files; a file sent here in one request is the way without scripts."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent, owner=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            asset = services.asset_create(
                owner=request.user, file=form.cleaned_data["file"], title=form.cleaned_data["title"]
            )
        except MediaError as error:
            form.add_error("file", error.sentence)
        else:
            return redirect("media:detail", asset=asset.pk)
    words = request.GET.get("tim", "").strip()[:100]
    page = Paginator(selectors.own_assets(request.user, words), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "used": selectors.storage_used(request.user),
        "quota": media_settings().quota_bytes,
        "words": words,
    }
    return render(request, "media/mine.html", context, status=422 if form.errors else 200)


@access("media.Asset", "view")
@require_safe
@csp_override(settings.SECURE_CSP_PLAYER)
def detail(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """One file: its player or picture, its state, and what its owner may do."""
    return _detail(request, _asset(request, asset))


def _detail(
    request: HttpRequest, asset: Asset, form: CaptionsForm | None = None, chapters: ChaptersForm | None = None
) -> HttpResponse:
    owner = asset.owner_id == request.user.pk
    context = {
        "asset": asset,
        "is_owner": owner,
        "captions": selectors.captions_of(asset) if owner and asset.transcoded else [],
        "captions_form": form or CaptionsForm(),
        "chapters_form": chapters or ChaptersForm(instance=asset),
    }
    wrong = (form and form.errors) or (chapters and chapters.errors)
    return render(request, "media/detail.html", context, status=422 if wrong else 200)


@access("media.Asset", "change")
@require_POST
@csp_override(settings.SECURE_CSP_PLAYER)
def chapters(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """Keep the chapters of a recording of one's own."""
    found = _asset(request, asset, "change")
    form = ChaptersForm(request.POST, instance=found)
    if not form.is_valid():
        found.refresh_from_db()
        return _detail(request, found, chapters=form)
    found.save(update_fields=["chapters"])  # the worker may be writing the rest
    messages.success(request, _("The chapters are saved."))
    return redirect("media:detail", asset=found.pk)


@access("media.Asset", "change")
@require_POST
@csp_override(settings.SECURE_CSP_PLAYER)
def captions_add(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """Take in a file of captions for a recording of one's own."""
    found = _asset(request, asset, "change")
    form = CaptionsForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            track = services.captions_save(
                asset=found, language=form.cleaned_data["language"], raw=file.read(), name=file.name or ""
            )
        except MediaError as error:
            form.add_error("file", error.sentence)
        else:
            messages.success(
                request, _("Captions in %(language)s are shown.") % {"language": track.get_language_display()}
            )
            return redirect("media:detail", asset=found.pk)
    return _detail(request, found, form)


@access("media.Asset", "change")
@require_POST
def captions_change(request: HttpRequest, asset: uuid.UUID, language: str) -> HttpResponse:
    """Show a track to viewers, hide it, or delete it."""
    track = get_object_or_404(_asset(request, asset, "change").captions, language=language)
    if request.POST.get("do") == "delete":
        track.delete()
    else:
        services.captions_show(track, request.POST.get("do") == "show")
    return redirect("media:detail", asset=asset)


@access("media.Asset", "view")
@require_safe
def transcript(request: HttpRequest, asset: uuid.UUID, language: str) -> HttpResponse:
    """What is said, cue by cue, as a fragment; ``?tim=`` narrows it to the cues with these words."""
    found = _asset(request, asset)
    shown = selectors.captions_shown(found)
    track = next((one for one in shown if one.language == language), None)
    if track is None:
        raise Http404("no such captions")
    words = request.GET.get("tim", "").strip()[:100]
    context = {"asset": found, "track": track, "cues": selectors.transcript(track, words), "words": words}
    return render(request, "media/transcript.html", context)


@access("media.Asset", "view")
@require_safe
def progress(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """The state of processing as a fragment that asks again by itself."""
    return render(request, "media/progress.html", {"asset": _asset(request, asset)})


@access("media.Asset", "change")
@require_POST
def retry(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """Queue a failed file again."""
    found = _asset(request, asset, "change")
    if services.asset_retry(found) is None:
        messages.warning(request, _("This file cannot be processed again."))
    return _after(request, found)


@access("media.Asset", "change")
@require_POST
def cancel(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """Stop the processing of a file."""
    found = _asset(request, asset, "change")
    services.asset_cancel(found)
    return _after(request, found)


@access("media.Asset", "change")
@require_POST
def delete(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """Delete a file with everything made of it."""
    found = _asset(request, asset, "change")
    try:
        services.asset_delete(found)
    except MediaError as error:
        messages.error(request, error.sentence)
        return redirect("media:detail", asset=found.pk)
    messages.success(request, _("“%(title)s” was deleted.") % {"title": found.title})
    return redirect("media:mine")


@access("media.Asset", "view")
@require_safe
def play(request: HttpRequest, asset: uuid.UUID, name: str) -> HttpResponse:
    """Playlists and the seek pictures' times, rewritten for this person; the poster by redirection."""
    found = _asset(request, asset)
    if name == "poster.jpg" and found.current is not None and found.current.has_poster:
        return redirect(delivery.file_url(found, name, user=request.user))
    return delivery.playlist(found, name, user=request.user)


@access("media.Asset", "view")
@require_safe
def original(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """The original file, by redirection to its short-lived address; a film's for its owner alone.

    Viewers watch its renditions and take along what is allowed: the film as the camera wrote it also tells where it was taken.
    """
    found = _asset(request, asset)
    if not found.original or (found.kind == Kind.VIDEO and found.owner_id != request.user.pk):
        raise Http404("no original")
    return redirect(delivery.original_url(found, user=request.user))


@access("media.Asset", "change")
@require_http_methods(["GET", "HEAD", "POST"])
def take_along(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """Whether viewers may take a recording of one's own along, and its files, as a fragment; a POST changes it."""
    found = _asset(request, asset, "change")
    if not found.transcoded:
        raise Http404("not a recording")
    if request.method == "POST":
        services.download_allow(found, request.POST.get("do") == "allow")
        if request.headers.get("HX-Request") != "true":
            return redirect("media:detail", asset=found.pk)
    return render(request, "media/take_along.html", {"asset": found})


@access("media.Asset", "view")
@require_safe
def read(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """A document's pages: of a PDF itself, of an Office document as they were made."""
    found = _asset(request, asset)
    if not selectors.is_readable(found):
        raise Http404("no pages")
    pages = found.extras.select_related("asset").filter(kind=Job.JobKind.PAGES).first()
    address = delivery.extra_url(pages, user=request.user) if pages else delivery.original_url(found, user=request.user)
    return render(request, "media/read.html", {"asset": found, "address": address})


@access("media.Asset", "view")
@require_http_methods(["GET", "HEAD", "POST"])
def pages(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """How far an Office document's pages are, as a fragment; its owner may ask for another attempt."""
    found = _asset(request, asset)
    job = selectors.extras_of(found, Job.JobKind.PAGES).job
    if request.method == "POST":
        if found.owner_id != request.user.pk:
            raise Http404("not the owner")
        if job is not None:
            services.job_retry(job)
        if request.headers.get("HX-Request") != "true":
            return redirect("media:detail", asset=found.pk)
    return render(request, "media/pages.html", {"asset": found})


@access("media.Asset", "view")
@require_safe
def extra(request: HttpRequest, asset: uuid.UUID, name: str) -> HttpResponse:
    """A file made beside the original, by redirection to its short-lived address."""
    found = _asset(request, asset)
    return redirect(
        delivery.extra_url(get_object_or_404(found.extras.select_related("asset"), name=name), user=request.user)
    )


@by_token("the address of bytes carries a signed ticket for one person and one folder, and the session must be theirs")
@require_safe
def send_bytes(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Bytes of one file: 403 when the ticket has run out (the player then asks for a new playlist)."""
    found = read_token(token)
    if found is None or request.user.pk != found[0].user_id:
        raise Http404("no such file")
    ticket, holds = found
    if not holds:
        raise PermissionDenied
    return delivery.send(request, ticket, name)


@access("media.Asset", "add")
@require_http_methods(TUS_METHODS)
def tus_create(request: HttpRequest) -> HttpResponse:
    """Announce an upload in pieces (tus 1.0 creation)."""
    return _tus(request)


@access("media.Upload", "change")
@require_http_methods(TUS_METHODS)
def tus_upload(request: HttpRequest, upload: uuid.UUID) -> HttpResponse:
    """Where an upload stands, its next piece, or its end (tus 1.0 core and termination)."""
    get_object_or_404(visible(request.user, Upload, "change"), pk=upload)
    return _tus(request)


@access("media.Upload", "change")
@require_safe
def upload_result(request: HttpRequest, upload: uuid.UUID) -> JsonResponse:
    """What became of an upload whose bytes have come: {"asset": id, "progress": address} or 422 {"error": sentence}.

    503 with a sentence when it is worth asking again.
    """
    found = get_object_or_404(visible(request.user, Upload, "change"), pk=upload)
    try:
        asset = services.upload_finish(found)
    except MediaError as error:
        return JsonResponse({"error": error.sentence}, status=503 if error.retryable else 422)
    return JsonResponse(
        {"asset": str(asset.pk), "title": asset.title, "progress": reverse("media:progress", args=[asset.pk])}
    )


@access("media.Job", "manage")
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The administrator's view of the job table."""
    state = request.GET.get("trang-thai", "")
    counts = selectors.queue_counts(request.user)
    page = Paginator(selectors.queue(request.user, state=state), PAGE_SIZE).get_page(request.GET.get("page"))
    address = reverse("media:queue")
    tabs = [(_("All"), address, not state)] + [
        (f"{JobState(value).label} ({number})", f"{address}?trang-thai={value}", state == value)
        for value, number in counts.items()
    ]
    return render(request, "media/queue.html", {"page": page, "tabs": tabs})


@access("media.Job", "manage")
@require_POST
def queue_act(request: HttpRequest, job: int) -> HttpResponse:
    """Cancel or run again one job of the table."""
    found = get_object_or_404(visible(request.user, Job, "manage").select_related("asset"), pk=job)
    if request.POST.get("action") == "cancel":
        services.job_cancel(found)
    elif services.job_retry(found) is None:
        messages.warning(request, _("This file cannot be processed again."))
    return redirect("media:queue")


def _asset(request: HttpRequest, pk: uuid.UUID, action: str = "view") -> Asset:
    return get_object_or_404(visible(request.user, Asset, action).select_related("current"), pk=pk)


def _after(request: HttpRequest, asset: Asset) -> HttpResponse:
    """The fragment for htmx, the page for a plain form."""
    if request.headers.get("HX-Request") == "true":
        asset.refresh_from_db()
        return render(request, "media/progress.html", {"asset": asset})
    return redirect("media:detail", asset=asset.pk)


def _tus(request: HttpRequest) -> HttpResponse:
    base = reverse("media:tus").rstrip("/")
    limit = media_settings().chunk_bytes
    # read here and not by request.body: a piece may be larger than forms may be, but not larger than a piece
    body: Any = request.read(limit + 1)
    if len(body) > limit:
        return HttpResponse(_("A piece of the upload is larger than allowed."), status=413)
    server = UploadServer(request.user, base)
    status, headers, content = server.handle_request(
        str(request.method), request.path.rstrip("/"), dict(request.headers), body
    )
    return HttpResponse(content, status=status, headers=headers)
