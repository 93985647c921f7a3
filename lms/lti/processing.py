"""Slow and regular work of LTI; it knows nothing of Celery."""

import datetime

from django.utils import timezone

from lms.lti.models import AccessToken, Choice, Spent, Visit
from lms.lti.tool.reporting import report_send, reports_due


def sweep() -> int:
    """Send the scores that are due; returns how many were taken."""
    return sum(report_send(pk) for pk in reports_due())


def tidy() -> int:
    """Forget spent words, tokens, visits and choices that are over; returns how many rows went."""
    now = timezone.now()
    old = (
        Spent.objects.filter(until__lt=now),
        AccessToken.objects.filter(until__lt=now),
        Visit.objects.filter(until__lt=now),
        Choice.objects.filter(created__lt=now - datetime.timedelta(days=1)),
    )
    return sum(rows.delete()[0] for rows in old)
