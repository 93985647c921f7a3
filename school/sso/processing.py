"""Work on the store of sessions, and the nightly tidying."""

import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils import timezone

from .models import HostSession, Ticket
from .signals import sign_in_ended


def session_store(key: str | None = None) -> Any:
    """The session of a key (a new one for None) in the store that the settings name."""
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def tidy() -> int:
    """Drop rows whose session is gone and tickets that are late; returns how many rows went."""
    late: int
    gone: int
    late, _ = Ticket.objects.filter(expires__lt=timezone.now()).delete()
    oldest = timezone.now() - datetime.timedelta(seconds=max(settings.FAMILY_SESSION[1], settings.STAFF_SESSION[1]))
    dead = [
        (row.pk, row.sid)
        for row in HostSession.objects.iterator()
        if row.started < oldest or not session_store().exists(row.session_key)
    ]
    gone, _ = HostSession.objects.filter(pk__in=[pk for pk, _ in dead]).delete()
    sids = {sid for _, sid in dead}
    over = sids - set(HostSession.objects.filter(sid__in=sids).values_list("sid", flat=True))
    if over:
        sign_in_ended.send(sender=HostSession, sids=over)
    return late + gone
