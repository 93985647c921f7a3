"""The tool's doors: a platform sends somebody. No session is read or written here, and nobody is signed in."""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lti import names
from lms.lti.addresses import absolute
from lms.lti.tool.arriving import COOKIE, SECONDS, Refused, arrive, way_open
from lms.lti.views.pages import protect, refused
from school.policy import by_token, public

logger = logging.getLogger(__name__)
REASON = "A platform speaks: its signed message is believed, no session of ours is asked."


@csrf_exempt
@require_http_methods(["GET", "POST"])
@by_token(REASON)
def login(request: HttpRequest) -> HttpResponse:
    """The platform tells us to begin; the browser is sent to its sign-in with a cookie that ties the answer to it."""
    values = request.POST if request.method == "POST" else request.GET
    try:
        way = way_open({name: values[name][:2000] for name in values})
    except Refused as refusal:
        return refused(request, str(refusal), status=400)
    response = HttpResponseRedirect(way.address)
    secure = settings.SCHEME == "https"
    # The answer is a form of another site: only SameSite=None brings the cookie along, which browsers take over TLS alone.
    response.set_cookie(
        way.cookie,
        way.value,
        max_age=SECONDS,
        path=reverse("lti:arrive"),
        httponly=True,
        secure=secure,
        samesite="None" if secure else None,
    )
    return protect(response)


@csrf_exempt
@require_POST
@by_token(REASON)
def launch(request: HttpRequest) -> HttpResponse:
    """The signed message: it opens a visit, whose address reads one lesson."""
    ways = {name: value for name, value in request.COOKIES.items() if name.startswith(COOKIE)}
    values = {name: request.POST.get(name, "") for name in ("state", "id_token", "error")}
    try:
        visit, word = arrive(**values, cookies=ways)
    except Refused as refusal:
        return _refused(request, refusal)
    page = "lti:choose-lesson" if visit.choosing else "lti:read"
    response = HttpResponseRedirect(reverse(page, args=[word]))
    for name in ways:
        response.delete_cookie(name, path=reverse("lti:arrive"))
    return protect(response, ancestors=visit.learner.platform.origins)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    logger.warning("A launch by a platform was refused (%s)", refusal)
    ancestors = refusal.platform.origins if refusal.platform else ()
    if refusal.again:
        context = {"why": str(refusal), "again": refusal.again}
        response = render(request, "lti/again.html", context, status=400)
        return protect(response, ancestors=ancestors)
    return refused(request, str(refusal), ancestors=ancestors)


@require_safe
@public
def canvas(request: HttpRequest) -> JsonResponse:
    """What Canvas reads to set up a developer key of kind LTI."""
    address = absolute("arrive")
    placements = [
        {
            "placement": name,
            "enabled": True,
            "message_type": names.DEEP_LINKING,
            "target_link_uri": address,
            "text": "Mái Trường",
        }
        for name in ("assignment_selection", "link_selection")
    ]
    with translation.override("vi"):
        description = _("Lessons of Mái Trường")
    found: dict[str, Any] = {
        "title": "Mái Trường",
        "description": description,
        "oidc_initiation_url": absolute("arrive-login"),
        "target_link_uri": address,
        "public_jwk_url": absolute("keys"),
        "scopes": [names.SCORE],
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "privacy_level": "anonymous",
                "settings": {"placements": placements},
            }
        ],
        "custom_fields": {},
    }
    return JsonResponse(found)
