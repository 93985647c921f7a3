"""While somebody looks as another person, every page is that person's, nothing is written, and no key is within reach."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from school.audit.services import record
from school.policy import access_of

from .looking import is_closed
from .services import look_now

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse(request: HttpRequest) -> HttpResponse:
    """The page that says, in words, that this is not done through another's eyes."""
    return render(request, "impersonation/refused.html", status=403)


class LookMiddleware:
    """Stands before the gate of rights and behind all that asks who is really there.

    The whole answer is worked out in a transaction that is undone: a page that notes a visit as it is read (a letter seen, a
    lesson opened) notes nothing. What was looked at is told to the trail afterwards.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        on_platform = getattr(request, "urlconf", None) is None
        if not on_platform or (request.method == "POST" and request.path == reverse("impersonation:end")):
            return self.get_response(request)
        look = look_now(request)
        if look is None:
            return self.get_response(request)
        request.true_user, request.user, request.look = look.looker, look.person, look  # type: ignore[attr-defined]
        request.is_closed = is_closed  # type: ignore[attr-defined]
        if request.method not in SAFE:
            return refuse(request)
        with transaction.atomic():
            response = self.get_response(request)
            transaction.set_rollback(True)
        if response.headers.get("Content-Disposition", "").startswith("attachment"):
            # A file is carried away in one's own name.
            # Not response.close(): that would end the request, and its connection, before the refusal is drawn.
            if (stream := getattr(response, "file_to_stream", None)) is not None:
                stream.close()
            return refuse(request)
        self._tell(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if getattr(request, "look", None) is None:
            return None
        match = request.resolver_match
        what = access_of(view, match.view_name if match else None)
        module = getattr(getattr(view, "view_class", view), "__module__", "")
        return refuse(request) if is_closed(module) or (what is not None and what.fresh) else None

    def _tell(self, request: HttpRequest, response: HttpResponse) -> None:
        page = response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html")
        if page and request.method == "GET":
            record(
                actor=None,
                action="impersonation_page",
                subject=request.user,
                detail={"page": request.path[:200]},
                request=request,
            )
