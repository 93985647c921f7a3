"""The log of marks: only added to, each row holding the hash of the one before it."""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gradebook.models.sheets import Group, MarkColumn, MarkSheet


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete what may only be added to."""


class MarkLogQuerySet(models.QuerySet["MarkLog"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("The log of marks is only added to.")

    def delete(self) -> NoReturn:
        raise AppendOnlyError("The log of marks is only added to.")


class MarkLog(models.Model):
    """Who changed which mark, when and how; each row's hash holds the one before it, sheet by sheet."""

    class Action(models.TextChoices):
        MARK = "mark", _("Mark changed")
        PUBLISH = "publish", _("Marks published")
        UNPUBLISH = "unpublish", _("Marks withdrawn")
        SUBMIT = "submit", _("Handed in")
        TAKE_BACK = "takeback", _("Taken back")
        LOCK = "lock", _("Sheet locked")
        UNLOCK = "unlock", _("Sheet unlocked")
        SIGN = "sign", _("Sheet signed")
        REVOKE = "revoke", _("Signature revoked")
        COLUMNS = "columns", _("Columns changed")
        REQUEST = "request", _("Correction asked for")
        APPROVE = "approve", _("Correction approved")
        REJECT = "reject", _("Correction refused")
        WITHDRAW = "withdraw", _("Correction withdrawn")

    class Channel(models.TextChoices):
        WEB = "web", _("Web page")
        EXCEL = "excel", _("Excel file")
        SYSTEM = "system", _("System")
        RULE = "rule", _("Rule on missing assessments")
        CORRECTION = "correction", _("Correction after lock")
        LESSON = "lesson", _("Lesson")

    sheet = models.ForeignKey(MarkSheet, models.PROTECT, related_name="log")
    position = models.PositiveIntegerField()
    action = models.CharField(_("action"), max_length=10, choices=Action.choices, default=Action.MARK)
    column = models.ForeignKey(MarkColumn, models.PROTECT, null=True, related_name="+")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    old = models.CharField(_("before"), max_length=300, blank=True)
    new = models.CharField(_("after"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    channel = models.CharField(_("by way of"), max_length=10, choices=Channel.choices, default=Channel.WEB)
    # The part of the sheet that was handed in, locked …; "" for the whole of it.
    group = models.CharField(_("part of the sheet"), max_length=2, choices=Group.choices, blank=True, default="")
    # Hash of the imported file, or the lesson, so that a row says where it came from.
    source = models.CharField(max_length=64, blank=True)
    # Hash of the paper that a correction rests on.
    evidence = models.CharField(max_length=64, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    role = models.CharField(_("as"), max_length=20, blank=True, default="")
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("approved or ordered by")
    )
    at = models.DateTimeField(_("at"))
    # Which facts the hash covers: rows of format 1 knew neither group, evidence, role nor approver.
    format = models.PositiveSmallIntegerField(default=1)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects: ClassVar[Any] = MarkLogQuerySet.as_manager()

    class Meta:
        ordering = ("sheet", "position")
        constraints = [models.UniqueConstraint(fields=["sheet", "position"], name="one_log_row_a_position")]
        verbose_name = _("row of the log")
        verbose_name_plural = _("log of marks")

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.old} → {self.new}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("The log of marks is only added to.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("The log of marks is only added to.")
