"""How a parent comes to an account: a code on paper for one child, a request, and the school's yes."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from school.organisation.models import Guardianship


class ParentCode(models.Model):
    """A one-time code that speaks for one child; only its hash is kept. A new code ends the child's earlier ones."""

    code_hash = models.CharField(max_length=64, unique=True)
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="parent_codes", verbose_name=_("student")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="parent_codes_made")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(_("until"))
    spent = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        verbose_name = _("code for parents")
        verbose_name_plural = _("codes for parents")

    def __str__(self) -> str:
        return f"{self.student}"

    @property
    def usable(self) -> bool:
        """Whether it can still be sent in."""
        return self.spent is None and self.expires > timezone.now()


class ParentRequest(models.Model):
    """A parent asks to be linked to a child. The chosen password is kept as a hash until the answer, then nowhere here."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the school")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="parent_requests", verbose_name=_("student")
    )
    name = models.CharField(_("full name"), max_length=150)
    phone = models.CharField(_("phone"), max_length=20)
    relation = models.CharField(_("relation"), max_length=10, choices=Guardianship.Relation.choices)
    password = models.CharField(max_length=128, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="requests_as_parent"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="requests_answered"
    )
    created = models.DateTimeField(_("sent"), auto_now_add=True)
    answered = models.DateTimeField(_("answered"), null=True, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("-created", "-pk")
        verbose_name = _("request of a parent")
        verbose_name_plural = _("requests of parents")
        indexes = [
            models.Index(fields=["student"], condition=Q(state="waiting"), name="parent_request_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.name} – {self.student}"
