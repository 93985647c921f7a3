"""Notes at moments of a recording: beside the player as a fragment, and all of one's own on a page, on paper, as text."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from media.forms import NoteForm
from media.models import Asset, Note
from media.notes import MOST, TooManyNotes, all_notes, as_text, by_recording, note_add, note_change, own_notes
from school.policy import access, visible


@access("media.Asset", "view")
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, asset: uuid.UUID) -> HttpResponse:
    """The person's own notes on a recording with the form for another; ``?sua=`` opens one of them to be written anew."""
    found = get_object_or_404(visible(request.user, Asset), pk=asset)
    if request.method == "POST":
        form = _form(request, found)
        if form.is_valid():
            try:
                note = note_add(author=request.user, asset=found, **form.cleaned_data)
            except TooManyNotes:
                form.add_error(None, _("A recording holds at most %(most)s notes of one person.") % {"most": MOST})
            else:
                return _answer(request, found, saved=note)
        return _answer(request, found, form=form)
    chosen = request.GET.get("sua", "")
    edited = (
        visible(request.user, Note, "change").filter(asset=found, pk=chosen).first() if chosen.isdecimal() else None
    )
    return _answer(request, found, edited=_form(request, found, edited) if edited else None)


@access("media.Note", "change")
@require_POST
def change(request: HttpRequest, note: int) -> HttpResponse:
    """Write one of one's notes anew, or delete it; a deleted one is gone, and the answer holds what brings it back."""
    found = get_object_or_404(visible(request.user, Note, "change").select_related("asset"), pk=note)
    if request.POST.get("do") == "delete":
        found.delete()
        return _answer(request, found.asset, deleted=found)
    form = _form(request, found.asset, found)
    if not form.is_valid():
        return _answer(request, found.asset, edited=form)
    return _answer(request, found.asset, saved=note_change(found, **form.cleaned_data))


@access("media.Note", "view")
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """All the person's notes, also on recordings that are no longer open to them."""
    words = request.GET.get("tim", "").strip()[:100]
    groups = by_recording(all_notes(request.user, words))
    watchable = set(
        visible(request.user, Asset).filter(pk__in=[asset.pk for asset, _ in groups]).values_list("pk", flat=True)
    )
    return render(request, "media/my_notes.html", {"groups": groups, "watchable": watchable, "words": words})


@access("media.Note", "view")
@require_safe
def mine_text(request: HttpRequest) -> HttpResponse:
    """The same as a text file; ``?tep=`` narrows it to one recording."""
    chosen = request.GET.get("tep", "")
    rows = [note for note in all_notes(request.user) if not chosen or str(note.asset_id) == chosen]
    response = HttpResponse(as_text(by_recording(rows)), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="ghi-chu.txt"'
    return response


def _form(request: HttpRequest, asset: Asset, note: Note | None = None) -> NoteForm:
    sent = request.POST if request.method == "POST" else None
    prefix = f"note-{note.pk}" if note else f"note-{asset.pk}"
    return NoteForm(sent, instance=note, asset=asset, owner=asset.owner_id == request.user.pk, auto_id=f"{prefix}-%s")


def _answer(
    request: HttpRequest,
    asset: Asset,
    *,
    form: NoteForm | None = None,
    edited: NoteForm | None = None,
    saved: Note | None = None,
    deleted: Note | None = None,
) -> HttpResponse:
    """The fragment for htmx; a plain form goes on to the page of all notes."""
    wrong = any(one is not None and one.errors for one in (form, edited))
    if request.method == "POST" and not wrong and request.headers.get("HX-Request") != "true":
        return redirect(f"{reverse('media:my-notes')}#{asset.pk}")
    empty = NoteForm(asset=asset, owner=asset.owner_id == request.user.pk, auto_id=f"note-{asset.pk}-%s")
    context: dict[str, Any] = {
        "asset": asset,
        "notes": own_notes(request.user, asset),
        "form": form or empty,
        "edited": edited,
        "saved": saved,
        "deleted": deleted,
    }
    return render(request, "media/notes.html", context, status=422 if wrong else 200)
