"""Carrying a sign-in to another host and ending it on all of them.

It is the authorization-code flow with PKCE (RFC 7636), but the code is redeemed by deleting a database row instead of over HTTP,
because both ends are one deployment. The verifier in the school host's signed cookie is state and proof in one.
"""

import datetime
import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from school.identity.models import User
from school.identity.sessions import IDLE, SEEN, UNTIL

from .models import HostSession, Ticket
from .processing import session_store
from .signals import sign_in_ended

SID = "sid"
TICKET_SECONDS = 30
# In a session until its first ticket: the browser may still be following the sign-in form's redirects.
FROM_FORM = "from_form"


def digest(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def session_register(*, request: HttpRequest, user: User, sid: str | None = None) -> HostSession:
    """Note the request's session as one of ``sid`` (a new sign-in when None)."""
    request.session[SID] = sid or secrets.token_urlsafe(32)
    if not request.session.session_key:
        request.session.save()
    key = request.session.session_key
    made: HostSession
    made, _ = HostSession.objects.update_or_create(
        session_key=key,
        defaults={
            "sid": request.session[SID],
            "user": user,
            "host": request.META.get("HTTP_HOST") or settings.PLATFORM_HOST,
            "device": request.headers.get("User-Agent", "")[:200],
        },
    )
    return made


def ticket_issue(*, request: HttpRequest, host: str, challenge: str) -> str:
    """A code that opens ``host`` once within 30 seconds for the browser that holds the challenge's verifier.

    Raises HostSession.DoesNotExist when the asking session is not a registered one.
    """
    parent = HostSession.objects.get(session_key=request.session.session_key)
    code = secrets.token_urlsafe(32)
    Ticket.objects.create(
        code_hash=digest(code),
        host=host,
        challenge=challenge,
        parent=parent,
        expires=timezone.now() + datetime.timedelta(seconds=TICKET_SECONDS),
    )
    return code


def ticket_spend(*, request: HttpRequest, code: str, verifier: str, host: str) -> User | None:
    """Sign the ticket's person in on this host; None when the ticket is spent, late, another host's or another browser's.

    Deleting the row decides between several browsers that present the same code at once.
    """
    ticket = Ticket.objects.select_related("parent__user").filter(code_hash=digest(code)).first()
    if ticket is None:
        return None
    with transaction.atomic():
        spent, _ = Ticket.objects.filter(pk=ticket.pk).delete()
    right = ticket.host == host and secrets.compare_digest(ticket.challenge, digest(verifier))
    user: User = ticket.parent.user
    if not spent or not right or ticket.expires < timezone.now() or not user.is_active:
        return None
    parent = session_store(ticket.parent.session_key)
    if str(parent.get("_auth_user_id", "")) != str(user.pk):
        return None
    sid = ticket.parent.sid
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session_register(request=request, user=user, sid=sid)
    # The child may not outlive the sign-in it came from.
    request.session[UNTIL], request.session[IDLE] = parent.get(UNTIL), parent.get(IDLE)
    request.session[SEEN] = int(timezone.now().timestamp())
    request.session.set_expiry(max(1, int(parent.get(UNTIL) - timezone.now().timestamp())))
    return user


def sessions_end(sessions: Any) -> int:
    """End the given HostSessions wherever they are; returns how many. Sign-ins that are over with them are told of."""
    rows = list(sessions.values_list("pk", "session_key", "sid"))
    for _, key, _ in rows:
        session_store(key).delete()
    HostSession.objects.filter(pk__in=[pk for pk, _, _ in rows]).delete()
    sids = {sid for _, _, sid in rows}
    over = sids - set(HostSession.objects.filter(sid__in=sids).values_list("sid", flat=True))
    if over:
        sign_in_ended.send(sender=HostSession, sids=over)
    return len(rows)


def sign_out_everywhere(*, sid: str) -> int:
    """End every session of one sign-in, on all hosts; returns how many."""
    return sessions_end(HostSession.objects.filter(sid=sid))
