"""The sessions of one sign-in on every host, and the one-time tickets that carry it from the platform to a school's host."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class HostSession(models.Model):
    """A session of a browser on one host; all that share ``sid`` came from one sign-in and end together."""

    sid = models.CharField(max_length=43, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="host_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    host = models.CharField(_("host"), max_length=253)
    device = models.CharField(_("device"), max_length=200, blank=True)
    started = models.DateTimeField(_("signed in"), auto_now_add=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("-started",)
        verbose_name = _("session on a host")
        verbose_name_plural = _("sessions on hosts")

    def __str__(self) -> str:
        return f"{self.user} @ {self.host}"


class Ticket(models.Model):
    """A one-time pass to one host: only its hash is kept, and whoever deletes the row has spent it."""

    code_hash = models.CharField(max_length=64, primary_key=True)
    host = models.CharField(max_length=253)
    challenge = models.CharField(max_length=64)
    parent = models.ForeignKey(HostSession, models.CASCADE, related_name="tickets")
    expires = models.DateTimeField()

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return self.host
