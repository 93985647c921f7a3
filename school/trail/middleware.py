"""Refusals are told: who asked for what was not theirs."""

import hashlib
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from school.audit.services import record
from school.policy import access_of

# One person's refusals: the same address once in ten minutes, at most forty an hour; a prober fills no disk.
SAME_SECONDS, HOUR, MOST = 600, 3_600, 40


def _count(key: str) -> int:
    """One more within the hour; how many now."""
    cache.add(key, 0, HOUR)
    try:
        return int(cache.incr(key))
    except ValueError:  # the hour ended between the two
        cache.set(key, 1, HOUR)
        return 1


class RefusalMiddleware:
    """A signed-in person's 403, and 404 for an object that is not theirs to know of, leave an entry."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if response.status_code in {403, 404} and match is not None and request.user.is_authenticated:
            what = access_of(match.func, match.view_name)
            asked_for_object = response.status_code == 403 or bool(match.kwargs or match.args)
            # Addresses with a token in them are nobody's to read later.
            if what is not None and what.kind in {"rule", "signed_in", "admin"} and asked_for_object:
                self._tell(request, response.status_code)
        return response

    def _tell(self, request: HttpRequest, status: int) -> None:
        person = request.user.pk
        # A digest, not hash(): that one differs between processes.
        asked = hashlib.sha256(f"{request.method} {request.path}".encode()).hexdigest()
        if not cache.add(f"refused:{person}:{asked}", 1, SAME_SECONDS) or _count(f"refused:{person}") > MOST:
            return
        record(
            actor=request.user,
            action="refused",
            subject=person,
            detail={"page": f"{request.method} {request.path}", "status": status},
            request=request,
        )
