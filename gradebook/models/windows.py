"""When marks may be entered, and who may lock sheets in the principal's place."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from school.dated import Dated, DatedQuerySet
from school.organisation.models import Node, School, Term


class EntryWindow(models.Model):
    """The days, both included, on which a part of a term's sheets takes marks at a place and everywhere below it.

    An office sets the latest dates; what a school sets can only lie within them.
    """

    class Part(models.TextChoices):
        TX = "TX", _("Regular assessments")
        GK = "GK", _("Midterm")
        CK = "CK", _("End of term")
        MAKE_UP = "BU", _("Make-up assessments")
        SUMMER = "HE", _("Summer re-assessment")

    node = models.ForeignKey(Node, models.CASCADE, related_name="entry_windows", verbose_name=_("place"))
    # The node's school; none for an office's dates, which everybody below may read.
    school = models.ForeignKey(School, models.CASCADE, null=True, blank=True, related_name="+", editable=False)
    term = models.ForeignKey(Term, models.CASCADE, related_name="entry_windows", verbose_name=_("term"))
    part = models.CharField(_("part of the sheet"), max_length=2, choices=Part.choices)
    opens = models.DateField(_("from"), null=True, blank=True)
    closes = models.DateField(_("until"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("set by"))
    at = models.DateTimeField(_("set at"), default=timezone.now)

    class Meta:
        ordering = ("term", "part")
        constraints = [
            models.UniqueConstraint(fields=["node", "term", "part"], name="one_window_a_part"),
            models.CheckConstraint(
                condition=Q(opens__isnull=True) | Q(closes__isnull=True) | Q(closes__gte=F("opens")),
                name="window_closes_after_it_opens",
            ),
        ]
        verbose_name = _("entry window")
        verbose_name_plural = _("entry windows")

    def __str__(self) -> str:
        return f"{self.get_part_display()} {self.term}"


class LockDelegationQuerySet(DatedQuerySet):
    """Delegations, with the words of the room."""

    def in_force(self) -> Any:
        """Those of today that were not withdrawn."""
        return self.current().filter(withdrawn_at__isnull=True)


class LockDelegation(Dated):
    """A vice principal locks sheets and decides corrections in the principal's place, from one day to another."""

    school = models.ForeignKey(School, models.PROTECT, related_name="lock_delegations", verbose_name=_("school"))
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="lock_delegations", verbose_name=_("vice principal")
    )
    note = models.CharField(_("number of the decision"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("delegated by"))
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects: ClassVar[Any] = LockDelegationQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ("-starts", "-pk")
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")

    def __str__(self) -> str:
        return f"{self.delegate} {self.starts:%d/%m/%Y}"
