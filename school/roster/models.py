"""Imports that wait for a person's yes, and the making of first passwords."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from school.organisation.models import School, SchoolClass


class RosterImport(models.Model):
    """A list that was sent: what it would change, who sent it, what became of it.

    The file itself is kept only between preview and answer, for at most a day.
    """

    class Kind(models.TextChoices):
        STUDENTS = "students", _("List of students")
        STAFF = "staff", _("List of staff")
        TEACHING = "teaching", _("Teaching assignments")

    class State(models.TextChoices):
        PREVIEW = "preview", _("Waiting for an answer")
        DONE = "done", _("Taken over")
        REFUSED = "refused", _("Could not be read")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Not answered in time")

    school = models.ForeignKey(School, models.CASCADE, related_name="roster_imports", verbose_name=_("school"))
    kind = models.CharField(_("kind of list"), max_length=10, choices=Kind.choices)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(default=bytes, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PREVIEW)
    message = models.CharField(max_length=400, blank=True)
    counts = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    new_classes = models.JSONField(default=list)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="roster_imports", verbose_name=_("sent by")
    )
    created = models.DateTimeField(_("sent"), auto_now_add=True)
    answered = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("import of a list")
        verbose_name_plural = _("imports of lists")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.file_name}"


class SlipJob(models.Model):
    """The making of one class's one-time passwords. The sheet is kept sealed, until it is fetched once or an hour is over."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        FETCHED = "fetched", _("Fetched")
        FAILED = "failed", _("Failed")

    school_class = models.ForeignKey(
        SchoolClass, models.CASCADE, related_name="slip_jobs", verbose_name=pgettext_lazy("school", "class")
    )
    parents = models.BooleanField(_("parents too"), default=False)
    sign_in_address = models.CharField(max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField(default=bytes, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="slip_jobs")
    created = models.DateTimeField(auto_now_add=True)
    beat = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("sheet of slips")
        verbose_name_plural = _("sheets of slips")

    def __str__(self) -> str:
        return f"{self.school_class} – {self.get_state_display()}"
