"""Tools that our lessons launch, the places where they are launched, and what they report about our students."""

import secrets
import uuid
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.lti.names import AGS_SCOPES, MEMBERS


def _client_id() -> str:
    return f"lti-{secrets.token_hex(8)}"


def _deployment_id() -> str:
    return secrets.token_hex(6)


class Tool(models.Model):
    """A tool that an office or a school registered; every school at or below its ``node`` may place it in lessons."""

    node = models.ForeignKey("organisation.Node", models.PROTECT, related_name="lti_tools", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=100)
    client_id = models.CharField(max_length=40, unique=True, default=_client_id)
    deployment_id = models.CharField(max_length=40, default=_deployment_id)
    login_url = models.URLField(max_length=500)
    target_url = models.URLField(max_length=500)
    deep_link_url = models.URLField(max_length=500, blank=True)
    redirect_uris = models.JSONField(default=list)
    keyset_url = models.URLField(max_length=500, blank=True)
    keyset = models.JSONField(default=dict, blank=True)
    tells_name = models.BooleanField(default=False)
    tells_email = models.BooleanField(default=False)
    uses_scores = models.BooleanField(default=True)
    uses_members = models.BooleanField(default=False)
    uses_deep_linking = models.BooleanField(default=True)
    framed = models.BooleanField(default=False)
    enabled = models.BooleanField(_("turned on"), default=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("external tool")
        verbose_name_plural = _("external tools")

    def __str__(self) -> str:
        return self.name

    @property
    def scopes(self) -> list[str]:
        """The services' scopes that the tool may ask for."""
        return [*(AGS_SCOPES if self.uses_scores else ()), *([MEMBERS] if self.uses_members else ())]

    @property
    def origins(self) -> list[str]:
        """Where its pages come from, as a content security policy names them."""
        found = [urlsplit(one) for one in (self.login_url, self.target_url, *self.redirect_uris)]
        return sorted({f"{one.scheme}://{one.netloc}" for one in found})


class Link(models.Model):
    """A place of a tool in a lesson (the resource link). It is not changed: another choice is another link."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tool = models.ForeignKey(Tool, models.PROTECT, related_name="links")
    lesson = models.ForeignKey("lms.Lesson", models.CASCADE, related_name="lti_links")
    title = models.CharField(_("title"), max_length=200)
    url = models.URLField(max_length=500, blank=True)
    custom = models.JSONField(default=dict)
    framed = models.BooleanField(default=False)
    # A score of it counts towards the lesson, as an exercise's does.
    graded = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return self.title

    @property
    def target(self) -> str:
        """The address that is launched."""
        return self.url or self.tool.target_url

    @property
    def in_frame(self) -> bool:
        """Whether the page shows it inside: the teacher wished it and the tool still allows it."""
        return self.framed and self.tool.framed


class Choice(models.Model):
    """A teacher went to the tool to choose (deep linking): for which block of which lesson, and what came back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tool = models.ForeignKey(Tool, models.CASCADE, related_name="+")
    lesson = models.ForeignKey("lms.Lesson", models.CASCADE, related_name="+")
    block = models.UUIDField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # The content item of the answer; null until it has come.
    item = models.JSONField(null=True)
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return f"{self.tool_id} → {self.lesson_id}"


class Pseudonym(models.Model):
    """By what a tool knows a person (``sub``): another one at every tool, and never our own number."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="pseudonyms")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lti_pseudonyms")
    sub = models.UUIDField(default=uuid.uuid4, unique=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tool", "user"], name="lti_pseudonym_once")]

    def __str__(self) -> str:
        return str(self.sub)


class LineItem(models.Model):
    """A column of scores that belongs to one tool in one course (AGS 2.0)."""

    tool = models.ForeignKey(Tool, models.PROTECT, related_name="line_items")
    course = models.ForeignKey("lms.Course", models.CASCADE, related_name="lti_line_items")
    link = models.ForeignKey(Link, models.CASCADE, null=True, related_name="line_items")
    label = models.CharField(_("name"), max_length=200)
    maximum = models.DecimalField(max_digits=12, decimal_places=4)
    resource_id = models.CharField(max_length=255, blank=True)
    tag = models.CharField(max_length=255, blank=True)
    starts = models.DateTimeField(null=True)
    ends = models.DateTimeField(null=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.label


class Score(models.Model):
    """The last score that a tool gave a student in a column; ``at`` is the tool's own time, by which older ones are refused."""

    # Activities that need nothing more from the student.
    DONE = ("Submitted", "Completed")

    item = models.ForeignKey(LineItem, models.CASCADE, related_name="scores")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lti_scores")
    given = models.DecimalField(_("score"), max_digits=12, decimal_places=4, null=True)
    maximum = models.DecimalField(_("highest score"), max_digits=12, decimal_places=4, null=True)
    comment = models.TextField(blank=True)
    activity = models.CharField(max_length=20)
    grading = models.CharField(max_length=20)
    at = models.DateTimeField()
    received = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "student"], name="lti_score_once"),
            models.CheckConstraint(condition=Q(given__isnull=True) | Q(given__gte=0), name="lti_score_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} · {self.given}/{self.maximum}"

    @property
    def done(self) -> bool:
        """Whether the student is through with it."""
        return self.activity in self.DONE


class AccessToken(models.Model):
    """What a tool shows at the services; kept as a hash, good for an hour."""

    hash = models.CharField(primary_key=True, max_length=64)
    tool = models.ForeignKey(Tool, models.CASCADE, related_name="tokens")
    scopes = models.JSONField(default=list)
    until = models.DateTimeField(db_index=True)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return self.hash[:8]


class Spent(models.Model):
    """A word that is good for one use (nonce, jti, hint) and was used; the row's insertion decides who was first."""

    key = models.CharField(primary_key=True, max_length=64)
    until = models.DateTimeField(db_index=True)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return self.key[:8]


class Platform(models.Model):
    """A Moodle, a Canvas or another platform that may launch our lessons; schools at or below ``node`` offer it courses."""

    node = models.ForeignKey("organisation.Node", models.PROTECT, related_name="lti_platforms", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=100)
    issuer = models.CharField(max_length=255)
    client_id = models.CharField(max_length=255)
    deployment_ids = models.JSONField(default=list)
    auth_url = models.URLField(max_length=500)
    token_url = models.URLField(max_length=500)
    keyset_url = models.URLField(max_length=500)
    # Where its pages come from, besides the addresses above: a frame of ours stands in them.
    page_urls = models.JSONField(default=list)
    courses: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "lms.Course", blank=True, related_name="lti_platforms"
    )
    enabled = models.BooleanField(_("turned on"), default=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = [models.UniqueConstraint(fields=["issuer", "client_id"], name="lti_platform_once")]
        verbose_name = _("learning platform")
        verbose_name_plural = _("learning platforms")

    def __str__(self) -> str:
        return self.name

    @property
    def keyset(self) -> dict[str, Any]:
        """None that was pasted: a platform's keys are always fetched."""
        return {}

    @property
    def origins(self) -> list[str]:
        """Whose pages may show our lesson in a frame."""
        found = [urlsplit(one) for one in (self.issuer, self.auth_url, *self.page_urls)]
        return sorted(
            {f"{one.scheme}://{one.netloc}" for one in found if one.scheme in {"http", "https"} and one.netloc}
        )


class Learner(models.Model):
    """Somebody whom a platform sent: its word for them and no more; nobody has an account by it."""

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="learners")
    sub = models.CharField(max_length=255)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "sub"], name="lti_learner_once")]

    def __str__(self) -> str:
        return f"{self.platform_id}:{self.pk}"


class Visit(models.Model):
    """One launch: it reads one lesson, or chooses among those offered, for a while. Its address holds the word behind ``hash``."""

    hash = models.CharField(max_length=64, unique=True)
    learner = models.ForeignKey(Learner, models.CASCADE, related_name="visits")
    lesson = models.ForeignKey("lms.Lesson", models.CASCADE, null=True, related_name="+")
    # Deep linking: what the platform wants to hear back (deployment, address, data); empty for a reader.
    choosing = models.JSONField(default=dict)
    # Where the score goes; empty for staff, and where the platform takes none.
    line_item = models.URLField(max_length=1000, blank=True)
    language = models.CharField(max_length=10, default="vi")
    until = models.DateTimeField(db_index=True)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return self.hash[:8]


class GuestResult(models.Model):
    """What a learner of another platform reached in an exercise of a lesson: the best, as for our own students."""

    learner = models.ForeignKey(Learner, models.CASCADE, related_name="results")
    lesson = models.ForeignKey("lms.Lesson", models.CASCADE, related_name="+")
    content = models.ForeignKey("h5p.Content", models.CASCADE, null=True, related_name="+")
    score = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    maximum = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    finished = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "lesson", "content"], name="lti_guest_result_once"),
            models.UniqueConstraint(
                fields=["learner", "lesson"], condition=Q(content__isnull=True), name="lti_guest_read_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} · {self.score}/{self.maximum}"


class Report(models.Model):
    """A score on its way to a platform. One row a learner and column: a newer result makes it due again."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENT = "sent", _("Delivered")
        FAILED = "failed", _("Given up")

    learner = models.ForeignKey(Learner, models.CASCADE, related_name="reports")
    lesson = models.ForeignKey("lms.Lesson", models.CASCADE, related_name="+")
    line_item = models.URLField(max_length=1000)
    # When the learner did it, which is the score's time over there.
    changed = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(default=timezone.now)
    fault = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "lesson", "line_item"], name="lti_report_once")]
        indexes = [models.Index(fields=["state", "due"], name="lti_report_due")]

    def __str__(self) -> str:
        return f"{self.learner_id}: {self.state}"
