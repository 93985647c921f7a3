"""Facts that hold from one day to another: enrolments, assignments, guardianships, memberships."""

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def today() -> datetime.date:
    """The date in the office's time zone; a right that ends today still holds today."""
    return timezone.localdate()


def current_q(prefix: str = "", day: datetime.date | None = None) -> Q:
    """The condition that a dated row holds on ``day`` (today by default); ``prefix`` is an ORM path ending in ``__``."""
    day = day or today()
    return Q(**{f"{prefix}starts__lte": day}) & (
        Q(**{f"{prefix}ends__isnull": True}) | Q(**{f"{prefix}ends__gte": day})
    )


class DatedQuerySet(models.QuerySet[Any]):
    """Rows with ``starts`` and ``ends`` (inclusive; no end means still going on)."""

    def current(self, day: datetime.date | None = None) -> Self:
        """The rows that hold on ``day`` (today by default)."""
        return self.filter(current_q(day=day))


class Dated(models.Model):
    """A fact with its first day and, once it ended, its last."""

    starts = models.DateField(_("from"), default=today)
    ends = models.DateField(_("until"), null=True, blank=True)

    objects: Any = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                name="%(app_label)s_%(class)s_ends_after_starts",
            )
        ]
