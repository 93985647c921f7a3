"""Slow and regular work of LTI; it knows nothing of Celery."""

import datetime

from django.utils import timezone

from lms.lti.models import AccessToken, Choice, Spent


def tidy() -> int:
    """Forget spent words, tokens and choices that are over; returns how many rows went."""
    now = timezone.now()
    old = (
        Spent.objects.filter(until__lt=now),
        AccessToken.objects.filter(until__lt=now),
        Choice.objects.filter(created__lt=now - datetime.timedelta(days=1)),
    )
    return sum(rows.delete()[0] for rows in old)
