"""What people ask about their own data, what they agree to, and how long the office keeps what."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from school.organisation.models import Node

PERSON = settings.AUTH_USER_MODEL


class DataExport(models.Model):
    """A copy of everything about a person, made by the worker, kept sealed for a day."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        GONE = "gone", _("No longer kept")
        FAILED = "failed", _("Failed")

    person = models.ForeignKey(PERSON, models.CASCADE, related_name="data_exports", verbose_name=_("person"))
    asked_by = models.ForeignKey(PERSON, models.CASCADE, related_name="+", verbose_name=_("asked by"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.QUEUED)
    sealed = models.TextField(blank=True, editable=False)
    rows = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(_("asked"), auto_now_add=True)
    ready_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("copy of a person's data")
        verbose_name_plural = _("copies of people's data")

    def __str__(self) -> str:
        return f"{self.person} – {self.created:%Y-%m-%d}"


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def waiting(self) -> "DataRequestQuerySet":
        """Not answered yet."""
        return self.filter(state__in=(DataRequest.State.OPEN, DataRequest.State.ACKNOWLEDGED))

    def overdue(self) -> "DataRequestQuerySet":
        """Past the day of acknowledgement or of the answer."""
        today = timezone.localdate()
        late = Q(due__lt=today) | Q(state=DataRequest.State.OPEN, acknowledge_by__lt=today)
        return self.waiting().filter(late)


class DataRequest(models.Model):
    """A wish to have data corrected or deleted, with its clock (Decree 356/2025: acknowledged within two working days)."""

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correct something")
        DELETION = "deletion", _("Delete my data")

    class State(models.TextChoices):
        OPEN = "open", _("Waiting to be read")
        ACKNOWLEDGED = "acknowledged", _("Received")
        DONE = "done", pgettext_lazy("request", "Done")
        REFUSED = "refused", pgettext_lazy("request", "Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    person = models.ForeignKey(PERSON, models.PROTECT, related_name="data_requests", verbose_name=_("person"))
    asked_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    # Who answers: the person's school, or the office.
    node = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_("place"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    text = models.TextField(_("what"), max_length=2000)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    created = models.DateTimeField(_("asked"), auto_now_add=True)
    acknowledge_by = models.DateField(_("acknowledge by"))
    due = models.DateField(_("answer by"))
    acknowledged_at = models.DateTimeField(_("received"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    erased = models.JSONField(default=dict)

    objects: ClassVar[Any] = DataRequestQuerySet.as_manager()

    class Meta:
        ordering = ("due", "pk")
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=("done", "refused")) | ~Q(answer=""), name="an_answer_is_in_words"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.person}"

    @property
    def is_waiting(self) -> bool:
        """Whether somebody still has to answer."""
        return self.state in (self.State.OPEN, self.State.ACKNOWLEDGED)

    @property
    def is_overdue(self) -> bool:
        """Whether a day of the clock has passed."""
        today = timezone.localdate()
        return self.is_waiting and (self.due < today or (self.state == self.State.OPEN and self.acknowledge_by < today))


class Purpose(models.TextChoices):
    """For what a child's picture or result may leave the school; schooling itself asks no consent."""

    PICTURE = "picture", _("Photos on the school's public pages")
    FILM = "film", _("Films on the school's public pages")
    RESULT = "result", _("Name and prizes on the school's public pages")


class Consent(models.Model):
    """One person's yes to one purpose for one child; taken back it stays, as a fact with two dates."""

    child = models.ForeignKey(PERSON, models.PROTECT, related_name="consents", verbose_name=_("child"))
    purpose = models.CharField(_("for what"), max_length=10, choices=Purpose.choices)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="consents_given", verbose_name=_("given by"))
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("-given_at", "-pk")
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["child", "purpose", "by"], condition=Q(withdrawn_at__isnull=True), name="one_consent_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.child} – {self.get_purpose_display()}"


class RetentionRule(models.Model):
    """How many years the office keeps a kind of record after its date, and on what basis; without a number for good."""

    kind = models.CharField(_("kind of record"), max_length=12, unique=True)
    years = models.PositiveSmallIntegerField(_("years"), null=True, blank=True)
    basis = models.CharField(_("basis"), max_length=300, blank=True)
    changed = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(PERSON, models.SET_NULL, null=True, blank=True, related_name="+")

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        verbose_name = _("rule of keeping")
        verbose_name_plural = _("rules of keeping")

    def __str__(self) -> str:
        return self.kind


class RetentionRun(models.Model):
    """A report of what the rules would delete; nothing goes before somebody has confirmed it."""

    class State(models.TextChoices):
        REPORT = "report", _("Waiting for a decision")
        CONFIRMED = "confirmed", _("Confirmed")
        DONE = "done", _("Deleted")
        STALE = "stale", _("Replaced by a newer report")

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REPORT)
    day = models.DateField(_("day"))
    counts = models.JSONField(default=list)
    created = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(PERSON, models.SET_NULL, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("report of old records")
        verbose_name_plural = _("reports of old records")

    def __str__(self) -> str:
        return f"{self.day}"
