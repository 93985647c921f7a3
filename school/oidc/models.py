"""What the office's identity provider keeps beside the library's clients and tokens.

The library (``allauth.idp.oidc``) knows clients and tokens. Here stands what ties them to a sign-in: one ``Grant`` for every time
a person let an application in, from which it is known which tokens end when that sign-in ends.
"""

from typing import Any, ClassVar

from allauth.idp.oidc.models import Client
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
# What OneRoster 1.2 calls the rights of a reader: the lists and single things; these and what belongs to what; births and sex.
ROSTER_CORE, ROSTER, ROSTER_DEMOGRAPHICS = (
    f"{_SCOPE}{name}.readonly" for name in ("roster-core", "roster", "roster-demographics")
)


class Application(models.Model):
    """What the office decides about a client: whose it is, whether it is on, what it is for, and where it hears of sign-outs.

    One that reads the roster (``Kind.ROSTER``) signs nobody in: it comes with its secret alone (client credentials).
    """

    class Kind(models.TextChoices):
        SIGN_IN = "sign_in", _("Signing people in")
        ROSTER = "roster", _("Reading the roster (OneRoster)")

    client = models.OneToOneField(Client, models.CASCADE, related_name="application", primary_key=True)
    office = models.ForeignKey(
        "organisation.Node", models.PROTECT, related_name="applications", verbose_name=_("office")
    )
    enabled = models.BooleanField(_("turned on"), default=True)
    kind = models.CharField(_("what it is for"), max_length=10, choices=Kind.choices, default=Kind.SIGN_IN)
    backchannel_uri = models.URLField(_("address for sign-out notices"), max_length=500, blank=True)
    # Of an application that reads the roster: every school of the office, also later ones, or these alone.
    all_schools = models.BooleanField(_("all schools"), default=False)
    schools: ClassVar[Any] = models.ManyToManyField(
        "organisation.School", related_name="+", blank=True, verbose_name=_("schools")
    )
    last_read = models.DateTimeField(_("last read"), null=True, blank=True)
    changed = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("client__name",)
        verbose_name = _("application")
        verbose_name_plural = _("applications")

    def __str__(self) -> str:
        return str(self.client.name)


class Consent(models.Model):
    """What a person allowed an application to know; asked once for every client, never carried over to another."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="application_consents")
    client = models.ForeignKey(Client, models.CASCADE, related_name="consents")
    scopes = models.JSONField(default=list)
    given = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "client"], name="consent_once")]

    def __str__(self) -> str:
        return f"{self.user} → {self.client.name}"


class Grant(models.Model):
    """One sign-in of a person at an application; every token that came of it carries its id and ends with it."""

    id = models.CharField(primary_key=True, max_length=32)
    client = models.ForeignKey(Client, models.CASCADE, related_name="grants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="application_grants")
    sid = models.CharField(max_length=43, db_index=True)
    code_hash = models.CharField(max_length=64, unique=True)
    auth_time = models.DateTimeField()
    amr = models.JSONField(default=list)
    # A digest of the stored password: when that changes, by whichever way, the tokens are worth nothing any more.
    password_mark = models.CharField(max_length=64)
    until = models.DateTimeField(db_index=True)
    redeemed = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return f"{self.user_id} → {self.client_id}"


class SpentRefresh(models.Model):
    """A refresh token that was exchanged; the row's insertion decides who was first, its age what a second use means."""

    hash = models.CharField(primary_key=True, max_length=64)
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="spent_refreshes")
    at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return self.hash[:8]


class Notice(models.Model):
    """A sign-out that an application has to hear of (OpenID Connect Back-Channel Logout 1.0)."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENT = "sent", _("Delivered")
        FAILED = "failed", _("Given up")

    client = models.ForeignKey(Client, models.CASCADE, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sid = models.CharField(max_length=43)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When it is tried (again); whoever moves it on has claimed the row for that long.
    due = models.DateTimeField(default=timezone.now)
    fault = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["state", "due"], name="notice_due")]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.state}"


class SigningKey(models.Model):
    """A private key of the provider, sealed. It signs from ``not_before`` on and is published from the start until it expires.

    ``purpose`` keeps protocols apart: what one of them signed is no proof in another.
    """

    purpose = models.CharField(max_length=10, default="oidc")
    number = models.PositiveIntegerField()
    pem = models.TextField()
    not_before = models.DateTimeField()
    expires = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["purpose", "number"], name="signing_key_once")]

    def __str__(self) -> str:
        return str(self.number)
