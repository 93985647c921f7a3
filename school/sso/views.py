"""The hand-over of a sign-in between hosts, and the list of one's own devices."""

import secrets
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core import signing
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from school.organisation.selectors import school_of_host
from school.policy import by_token, public, signed_in

from .models import HostSession
from .selectors import devices_of
from .services import FROM_FORM, SID, digest, sessions_end, ticket_issue, ticket_spend

COOKIE = "sso_verifier"
COOKIE_SECONDS = 600
PLATFORM_PATH = "/phien/cap-ve/"


def _platform(path: str, **query: str) -> str:
    return f"{settings.SCHEME}://{settings.PLATFORM_HOST}{path}?{urlencode(query)}"


def _inside(request: HttpRequest, target: str) -> str:
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}) else "/"


@public
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """On a school's host: remember a fresh verifier in this browser and ask the platform for a ticket."""
    verifier = secrets.token_urlsafe(32)
    response = HttpResponseRedirect(_platform(PLATFORM_PATH, host=request.get_host(), challenge=digest(verifier)))
    kept = {"verifier": verifier, "next": _inside(request, request.GET.get("next", "/"))}
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=COOKIE),
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


@signed_in
@require_GET
def authorize(request: HttpRequest) -> HttpResponse:
    """On the platform: give a signed-in person's browser a ticket to a school's host; strangers sign in first.

    Straight after the sign-in form a page leads on instead of a redirect: browsers hold a form's redirects to the policy
    ``form-action 'self'``, and the school's host is another.
    """
    host, challenge = request.GET.get("host", ""), request.GET.get("challenge", "")
    school = school_of_host(host.rsplit(":", 1)[0])
    if school is None or len(challenge) != 64:
        raise BadRequest("An unknown host or a broken challenge.")
    try:
        code = ticket_issue(request=request, host=host, challenge=challenge)
    except HostSession.DoesNotExist:
        logout(request)
        return redirect(request.get_full_path())
    address = f"{settings.SCHEME}://{host}/phien/?{urlencode({'code': code})}"
    if not request.session.pop(FROM_FORM, False):
        return HttpResponseRedirect(address)
    page = render(request, "sso/onward.html", {"address": address, "school": school})
    page["Cache-Control"] = "private, no-store"
    return page


@by_token("The one-time ticket and this browser's own signed verifier stand for the session that does not exist yet.")
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """On a school's host: spend the ticket. Without this browser's own verifier it is somebody else's and refused."""
    try:
        kept: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        raise PermissionDenied from None
    code = request.GET.get("code", "")
    user = ticket_spend(request=request, code=code, verifier=kept["verifier"], host=request.get_host())
    if user is None:
        raise PermissionDenied
    response = redirect(_inside(request, kept["next"]))
    response.delete_cookie(COOKIE)
    return response


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """On a school's host: sign out there and everywhere."""
    logout(request)
    return redirect("/")


@signed_in
@require_GET
def devices(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in, the newest first."""
    context = {"devices": devices_of(request.user, request.session.get(SID))}
    return render(request, "sso/devices.html", context)


@signed_in
@require_POST
def device_end(request: HttpRequest) -> HttpResponse:
    """End one other sign-in of the person, or all others when none is named."""
    others = HostSession.objects.filter(user=request.user).exclude(sid=request.session.get(SID, ""))
    one = request.POST.get("device", "")
    if one.isdigit():
        chosen = others.filter(pk=int(one)).values_list("sid", flat=True)
        others = others.filter(sid__in=list(chosen))
    ended = sessions_end(others)
    messages.success(request, _("Signed out there.") if ended else _("Nothing was signed in there any more."))
    return redirect("sso:devices")
