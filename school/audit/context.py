"""Who is acting now and from where, for everything that is written while they do.

The web sets it for a request, the worker for a task, a command by :func:`acting`. The triggers read it from the database
connection (school.audit.connections tells it there).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True)
class Origin:
    """The acting person's id (None: nobody signed in), their address and the host they asked."""

    actor_id: int | None = None
    address: str = ""
    host: str = ""


NOBODY = Origin()
# A function, not a value: a request's person is known only after the middleware, and changes when one signs in.
_current: ContextVar[Callable[[], Origin] | None] = ContextVar("audit_origin", default=None)


def current() -> Origin:
    """Who acts at this moment."""
    ask = _current.get()
    return ask() if ask else NOBODY


@contextmanager
def asking(ask: Callable[[], Origin]) -> Iterator[None]:
    """For as long as the block lasts, ``ask`` says who acts."""
    token = _current.set(ask)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def acting(actor: Any = None, *, actor_id: int | None = None, address: str = "", host: str = "") -> Iterator[None]:
    """For as long as the block lasts, what is written is written by this person (commands, tasks, tests)."""
    origin = Origin(actor.pk if actor is not None else actor_id, address, host)
    with asking(lambda: origin):
        yield


def address_of(request: HttpRequest) -> str:
    """The client's address: behind n trusted proxies the n-th from the right of X-Forwarded-For, else the peer's.

    What stands further left in that header was written by the client and proves nothing.
    """
    trusted = int(getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 0) or 0)
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if trusted and len(forwarded) >= trusted:
        return str(forwarded[-trusted])[:45]
    return str(request.META.get("REMOTE_ADDR") or "")[:45]


def host_of(request: HttpRequest) -> str:
    """The host name that was asked, without port; it has passed config.hosts, or the request went no further."""
    host = str(request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME") or "")
    return host.rsplit(":", 1)[0][:253] if not host.endswith("]") else host[:253]


def origin_of(request: HttpRequest) -> Origin:
    """The origin of a request; asks for its person, so call it only once something is to be written."""
    user = getattr(request, "user", None)
    # While somebody looks through another's eyes (school.impersonation) the acting person is the one who looks.
    true = getattr(request, "true_user", None) or user
    known = true is not None and true.is_authenticated
    return Origin(true.pk if known else None, address_of(request), host_of(request))  # type: ignore[union-attr]
