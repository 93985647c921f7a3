"""The platform's doors for browsers: to a tool and back, and a teacher's choice in a tool."""

import logging
import uuid

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.lti.forms import PlaceForm
from lms.lti.models import Tool
from lms.lti.platform.launching import CHOOSE, LINK, Refused, answer, door, may_launch, read
from lms.lti.platform.placing import choice_answer, choice_finish, choice_open, link_place
from lms.lti.selectors import choice_to_finish, link_to_open, tools_for
from lms.lti.views.pages import post_on, protect, refused
from lms.models import Lesson
from school.audit.services import record
from school.identity.requests import person
from school.policy import access, by_token, public, visible

logger = logging.getLogger(__name__)


def _own_eyes(request: HttpRequest) -> None:
    """Whoever looks through another person's eyes does not go on to a tool as them."""
    if getattr(request, "true_user", None):
        raise PermissionDenied


def _away(address: str, *, framed: bool) -> HttpResponse:
    response = HttpResponseRedirect(address)
    return protect(response, ancestors=[CSP.SELF] if framed else ())


@require_GET
@access("lms.Lesson", "view")
def launch(request: HttpRequest, link_id: uuid.UUID) -> HttpResponse:
    """To the tool, from a lesson's page: in a window of its own or inside the page."""
    _own_eyes(request)
    link = link_to_open(person(request), link_id)
    if not may_launch(person(request), link):
        return refused(request, _("The tool “%(name)s” has been turned off.") % {"name": link.tool.name})
    address = door(link.tool, (LINK, link.pk), link.target, person(request), request.session.session_key)
    return _away(address, framed=link.in_frame)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@public
def authorize(request: HttpRequest) -> HttpResponse:
    """Where the tool sends the browser for the signed message (OpenID Connect authentication request)."""
    if request.method == "POST":
        # A form of another site comes without our cookie; the address it leads to is asked for with it.
        return redirect(f"{reverse('lti:authorize')}?{request.POST.urlencode()}")
    _own_eyes(request)
    if not request.user.is_authenticated:
        # Browsers keep our sign-in from a page that a foreign page in a frame asks for.
        return refused(request, _("You are not signed in here. Sign in, then open the tool again from the lesson."))
    try:
        message = answer(read(request.GET), user=person(request), session_key=request.session.session_key)
    except Refused as refusal:
        logger.warning("A launch was refused (%s) for %r", refusal, request.GET.get("client_id", "")[:100])
        if ratelimit.consume(request, app="allauth.idp.oidc", action="refused", limit_get=True):
            told = {"why": str(refusal), "application": request.GET.get("client_id", "")[:100].replace("\x00", "")}
            record(actor=request.user, action="token_refused", detail=told, request=request)
        return refused(request, str(refusal))
    return post_on(request, message.redirect_uri, message.fields, ancestors=[CSP.SELF] if message.framed else ())


@require_http_methods(["GET", "POST"])
@access("lms.Lesson", "change")
def place(request: HttpRequest, lesson_id: int, block: uuid.UUID) -> HttpResponse:
    """Which tool stands in a block of the draft: chosen in the tool, or entered here."""
    lesson = _lesson(request, lesson_id)
    tools = tools_for(person(request), lesson)
    form = PlaceForm(request.POST or None, tools=tools)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        column = {"maximum": data["maximum"]} if data["maximum"] else None
        given = {"title": data["title"], "url": data["url"], "framed": data["framed"], "column": column}
        try:
            link_place(lesson=lesson, block=block, tool=data["tool"], by=person(request), **given)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(f"{reverse('lms:lesson-edit', args=[lesson.pk])}#block-{block}")
    context = {"lesson": lesson, "block_id": block, "form": form, "tools": tools}
    return render(request, "lti/place.html", context, status=422 if form.is_bound else 200)


def _lesson(request: HttpRequest, lesson_id: int) -> Lesson:
    rows = visible(person(request), Lesson, "change").select_related("course__school__node", "section")
    return get_object_or_404(rows, pk=lesson_id)


@require_POST
@access("lms.Lesson", "change")
def choose(request: HttpRequest, lesson_id: int, block: uuid.UUID, tool_id: int) -> HttpResponse:
    """To the tool's content picker."""
    _own_eyes(request)
    lesson = _lesson(request, lesson_id)
    tool: Tool = get_object_or_404(tools_for(person(request), lesson), pk=tool_id)
    try:
        choice = choice_open(lesson=lesson, block=block, tool=tool, by=person(request))
    except Refused as refusal:
        return refused(request, str(refusal))
    target = tool.deep_link_url or tool.target_url
    address = door(tool, (CHOOSE, choice.pk), target, person(request), request.session.session_key)
    return _away(address, framed=False)


@csrf_exempt
@require_POST
@by_token("the tool's picker posts its signed answer from its own site, where browsers send no session cookie")
def chosen(request: HttpRequest) -> HttpResponse:
    """The picker's answer is believed and kept; the teacher goes on to a page that knows them."""
    try:
        choice = choice_answer(request.POST.get("JWT", ""))
    except Refused as refusal:
        logger.warning("A deep linking response was refused (%s)", refusal)
        return refused(request, str(refusal), status=400)
    return redirect("lti:finish", choice.pk)


@never_cache
@require_GET
@access("lms.Lesson", "change")
def finish(request: HttpRequest, choice_id: uuid.UUID) -> HttpResponse:
    """What was chosen becomes a block of the draft."""
    choice = choice_to_finish(person(request), choice_id)
    lesson, block = choice.lesson_id, choice.block
    try:
        link = choice_finish(choice=choice, by=person(request))
    except Refused as refusal:
        return refused(request, str(refusal))
    messages.success(request, _("“%(title)s” was put into the draft.") % {"title": link.title})
    return redirect(f"{reverse('lms:lesson-edit', args=[lesson])}#block-{block}")
