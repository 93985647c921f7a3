"""What holds for every request of a signed-in person: their language, and a first password that must be changed."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from school.policy import STAFF, Actor

COOKIE = settings.LANGUAGE_COOKIE_NAME


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


class FirstPasswordMiddleware:
    """Whoever signed in with a one-time password meets the password page until it is changed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        on_platform = getattr(request, "urlconf", None) is None
        if on_platform and request.user.is_authenticated and request.user.must_change_password:
            page = reverse("account_change_password")
            if request.path not in {page, reverse("account_logout"), reverse("language")}:
                return redirect(page)
        return self.get_response(request)


class SecondFactorMiddleware:
    """Staff see other people's data, so they set up a second factor before anything else (ASVS 5.0, 6.3.3)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        on_platform = getattr(request, "urlconf", None) is None
        if settings.MFA_REQUIRED and on_platform and request.user.is_authenticated and self._owes(request):
            page = reverse("mfa_index")
            free = (
                page,
                reverse("account_logout"),
                reverse("account_reauthenticate"),
                reverse("account_change_password"),
            )
            if not request.path.startswith(free) and request.path != reverse("language"):
                return redirect(page)
        return self.get_response(request)

    def _owes(self, request: HttpRequest) -> bool:
        if request.session.get("second_factor"):
            return False
        if Actor.of(request.user).roles.isdisjoint(STAFF) and not request.user.is_superuser:
            return False
        if is_mfa_enabled(request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
            # Remembered for the session, so that the question costs one query a sign-in, not one a request.
            request.session["second_factor"] = True
            return False
        return True
