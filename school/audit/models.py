"""The trail: entries that are only ever added, the seals over them, and what became of each seal outside.

No foreign key leads out of here. An entry outlives whatever it speaks of, and nothing that happens to a person's row (a merge
of doubles, an erasure) may reach back into what was recorded.
"""

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .actions import label_of


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete what may only be added to."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("The trail is only added to.")

    def delete(self) -> NoReturn:
        raise AppendOnlyError("The trail is only added to.")


class AppendOnly(models.Model):
    """A row that is written once. The database refuses changes too (school.audit.guards); this one says so sooner."""

    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("The trail is only added to.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("The trail is only added to.")


class Entry(AppendOnly):
    """One thing that happened: an event told by the code, or a row's change told by the database's triggers."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    actor_id = models.BigIntegerField(_("who"), null=True)
    # Whose eyes the actor looked through, if any.
    as_id = models.BigIntegerField(null=True)
    action = models.CharField(_("what"), max_length=40)
    # The person whom it concerns, so that they can read what was done with their data.
    subject_id = models.BigIntegerField(_("person concerned"), null=True)
    school_id = models.BigIntegerField(_("school"), null=True)
    target = models.CharField(max_length=80, blank=True)
    target_pk = models.CharField(max_length=40, blank=True)
    target_name = models.CharField(max_length=200, blank=True)
    # Of a changed row only the fields that changed; NULL is left out, so a field on one side only was empty on the other.
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    detail = models.JSONField(null=True)
    address = models.CharField(max_length=45, blank=True)
    host = models.CharField(max_length=253, blank=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["school_id", "-id"], name="audit_school"),
            models.Index(fields=["subject_id", "-id"], name="audit_subject"),
            models.Index(fields=["actor_id", "-id"], name="audit_actor"),
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(fields=["at"], name="audit_at"),
        ]
        verbose_name = _("entry of the trail")
        verbose_name_plural = _("entries of the trail")

    def __str__(self) -> str:
        return f"{label_of(self.action)} {self.target_name or self.target}".strip()


class Seal(AppendOnly):
    """A hash over the entries ``first``..``last`` and the seal before; whoever changes one must change all that follow."""

    first = models.BigIntegerField()
    last = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["last"], name="audit_sealed_once")]
        verbose_name = _("seal")
        verbose_name_plural = _("seals")

    def __str__(self) -> str:
        return f"{self.pk}: {self.first}–{self.last}"


class Horizon(models.Model):
    """How far numbers had been given out at a look, and who was writing entries then (PostgreSQL).

    Numbers are committed out of order. What had a number at that look is all there once those writers have ended.
    """

    last = models.BigIntegerField()
    writers = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.last)


class Delivery(models.Model):
    """One seal on its way to one place outside."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="deliveries")
    place = models.CharField(max_length=200)
    sent_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "place"], name="audit_delivered_once")]
        verbose_name = _("delivery of a seal")
        verbose_name_plural = _("deliveries of seals")

    def __str__(self) -> str:
        return f"{self.seal_id} → {self.place}"
