"""What was done to many people at once, and accounts that were found to be one person's."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Merge(models.Model):
    """Two accounts of one person became one: ``closed`` stays as a record that leads to ``kept``.

    ``moved`` names the rows that changed hands, ``left`` those that stay with the closed account because the kept one has its
    own, ``before`` what both accounts said of the person.
    """

    kept = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="merges", verbose_name=_("kept account")
    )
    closed = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="merged_into", verbose_name=_("closed account")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="merges_done", verbose_name=_("done by")
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)
    before = models.JSONField(default=dict)
    moved = models.JSONField(default=dict)
    left = models.JSONField(default=dict)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = _("merge of accounts")
        verbose_name_plural = _("merges of accounts")

    def __str__(self) -> str:
        return f"{self.closed} → {self.kept}"


class BulkAction(models.Model):
    """One thing done to several people: prepared, looked at, carried out whole or not at all, taken back where that can be."""

    class Verb(models.TextChoices):
        CLOSE = "close", _("Close accounts")
        REOPEN = "reopen", _("Open accounts again")
        SLIPS = "slips", _("New first passwords")
        PLACE = "place", _("Move to another class")
        LEAVE = "leave", _("Leave the school")
        RETURN = "return", _("Return to the school")
        TRANSFER = "transfer", _("Transfer students to another school")
        POSTS_END = "posts-end", _("End appointments")
        STAFF_TRANSFER = "staff-transfer", _("Transfer staff to another school")

    class State(models.TextChoices):
        PREVIEW = "preview", _("Waiting for your yes")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being done")
        DONE = "done", _("Done")
        UNDONE = "undone", _("Taken back")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    verb = models.CharField(_("action"), max_length=15, choices=Verb.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PREVIEW)
    people = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    result = models.JSONField(default=list)
    undo = models.JSONField(default=dict)
    message = models.CharField(max_length=300, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField(default=bytes, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bulk_actions", verbose_name=_("by"))
    created = models.DateTimeField(_("prepared"), auto_now_add=True)
    finished = models.DateTimeField(_("finished"), null=True, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("action on several people")
        verbose_name_plural = _("actions on several people")

    def __str__(self) -> str:
        return self.get_verb_display()
