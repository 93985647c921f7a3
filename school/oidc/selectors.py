"""Reads of applications, consents and grants."""

from dataclasses import dataclass, field
from typing import Any

from allauth.idp.oidc.models import Client, Token
from django.db.models import Count, Q
from django.utils import timezone

from school.identity.models import User
from school.organisation.models import Node, School
from school.policy import Actor, visible
from school.sso.models import HostSession

from .models import Application, Consent, Grant, Notice, SpentRefresh


def application_of(client_id: str) -> Application | None:
    """The enabled application of this client id."""
    rows = Application.objects.select_related("client", "office").filter(enabled=True)
    found: Application | None = rows.filter(pk=client_id).first()
    return found


def reader_of_token(value: str) -> tuple[Application, list[str]] | None:
    """The application behind a roster reader's access token, and what that token still may read.

    None for a token that is unknown, over, a person's, or of an application that is off or does not read the roster.
    """
    kept = Token.objects.lookup(Token.Type.ACCESS_TOKEN, value)
    if kept is None or kept.user_id is not None or kept.client_id is None:
        return None
    application = application_of(kept.client_id)
    if application is None or application.kind != Application.Kind.ROSTER:
        return None
    allowed = set(application.client.get_scopes())
    return application, [scope for scope in kept.get_scopes() if scope in allowed]


def consented(user: User, client: Client, scopes: list[str]) -> bool:
    """Whether the person allowed this very client all of the scopes."""
    consent = Consent.objects.filter(user=user, client=client).first()
    return consent is not None and set(scopes) <= set(consent.scopes)


def alive(grant: Grant, mark: str) -> bool:
    """Whether the sign-in behind a grant still stands: person, password, application, session and time."""
    return (
        grant.user.is_active
        and grant.password_mark == mark
        and grant.until > timezone.now()
        and Application.objects.filter(pk=grant.client_id, enabled=True).exists()
        and HostSession.objects.filter(sid=grant.sid).exists()
    )


def grant_of_token(token_hash: str) -> Grant | None:
    """The grant that a kept token came of."""
    kept = Token.objects.filter(hash=token_hash).exclude(type=Token.Type.AUTHORIZATION_CODE).first()
    grant_id = kept.get_grant_id() if kept else None
    found: Grant | None = Grant.objects.select_related("user").filter(pk=grant_id).first() if grant_id else None
    return found


def grant_of_refresh(token_hash: str) -> Grant | None:
    """The grant of a refresh token that is still good."""
    kept = Token.objects.filter(hash=token_hash, type=Token.Type.REFRESH_TOKEN).exists()
    return grant_of_token(token_hash) if kept else None


def spent_refresh(token_hash: str) -> SpentRefresh | None:
    """The note of a refresh token that was exchanged before."""
    found: SpentRefresh | None = SpentRefresh.objects.select_related("grant").filter(pk=token_hash).first()
    return found


@dataclass
class Connection:
    """An application as its user sees it: what it may know, and where it is signed in."""

    client: Client
    scopes: list[str]
    since: Any
    own: bool
    grants: int = 0


def connections_of(user: User) -> list[Connection]:
    """The applications that the person allowed or is signed in at, by name."""
    found: dict[str, Connection] = {}
    for consent in Consent.objects.filter(user=user).select_related("client"):
        found[consent.client_id] = Connection(consent.client, consent.scopes, consent.given, own=False)
    grants = Grant.objects.filter(user=user, redeemed__isnull=False, until__gt=timezone.now())
    for grant in grants.select_related("client").order_by("created"):
        client = grant.client
        row = found.setdefault(
            client.pk, Connection(client, client.get_scopes(), grant.created, own=client.skip_consent)
        )
        row.grants += 1
    return sorted(found.values(), key=lambda row: row.client.name.lower())


@dataclass
class Deliveries:
    """How the last sign-out notices of an application went."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    fault: str = ""
    rows: list[Notice] = field(default_factory=list)


def deliveries_of(client: Client) -> Deliveries:
    """The last hundred notices."""
    found = Deliveries(rows=list(Notice.objects.filter(client=client).order_by("-created")[:100]))
    for row in found.rows:
        found.sent += row.state == Notice.State.SENT
        found.waiting += row.state == Notice.State.QUEUED
        found.failed += row.state == Notice.State.FAILED
        found.fault = found.fault or row.fault
    return found


def applications_of(user: User) -> list[Application]:
    """The applications that the person manages, with how many people are signed in at each, by name."""
    counted = Count("client__grants__user", distinct=True, filter=Q(client__grants__redeemed__isnull=False))
    rows = visible(user, Application, "manage").select_related("client", "office").annotate(people=counted)
    return list(rows.order_by("client__name", "pk"))


def schools_below(offices: Any) -> Any:
    """The schools of some offices, by name."""
    found = Q(pk__in=[])
    for path in offices.values_list("path", flat=True):
        found |= Q(node__path__startswith=path)
    return School.objects.filter(found).order_by("name", "pk")


def offices_of(user: User) -> Any:
    """The offices in whose name the person connects applications."""
    return Node.objects.under(Actor.of(user).node_paths).filter(school__isnull=True).order_by("path")
