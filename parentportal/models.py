"""The contact book between home and school, and the outbox of what leaves the house by SMS and e-mail."""

import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from school.row_security import SchoolOf


class ThreadQuerySet(models.QuerySet["Thread"]):
    def unread_by(self, user: Any) -> Self:
        """Something was written by another person since this one last looked."""
        seen = Receipt.objects.filter(thread=OuterRef("pk"), user=user, seen_at__gte=OuterRef("last_at"))
        return self.exclude(last_author=user).exclude(Exists(seen))

    def with_unread(self, user: Any) -> Self:
        """Adds `unread`: the same question for each row of a list."""
        seen = Receipt.objects.filter(thread=OuterRef("pk"), user=user, seen_at__gte=OuterRef("last_at"))
        return self.annotate(unread=~Q(last_author=user) & ~Exists(seen))


class Thread(models.Model):
    """One conversation about one pupil between the family and the teachers.

    A notice to a class opens one thread for each pupil (they share `batch`), so that a reply is seen by the teacher and
    by that family only.
    """

    class Kind(models.TextChoices):
        NOTICE = "notice", _("Notice")
        LETTER = "letter", _("Letter")
        QUESTION = "question", _("Question of the family")

    school = models.ForeignKey("organisation.School", models.PROTECT, related_name="+")
    school_class = models.ForeignKey("organisation.SchoolClass", models.PROTECT, related_name="threads")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="threads")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    batch = models.UUIDField(default=uuid.uuid4, db_index=True)
    to_class = models.BooleanField(default=False)
    needs_ack = models.BooleanField(_("ask for confirmation"), default=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    last_author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = ThreadQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering: ClassVar[list[str]] = ["-last_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["student", "-last_at"], name="thread_student_last"),
            models.Index(fields=["school_class", "-last_at"], name="thread_class_last"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "student"], name="thread_once_a_batch"),
        ]

    def __str__(self) -> str:
        return self.title


class Message(models.Model):
    """What one person wrote in a conversation. It is never changed: a correction is another message."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="messages")
    school = SchoolOf("thread")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.TextField(_("text"), max_length=4000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar[list[str]] = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.body[:60]


class Receipt(models.Model):
    """That a person has seen a conversation up to a moment, and has confirmed it when that was asked."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="receipts")
    school = SchoolOf("thread")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["thread", "user"], name="receipt_once_a_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} · {self.user_id}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: Any = None) -> Self:
        """Waiting, and their hour has come."""
        return self.filter(state=Delivery.State.QUEUED, not_before__lte=now or timezone.now())

    def stuck(self, now: Any = None) -> Self:
        """Claimed by a worker that never came back."""
        return self.filter(state=Delivery.State.SENDING, claimed_until__lt=now or timezone.now())


class Delivery(models.Model):
    """One message on its way out of the house. `key` names the event and the address: there is never a second one."""

    class Channel(models.TextChoices):
        SMS = "sms", _("SMS")
        EMAIL = "email", _("E-mail")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    class Kind(models.TextChoices):
        MARKS = "marks", _("Marks")
        ABSENCE = "absence", _("Absence")
        NOTICE = "notice", _("Notice")

    school = models.ForeignKey("organisation.School", models.PROTECT, related_name="+")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(_("about"), max_length=16, choices=Kind.choices)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    to = models.CharField(_("to"), max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(_("text"))
    parts = models.PositiveSmallIntegerField(_("parts"), default=1)
    key = models.CharField(max_length=200, unique=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "not_before"], name="delivery_state_hour"),
            models.Index(fields=["school", "-created_at"], name="delivery_school_created"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="delivery_sent_has_its_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.to}"
