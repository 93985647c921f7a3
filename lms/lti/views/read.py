"""A lesson read by a visit's address: no account, no session, no cookie. Everything is asked anew at each request."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.h5p.playing import page_url
from lms.h5p.recording import MAX_STATEMENT, Refused
from lms.lti.models import Visit
from lms.lti.tasks import report_send
from lms.lti.tool.choosing import answer, lessons_offered
from lms.lti.tool.reading import (
    Standing,
    asset_of,
    content_of,
    context_of,
    lesson_of,
    read_record,
    statement_record,
    visit_of,
)
from lms.lti.tool.reporting import queued_of
from lms.lti.views.pages import post_on, protect, refused
from lms.models import Lesson
from lms.selectors import lesson_page
from media.delivery import guest_answer
from school.policy import by_token

REASON = "The address holds a word that a platform's signed message opened; it reads one lesson for four hours."


def _visit(word: str) -> tuple[Visit, Lesson]:
    visit = visit_of(word)
    lesson = lesson_of(visit) if visit else None
    if visit is None or lesson is None:
        raise Http404
    return visit, lesson


@require_safe
@by_token(REASON)
def read(request: HttpRequest, word: str) -> HttpResponse:
    """The lesson."""
    visit = visit_of(word)
    lesson = lesson_of(visit) if visit else None
    if visit is None or lesson is None:
        return refused(
            request, _("This address is no longer good. Go back to the platform and open the lesson again."), status=404
        )
    with translation.override(visit.language):
        context = {
            "lesson": lesson,
            "page": lesson_page(lesson, None),
            "guest": reverse("lti:read", args=[word]),
            "standing": Standing(visit.learner, lesson),
            # This page's requests are known by its address: no cookie is set for them.
            "csrf_token": "",
        }
        response = render(request, "lti/read.html", context)
    response.headers["Content-Language"] = visit.language
    return protect(response, ancestors=visit.learner.platform.origins, base=settings.SECURE_CSP_PLAYER)


@require_safe
@by_token(REASON)
def file(request: HttpRequest, word: str, asset: uuid.UUID, name: str) -> HttpResponseBase:
    """A picture, a film's piece, a file that the lesson holds."""
    _found, lesson = _visit(word)
    held = asset_of(lesson, asset)
    if held is None:
        raise Http404
    return guest_answer(request, held, name, base=reverse("lti:read-file", args=[word, asset, "x"]).removesuffix("x"))


@require_safe
@by_token(REASON)
def play(request: HttpRequest, word: str, content: int) -> HttpResponse:
    """Where an exercise's frame begins, as at `lms.h5p.views.play`."""
    visit, lesson = _visit(word)
    held = content_of(lesson, content)
    if held is None:
        raise Http404
    response = HttpResponseRedirect(page_url(None, held, context_of(visit)))
    return protect(response, ancestors=["'self'", *visit.learner.platform.origins])


@csrf_exempt
@require_POST
@by_token(REASON)
def result(request: HttpRequest, word: str, content: int) -> HttpResponse:
    """What the player reports: {"statement": xAPI}."""
    visit, lesson = _visit(word)
    held = content_of(lesson, content)
    if held is None:
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > 2 * MAX_STATEMENT:
        return JsonResponse({"success": False}, status=413)
    try:
        body: Any = json.loads(request.body)
        found = statement_record(
            visit=visit,
            lesson=lesson,
            content=held,
            statement=body.get("statement") if isinstance(body, dict) else None,
        )
    except (Refused, ValueError, RecursionError):
        return JsonResponse({"success": False}, status=400)
    if found is not None:
        _send(visit)
    return JsonResponse({"success": True, **_standing(visit, lesson)})


def _send(visit: Visit) -> None:
    for pk in queued_of(visit):
        report_send.delay(pk)


def _standing(visit: Visit, lesson: Lesson) -> dict[str, Any]:
    standing = Standing(visit.learner, lesson)
    return {"percent": standing.percent, "complete": standing.complete}


@csrf_exempt
@require_POST
@by_token(REASON)
def done(request: HttpRequest, word: str) -> HttpResponse:
    """The learner says that a lesson without exercises is read."""
    visit, lesson = _visit(word)
    if not Standing(visit.learner, lesson).graded:
        read_record(visit=visit, lesson=lesson)
        _send(visit)
    return protect(HttpResponseRedirect(reverse("lti:read", args=[word])), ancestors=visit.learner.platform.origins)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@by_token(REASON)
def choose(request: HttpRequest, word: str) -> HttpResponse:
    """A teacher of the platform chooses one of the lessons offered there; the answer is signed and posted back."""
    visit = visit_of(word)
    if visit is None or not visit.choosing:
        return refused(
            request, _("This address is no longer good. Go back to the platform and open the lesson again."), status=404
        )
    origins = visit.learner.platform.origins
    lessons = lessons_offered(visit.learner.platform)
    if request.method == "POST":
        chosen = next((one for one in lessons if str(one.pk) == request.POST.get("lesson")), None)
        if chosen is None and "lesson" in request.POST:
            raise Http404
        address, token = answer(visit, chosen)
        # One question has one answer.
        visit.delete()
        return post_on(request, address, {"JWT": token}, ancestors=origins)
    with translation.override(visit.language):
        response = render(request, "lti/choose_lesson.html", {"lessons": lessons, "csrf_token": ""})
    return protect(response, ancestors=origins)
