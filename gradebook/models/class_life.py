"""Attendance and teachers' remarks."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from school.organisation.models import SchoolClass, Subject
from school.row_security import SchoolOf


class AbsenceSession(models.Model):
    """A pupil was absent from one session of one day. Presence is not stored: all others were there."""

    class Session(models.TextChoices):
        MORNING = "S", _("Morning")
        AFTERNOON = "C", _("Afternoon")

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="absences", verbose_name=_("student")
    )
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, related_name="absences", verbose_name=pgettext_lazy("school", "class")
    )
    school = SchoolOf("school_class")
    date = models.DateField(_("date"))
    session = models.CharField(_("session"), max_length=1, choices=Session.choices)
    excused = models.BooleanField(_("with leave"), default=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    at = models.DateTimeField(_("recorded at"), default=timezone.now)

    class Meta:
        ordering = ("-date", "session", "student__sort_key")
        constraints = [
            models.UniqueConstraint(fields=["student", "date", "session"], name="absent_once_a_session"),
        ]
        indexes = [models.Index(fields=["school_class", "date"], name="absence_class_date")]
        verbose_name = _("absence")
        verbose_name_plural = _("absences")

    def __str__(self) -> str:
        return f"{self.student} {self.date:%d/%m/%Y} {self.get_session_display()}"


class Remark(models.Model):
    """A teacher's words about a pupil, read by the pupil and the parents."""

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="remarks", verbose_name=_("student")
    )
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, related_name="remarks", verbose_name=pgettext_lazy("school", "class")
    )
    school = SchoolOf("school_class")
    subject = models.ForeignKey(
        Subject, models.PROTECT, null=True, blank=True, related_name="remarks", verbose_name=_("subject")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="remarks_written", verbose_name=_("teacher")
    )
    text = models.TextField(_("remark"), max_length=1000)
    created_at = models.DateTimeField(_("written at"), default=timezone.now)

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")

    def __str__(self) -> str:
        return self.text[:60]
