"""Pages of the platform: upload, preview, the office's libraries; and what the player sends."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.h5p import recording
from lms.h5p.forms import ContentForm, PackageForm
from lms.h5p.models import Content, Library
from lms.h5p.playing import context_read, page_url
from lms.h5p.problems import PackageRefused
from lms.h5p.schemas import Unreadable, json_read
from lms.h5p.selectors import best_results, library_rows
from lms.h5p.services import content_install, library_decide, library_install, limits_for
from school.policy import access, may, visible

_CHOICES = {"approve", "disable", "enable"}


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


@require_http_methods(["GET", "POST"])
@access("h5p.Content", "add")
def upload(request: HttpRequest) -> HttpResponse:
    """Take in a .h5p file: the page of the content, or every reason against it. With Accept: application/json
    the answer is {"id", "title", "url"} or {"problems": [{"code", "text"}]} (422), for the lesson editor.
    """
    sent = request.method == "POST"
    form = ContentForm(request.POST if sent else None, request.FILES if sent else None, user=request.user)
    problems: list[Any] = []
    if sent and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = content_install(file=file, by=request.user, school=form.chosen_school, name=file.name)
        except PackageRefused as refused:
            problems = refused.problems
        else:
            if _wants_json(request):
                url = reverse("h5p:content", args=[made.pk])
                return JsonResponse({"id": made.pk, "title": made.title, "url": url}, status=HTTPStatus.CREATED)
            messages.success(request, _("“%(title)s” is ready.") % {"title": made.title})
            return redirect("h5p:content", pk=made.pk)
    if sent and _wants_json(request):
        listed = [{"code": one.code, "text": str(one)} for one in problems]
        listed += [{"code": "form", "text": text} for texts in form.errors.values() for text in texts]
        return JsonResponse({"problems": listed}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    context = {
        "form": form,
        "problems": problems,
        "limits": limits_for(request.user),
        "manages": may(request.user, "h5p.Library", "manage"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sent else HTTPStatus.OK
    return render(request, "h5p/upload.html", context, status=status)


@require_GET
@access("h5p.Content", "view")
def content(request: HttpRequest, pk: int) -> HttpResponse:
    """A content on its own, to try it."""
    found = get_object_or_404(visible(request.user, Content).select_related("main", "owner"), pk=pk)
    reader = request.user.pk or 0
    own = best_results(students=[reader], contents=[found.pk]).get((reader, found.pk))
    return render(request, "h5p/content.html", {"content": found, "result": own})


@require_GET
@access("h5p.Content", "view")
def play(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the player's frame begins: rights are asked here, then the content host is shown under a fresh address."""
    found = get_object_or_404(visible(request.user, Content), pk=pk)
    context = context_read(found, request.GET.get("ngu-canh", ""))
    response = HttpResponseRedirect(page_url(request.user, found, context))
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _body(request: HttpRequest) -> dict[str, Any] | None:
    if int(request.headers.get("Content-Length") or 0) > recording.MAX_STATE * 2:
        return None
    try:
        body = json_read(request.body)
    except Unreadable:
        return None
    return body if isinstance(body, dict) else None


def _refusal(field: str) -> JsonResponse:
    return JsonResponse({"success": False, "field": field}, status=HTTPStatus.BAD_REQUEST)


@require_POST
@access("h5p.Content", "view")
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """An xAPI statement from the player: {"context", "message": UUID, "statement"}."""
    found = get_object_or_404(visible(request.user, Content), pk=pk)
    body = _body(request)
    if body is None:
        return _refusal("body")
    context = context_read(found, str(body.get("context") or ""))
    try:
        message = uuid.UUID(str(body["message"])) if body.get("message") else None
        kept = recording.result_record(
            user=request.user, content=found, context=context, statement=body.get("statement") or {}, message=message
        )
    except recording.Refused as error:
        return _refusal(str(error))
    except ValueError:
        return _refusal("message")
    return JsonResponse(
        {
            "success": True,
            "completed": kept.completed,
            "score": None if kept.score is None else float(kept.score),
            "maxScore": None if kept.max_score is None else float(kept.max_score),
            "attempts": kept.attempts,
        }
    )


@require_POST
@access("h5p.Content", "view")
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the person stopped: {"context", "dataType", "subContentId", "data", "preload", "invalidate"}; data "0" deletes."""
    found = get_object_or_404(visible(request.user, Content), pk=pk)
    body = _body(request)
    if body is None:
        return _refusal("body")
    context = context_read(found, str(body.get("context") or ""))
    try:
        recording.state_save(
            user=request.user,
            content=found,
            context=context,
            data=body.get("data", ""),
            data_type=body.get("dataType", "state"),
            sub_content_id=str(body.get("subContentId", "0")),
            preload=body.get("preload", True),
            invalidate=body.get("invalidate", False),
        )
    except recording.Refused as error:
        return _refusal(str(error))
    return JsonResponse({"success": True})


@require_GET
@access("h5p.Library", "manage")
def libraries(request: HttpRequest) -> HttpResponse:
    """The office's libraries: versions, use, approval."""
    return _libraries(request, PackageForm(), [])


def _libraries(
    request: HttpRequest, form: PackageForm, problems: list[Any], status: int = HTTPStatus.OK
) -> HttpResponse:
    rows = list(library_rows())
    context = {
        "form": form,
        "problems": problems,
        "kinds": [row for row in rows if row.runnable],
        "parts": [row for row in rows if not row.runnable],
    }
    return render(request, "h5p/libraries.html", context, status=status)


@require_POST
@access("h5p.Library", "manage")
def libraries_upload(request: HttpRequest) -> HttpResponse:
    """Install and approve the libraries of a package."""
    form = PackageForm(request.POST, request.FILES)
    problems: list[Any] = []
    if form.is_valid():
        try:
            outcome = library_install(file=form.cleaned_data["file"], by=request.user)
        except PackageRefused as refused:
            problems = refused.problems
        else:
            counts = {word: list(outcome.values()).count(word) for word in ("new", "patch", "none")}
            messages.success(request, _("Libraries: %(new)d new, %(patch)d updated, %(none)d here already.") % counts)
            return redirect("h5p:libraries")
    return _libraries(request, form, problems, HTTPStatus.UNPROCESSABLE_ENTITY)


@require_POST
@access("h5p.Library", "manage")
def library(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a library, take it out of use, or bring it back."""
    found = get_object_or_404(visible(request.user, Library, "manage"), pk=pk)
    decision = request.POST.get("decision", "")
    if decision not in _CHOICES:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    row = library_decide(library=found, decision=decision)
    text = _("%(library)s is out of use.") if row.disabled else _("%(library)s may be used.")
    messages.success(request, text % {"library": row})
    return redirect("h5p:libraries")
