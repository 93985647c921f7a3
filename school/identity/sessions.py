"""How long a sign-in lasts (ASVS 5.0, 7.1.1 and 7.3): shorter for staff, who see other people's data.

A session carries its absolute end and the time of the last request. Keeping the latter costs a write only when a twentieth of
the idle time has passed, so a pupil who reads on writes every 24 minutes, not at every page.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from school.policy import STAFF, Actor

UNTIL, SEEN, IDLE = "until", "seen", "idle"
# Where the person was going when a duty stood in the way: often to another application, which waits for them.
ONWARD = "onward"


def lifetime(user: Any) -> tuple[int, int]:
    """(idle, absolute) seconds of a sign-in of this person."""
    staff = user.is_superuser or not Actor.of(user).roles.isdisjoint(STAFF)
    return settings.STAFF_SESSION if staff else settings.FAMILY_SESSION


@receiver(user_logged_in)
def session_begin(request: HttpRequest, user: Any, **_: Any) -> None:
    """Stamp a new session with its end; the browser forgets the cookie then too."""
    idle, absolute = lifetime(user)
    now = int(time.time())
    request.session[UNTIL], request.session[SEEN], request.session[IDLE] = now + absolute, now, idle
    request.session.set_expiry(absolute)


class SessionLifetimeMiddleware:
    """Sign out whoever's session has ended or slept too long; the page they asked for then leads through the sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        until = request.session.get(UNTIL)
        if until is not None and request.user.is_authenticated:
            now = int(time.time())
            idle, asleep = request.session[IDLE], now - request.session[SEEN]
            if now >= until or asleep >= idle:
                logout(request)
            elif asleep * 20 >= idle:
                request.session[SEEN] = now
        return self.get_response(request)
