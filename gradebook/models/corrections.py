"""Corrections of locked marks, and families' requests to look at a published mark again."""

import datetime
import uuid
from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gradebook.models.sheets import MarkColumn, MarkSheet
from school.row_security import SchoolOf

#: Days in which a correction must be decided; later the marks and the reason may be others.
CORRECTION_DAYS = 14


def evidence_path(correction: "Correction", filename: str) -> str:
    """Where a paper is kept: under a name that tells nothing, since people's names stand in those of files."""
    return f"gradebook/evidence/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:8]}"


def correction_expiry() -> datetime.datetime:
    """The end of the time in which a correction asked for now may be decided."""
    return timezone.now() + datetime.timedelta(days=CORRECTION_DAYS)


def pending_q(prefix: str = "") -> Q:
    """The condition that a correction waits for a decision and may still get one; ``prefix`` is an ORM path ending in ``__``."""
    return Q(**{f"{prefix}state": "requested", f"{prefix}expires_at__gt": timezone.now()})


class Correction(models.Model):
    """A teacher's request to change marks of a locked sheet, and the decision on it (sửa điểm)."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waiting for a decision")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    sheet = models.ForeignKey(MarkSheet, models.PROTECT, related_name="corrections", verbose_name=_("mark sheet"))
    school = SchoolOf("sheet")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by"))
    reason = models.CharField(_("reason"), max_length=300)
    evidence = models.FileField(_("evidence"), upload_to=evidence_path, max_length=120, blank=True)
    evidence_name = models.CharField(max_length=200, blank=True)
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    created_at = models.DateTimeField(_("asked for at"), default=timezone.now)
    expires_at = models.DateTimeField(_("to be decided by"), default=correction_expiry)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("words of the decision"), max_length=300, blank=True)
    # What whoever decided was shown: the consequences as lines of [pupil's id, what, before, after].
    consequences = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["school", "state", "expires_at"], name="correction_waiting")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(state="approved") | ~Q(decided_by=F("by")),
                name="nobody_approves_their_own_request",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "rejected"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="correction_decided_by_somebody",
            ),
        ]
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")

    def __str__(self) -> str:
        return f"{self.sheet}: {self.reason[:40]}"

    @property
    def is_expired(self) -> bool:
        """Whether its time ran out without a decision."""
        return self.state == self.State.REQUESTED and self.expires_at <= timezone.now()

    @property
    def is_pending(self) -> bool:
        """Whether it waits for a decision and may still get one."""
        return self.state == self.State.REQUESTED and not self.is_expired

    @property
    def state_text(self) -> str:
        """The state in words."""
        return str(_("Expired")) if self.is_expired else self.get_state_display()


class CorrectionCell(models.Model):
    """One mark that a correction changes: what stood there, under which version, and what shall stand there."""

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="cells")
    school = SchoolOf("correction")
    column = models.ForeignKey(MarkColumn, models.PROTECT, related_name="+")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)
    old = models.CharField(_("before"), max_length=300, blank=True)
    new = models.CharField(_("after"), max_length=300, blank=True)

    class Meta:
        ordering = ("student__sort_key", "column__order")
        constraints = [
            models.UniqueConstraint(fields=["correction", "column", "student"], name="one_correction_a_cell")
        ]
        verbose_name = _("corrected mark")
        verbose_name_plural = _("corrected marks")

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class MarkReview(models.Model):
    """A family asks to look at a published mark again (phúc khảo); the teacher answers."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for the teacher")
        KEPT = "kept", _("The mark stays")
        CHANGED = "changed", _("The mark was changed")

    column = models.ForeignKey(MarkColumn, models.PROTECT, related_name="reviews")
    school = SchoolOf("column")
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="mark_reviews", verbose_name=_("student")
    )
    seen = models.CharField(_("mark that was read"), max_length=300)
    text = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by"))
    created_at = models.DateTimeField(_("asked for at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    correction = models.ForeignKey(
        Correction, models.PROTECT, null=True, blank=True, related_name="reviews", verbose_name=_("correction")
    )
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["column", "student"], condition=Q(state="open"), name="one_open_review_a_mark"
            ),
        ]
        verbose_name = _("request to review a mark")
        verbose_name_plural = _("requests to review marks")

    def __str__(self) -> str:
        return f"{self.student} {self.column}"
