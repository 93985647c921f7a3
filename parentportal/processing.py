"""The outbox at work: claim a message, send it, write down what became of it. Knows nothing of Celery."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from parentportal.backends import PermanentFailure, TemporaryFailure, backend_for
from parentportal.models import Delivery

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
LEASE = timedelta(minutes=2)
QUIET_FROM, QUIET_UNTIL = 21, 6  # o'clock, local time: no message rings at night (grading.md 5.4)


def waking_hour(moment: datetime) -> datetime:
    """The moment itself, or 06:00 of the morning after when it lies in the quiet hours 21:00 to 06:00."""
    local = timezone.localtime(moment)
    if QUIET_UNTIL <= local.hour < QUIET_FROM:
        return moment
    morning = local.replace(hour=QUIET_UNTIL, minute=0, second=0, microsecond=0)
    return morning if local.hour < QUIET_UNTIL else morning + timedelta(days=1)


def delivery_send(delivery_id: int) -> bool:
    """Send one message if it is still to be sent; True when this call sent it.

    Three short steps (claim, send, finish), no transaction open while a gateway is asked.
    """
    now = timezone.now()
    claimed = (
        Delivery.objects.due(now)
        .filter(pk=delivery_id)
        .update(state=Delivery.State.SENDING, claimed_until=now + LEASE, attempts=F("attempts") + 1)
    )
    if claimed != 1:
        return False
    delivery = Delivery.objects.get(pk=delivery_id)
    mine = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.SENDING, attempts=delivery.attempts)
    try:
        backend_for(delivery.channel).send(delivery)
    except TemporaryFailure as failure:
        _put_back(delivery, str(failure))
        return False
    except PermanentFailure as failure:
        mine.update(state=Delivery.State.FAILED, error=str(failure)[:500], claimed_until=None)
        return False
    mine.update(state=Delivery.State.SENT, sent_at=timezone.now(), error="", claimed_until=None)
    return True


def _put_back(delivery: Delivery, why: str) -> None:
    """Wait 1, 5, 25… minutes; after the last attempt a person must look."""
    mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.SENDING, attempts=delivery.attempts)
    if delivery.attempts >= MAX_ATTEMPTS:
        mine.update(state=Delivery.State.FAILED, error=why[:500], claimed_until=None)
        return
    again = timezone.now() + timedelta(minutes=5 ** (delivery.attempts - 1))
    mine.update(state=Delivery.State.QUEUED, error=why[:500], claimed_until=None, not_before=waking_hour(again))


def outbox_sweep() -> list[int]:
    """Take back what dead workers hold, and tell which messages are due. The database is the truth, not the broker."""
    now = timezone.now()
    lost = Delivery.objects.stuck(now)
    lost.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=Delivery.State.FAILED, claimed_until=None, error="worker lost at every attempt"
    )
    returned = lost.update(state=Delivery.State.QUEUED, claimed_until=None)
    if returned:
        logger.warning("outbox: %d messages taken back from lost workers", returned)
    most = int(getattr(settings, "OUTBOX_SWEEP_SIZE", 500))
    return list(Delivery.objects.due(now).order_by("not_before", "pk").values_list("pk", flat=True)[:most])
