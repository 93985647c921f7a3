"""What holds for every request of a signed-in person: their language, and a first password that must be changed."""

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_removed
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from school.policy import STAFF, Actor

from .sessions import ONWARD

COOKIE = settings.LANGUAGE_COOKIE_NAME
SECOND_FACTOR = "second_factor"


class LanguageMiddleware:
    """Vietnamese unless the person chose English; the browser's own wish is not asked (phones are often set to English)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(COOKIE)
        known = dict(settings.LANGUAGES)
        if chosen not in known:
            chosen = getattr(request.user, "language", None)
        language = chosen if chosen in known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def lead_to(request: HttpRequest, page: str) -> HttpResponse:
    """Send the person to a page of the platform; a fragment's request moves the whole page, a school's host leads home.

    Where they were going is kept, so that they get there once their duty is done.
    """
    address = reverse(page, urlconf=settings.ROOT_URLCONF)
    here = getattr(request, "school", None) is None and request.headers.get("HX-Request") != "true"
    if here and request.method == "GET" and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate":
        request.session[ONWARD] = request.get_full_path()
    if getattr(request, "school", None) is not None:
        address = f"{settings.SCHEME}://{settings.PLATFORM_HOST}{address}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return redirect(address)


def is_free(request: HttpRequest, *pages: str) -> bool:
    """Whether the path is one of the platform's pages named (or below it), or the way out."""
    if getattr(request, "school", None) is not None:
        return request.path in {"/dang-xuat/", "/dang-nhap/", "/phien/"}
    ways = [reverse(page, urlconf=settings.ROOT_URLCONF) for page in pages]
    exact = [reverse(page, urlconf=settings.ROOT_URLCONF) for page in ("account_logout", "language")]
    return request.path in exact or request.path.startswith(tuple(ways))


class FirstPasswordMiddleware:
    """Whoever signed in with a one-time password meets the password page until it is changed, on every host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        owed = request.user.is_authenticated and request.user.must_change_password
        if owed and not is_free(request, "account_change_password"):
            return lead_to(request, "account_change_password")
        if not owed and request.session.get(ONWARD) == request.get_full_path():
            del request.session[ONWARD]
        return self.get_response(request)


class SecondFactorMiddleware:
    """Staff see other people's data, so they set up a second factor before anything else (ASVS 5.0, 6.3.3)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        free = ("mfa_index", "account_reauthenticate", "account_change_password")
        if settings.MFA_REQUIRED and request.user.is_authenticated and not is_free(request, *free) and owes(request):
            start = settings.MFA_REQUIRED_FROM
            if start is None or start <= timezone.localdate():
                return lead_to(request, "mfa_index")
            self._remind(request, start)
        # On the pages of the second factor itself, the way on appears when it is set up.
        request.onward = SimpleLazyObject(partial(onward, request))  # type: ignore[attr-defined]
        return self.get_response(request)

    def _remind(self, request: HttpRequest, start: datetime.date) -> None:
        """Once a sign-in, on a page that a person looks at."""
        looked_at = request.method == "GET" and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if looked_at and not request.session.get("second_factor_reminded"):
            request.session["second_factor_reminded"] = True
            sentence = _("From %(day)s on you need a second factor to sign in. Set it up under Account, Second factor.")
            messages.warning(request, sentence % {"day": date_format(start, "SHORT_DATE_FORMAT")})


def onward(request: HttpRequest) -> str:
    """Where the person was going before a duty came first; "" while it is not done, or when they came of themselves."""
    if not request.user.is_authenticated or request.user.must_change_password:
        return ""
    held: str = request.session.get(ONWARD, "")
    return held if held and not (settings.MFA_REQUIRED and owes(request)) else ""


def owes(request: HttpRequest) -> bool:
    """Whether this person's role asks for a second factor that they have not set up."""
    if request.session.get(SECOND_FACTOR):
        return False
    if Actor.of(request.user).roles.isdisjoint(STAFF) and not request.user.is_superuser:
        return False
    if is_mfa_enabled(request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
        # Remembered for the session, so that the question costs one query a sign-in, not one a request.
        request.session[SECOND_FACTOR] = True
        return False
    return True


@receiver(authenticator_removed)
def ask_again(request: HttpRequest, **_: Any) -> None:
    """Whoever removes their last factor owes one again at once; their other sessions end (school.sso)."""
    request.session.pop(SECOND_FACTOR, None)
