"""Ending what applications hold, and telling them."""

import datetime
from typing import Any

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Token
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from school.outbound import OutboundError, post_form

from .keys import keys_forget, logout_token
from .models import Grant, Notice

# Seconds until the next try; after the last one the notice is given up.
WAITS = (5, 30, 120, 600, 3600, 6 * 3600)
# How long a claimed notice is left alone: longer than a try can take.
LEASE = datetime.timedelta(seconds=60)
KEPT = datetime.timedelta(days=30)


@transaction.atomic
def grants_finish(grants: Any, *, tell: bool = True) -> list[int]:
    """Delete the grants with all their tokens; the ids of the notices that applications now have to be sent."""
    rows = list(grants.select_related("client__application"))
    for row in rows:
        Token.objects.filter(client_id=row.client_id, user_id=row.user_id, data__grant_id=row.pk).delete()
    Grant.objects.filter(pk__in=[row.pk for row in rows]).delete()
    # One sign-in is one session at the application, however often it came for a code.
    told = {
        (row.client_id, row.user_id, row.sid)
        for row in rows
        if tell and row.redeemed and row.client.application.backchannel_uri
    }
    return [
        Notice.objects.create(client_id=client_id, user_id=user_id, sid=sid).pk
        for client_id, user_id, sid in sorted(told)
    ]


def notice_send(notice_id: int) -> bool:
    """Try one notice that is due; True when the application took it. Whoever moves ``due`` on has claimed it."""
    now = timezone.now()
    claimed = Notice.objects.filter(pk=notice_id, state=Notice.State.QUEUED, due__lte=now)
    if claimed.update(due=now + LEASE, attempts=F("attempts") + 1) != 1:
        return False
    notice = Notice.objects.select_related("client__application", "user").get(pk=notice_id)
    fault = _deliver(notice)
    if not fault:
        notice.state, notice.fault = Notice.State.SENT, ""
    elif notice.attempts > len(WAITS):
        notice.state, notice.fault = Notice.State.FAILED, fault[:200]
    else:
        notice.fault = fault[:200]
        notice.due = timezone.now() + datetime.timedelta(seconds=WAITS[notice.attempts - 1])
    notice.save(update_fields=["state", "fault", "due"])
    return not fault


def _deliver(notice: Notice) -> str:
    """The fault, or "" when the application took the notice."""
    address = notice.client.application.backchannel_uri
    if not address:
        return _("The application has no address for sign-out notices any more.")
    sub = get_adapter().get_user_sub(notice.client, notice.user)
    token = logout_token(client_id=notice.client_id, sub=sub, sid=notice.sid)
    try:
        status = post_form(address, {"logout_token": token})
    except OutboundError as error:
        return str(error)
    return "" if 200 <= status < 300 else _("The application answered %(status)s.") % {"status": status}


def sweep() -> int:
    """Send what is due and end the grants of accounts closed without a word; returns how many notices were taken."""
    grants_finish(Grant.objects.filter(user__is_active=False))
    due = Notice.objects.filter(state=Notice.State.QUEUED, due__lte=timezone.now()).order_by("due")
    return sum(notice_send(pk) for pk in list(due.values_list("pk", flat=True)[:200]))


def tidy() -> int:
    """Forget grants and tokens that are over, old notices and expired keys; returns how many rows went."""
    now = timezone.now()
    over = Grant.objects.filter(until__lt=now)
    count = over.count()
    grants_finish(over, tell=False)
    tokens, _each = Token.objects.filter(expires_at__lt=now - datetime.timedelta(hours=1)).delete()
    notices, _each = Notice.objects.filter(created__lt=now - KEPT).delete()
    return int(count + tokens + notices) + keys_forget()
