"""Letting a person into an application, ending it again, and the office's list of applications."""

import datetime
import hashlib
from functools import partial
from typing import Any

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client, Token
from django.db import IntegrityError, transaction
from django.utils import timezone

from school.audit.services import record
from school.identity.models import User
from school.organisation.models import Node

from . import processing, selectors, tasks
from .models import Application, Consent, Grant, SpentRefresh

# Two honest requests of one application may carry the same refresh token; a thief comes later.
GRACE = datetime.timedelta(seconds=10)
CODE, REFRESH = Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN


def password_mark(user: User) -> str:
    """A digest of the stored password hash: it changes when the password does, and tells nothing of it."""
    return hashlib.sha256(user.password.encode()).hexdigest()


def token_hash(value: str) -> str:
    """As the library keeps tokens."""
    return str(get_adapter().hash_token(value))


def grant_open(
    *, grant_id: str, client: Client, user: User, sid: str, code: str, auth_time: float, amr: list[str], until: float
) -> Grant:
    """Note under which sign-in a code was given; its tokens live until ``until`` (epoch seconds) at the longest."""
    made: Grant = Grant.objects.create(
        id=grant_id,
        client=client,
        user=user,
        sid=sid,
        code_hash=token_hash(code),
        auth_time=datetime.datetime.fromtimestamp(auth_time, datetime.UTC),
        amr=amr,
        password_mark=password_mark(user),
        until=datetime.datetime.fromtimestamp(until, datetime.UTC),
    )
    return made


def grants_end(grants: Any, *, tell: bool = True) -> None:
    """End the grants with all their tokens at once and tell the applications."""
    with transaction.atomic():
        notices = processing.grants_finish(grants, tell=tell)
        for pk in notices:
            transaction.on_commit(partial(tasks.notice_send.delay, pk))


def token_settle(value: str) -> None:
    """Before a token is believed: when the sign-in behind it does not stand any more, end it."""
    grant = selectors.grant_of_token(token_hash(value))
    if grant and not selectors.alive(grant, password_mark(grant.user)):
        grants_end(Grant.objects.filter(pk=grant.pk))


def code_settle(code: str) -> None:
    """The same before a code is exchanged: the minute since it was given may have closed the account."""
    grant = Grant.objects.select_related("user").filter(code_hash=token_hash(code)).first()
    if grant and not selectors.alive(grant, password_mark(grant.user)):
        grants_end(Grant.objects.filter(pk=grant.pk))


def _token_cap(grant: Grant) -> datetime.datetime:
    """Tokens of a grant end with it, however often they are refreshed; the end of the refresh token."""
    tokens = Token.objects.filter(client_id=grant.client_id, user_id=grant.user_id, data__grant_id=grant.pk)
    tokens.filter(expires_at__gt=grant.until).update(expires_at=grant.until)
    newest = tokens.filter(type=Token.Type.REFRESH_TOKEN).order_by("-created_at").first()
    return newest.expires_at if newest and newest.expires_at else grant.until


def code_redeemed(*, code: str) -> datetime.datetime | None:
    """A code was exchanged: note it and cap its tokens; the end of the refresh token, None for an unknown code."""
    grant = Grant.objects.filter(code_hash=token_hash(code)).first()
    if grant is None:
        return None
    Grant.objects.filter(pk=grant.pk, redeemed__isnull=True).update(redeemed=timezone.now())
    return _token_cap(grant)


def code_refused(*, code: str) -> Grant | None:
    """A code was refused: had it been exchanged before, somebody holds a copy, and all that came of it ends (RFC 6749, 10.5)."""
    replayed: Grant | None = Grant.objects.filter(code_hash=token_hash(code), redeemed__isnull=False).first()
    if replayed:
        _replayed(replayed, "code")
    return replayed


def _replayed(grant: Grant, what: str) -> None:
    record(
        actor=None,
        action="token_refused",
        target=grant.client,
        subject=grant.user,
        detail={"why": f"{what} used twice"},
    )
    grants_end(Grant.objects.filter(pk=grant.pk), tell=False)


def refresh_claim(*, value: str) -> bool:
    """Be the first to exchange a refresh token: the row's insertion decides between requests at the same moment.

    False when it was exchanged before. True for an unknown token, too: the library will refuse it.
    """
    grant = selectors.grant_of_token(token_hash(value))
    if grant is None:
        return selectors.spent_refresh(token_hash(value)) is None
    try:
        with transaction.atomic():
            SpentRefresh.objects.create(hash=token_hash(value), grant=grant)
    except IntegrityError:
        return False
    return True


def refresh_done(*, value: str) -> datetime.datetime | None:
    """A refresh token was exchanged: cap the new ones; the end of the refresh token."""
    spent = selectors.spent_refresh(token_hash(value))
    return _token_cap(spent.grant) if spent else None


def refresh_reused(*, value: str) -> Grant | None:
    """A spent refresh token came again: after ten seconds that is a copy, and the family ends (RFC 9700, 4.14.2)."""
    spent = selectors.spent_refresh(token_hash(value))
    if spent is None or timezone.now() - spent.at <= GRACE:
        return None
    grant: Grant = spent.grant
    _replayed(grant, "refresh")
    return grant


def consent_give(*, user: User, client: Client, scopes: list[str]) -> Consent:
    """Remember what the person allowed this client, beside what they allowed it before."""
    with transaction.atomic():
        consent: Consent
        consent, _ = Consent.objects.select_for_update().get_or_create(user=user, client=client)
        if not set(scopes) <= set(consent.scopes):
            consent.scopes = sorted({*consent.scopes, *scopes})
            consent.given = timezone.now()
            consent.save()
            told = {"application": client.name, "scopes": consent.scopes}
            record(actor=user, action="consent_given", target=client, subject=user, detail=told)
    return consent


def connection_end(*, user: User, client: Client) -> None:
    """The person takes back what they allowed: the application is signed out and has to ask anew."""
    with transaction.atomic():
        Consent.objects.filter(user=user, client=client).delete()
        told = {"application": client.name}
        record(actor=user, action="consent_withdrawn", target=client, subject=user, detail=told)
        grants_end(Grant.objects.filter(user=user, client=client))


def application_save(
    *, office: Node, values: dict[str, Any], by: User, application: Application | None = None
) -> tuple[Application, str]:
    """Make an application or change one; with the secret of a new confidential one, else "".

    ``values``: name, public, redirect_uris, post_logout_uris, backchannel_uri, scopes, skip_consent.
    """
    with transaction.atomic():
        client = application.client if application else Client()
        client.name = values["name"]
        client.type = Client.Type.PUBLIC if values["public"] else Client.Type.CONFIDENTIAL
        client.skip_consent = values["skip_consent"]
        client.set_scopes(["openid", *values["scopes"]])
        client.set_default_scopes(["openid"])
        client.set_grant_types([CODE, REFRESH])
        client.set_response_types([Client.ResponseType.CODE])
        client.set_redirect_uris(values["redirect_uris"])
        client.set_post_logout_redirect_uris(values["post_logout_uris"])
        secret = "" if application or values["public"] else get_adapter().generate_client_secret()
        if secret:
            client.set_secret(secret)
        client.save()
        made, _ = Application.objects.update_or_create(
            client=client, defaults={"office": office, "backchannel_uri": values["backchannel_uri"]}
        )
        action = "client_changed" if application else "client_added"
        record(actor=by, action=action, target=client, detail={key: values[key] for key in sorted(values)})
    return made, secret


def reader_save(
    *, office: Node, values: dict[str, Any], by: User, application: Application | None = None
) -> tuple[Application, str]:
    """Make an application that reads the roster, or change one; with the secret of a new one, else "".

    ``values``: name, scopes, all_schools, schools. What it may read no longer, its tokens cannot read from now on.
    """
    with transaction.atomic():
        client = application.client if application else Client()
        client.name = values["name"]
        client.type = Client.Type.CONFIDENTIAL
        client.set_scopes(values["scopes"])
        client.set_default_scopes(values["scopes"])
        client.set_grant_types([Client.GrantType.CLIENT_CREDENTIALS])
        client.set_response_types([])
        secret = "" if application else get_adapter().generate_client_secret()
        if secret:
            client.set_secret(secret)
        client.save()
        kept = {"office": office, "kind": Application.Kind.ROSTER, "all_schools": values["all_schools"]}
        made, _ = Application.objects.update_or_create(client=client, defaults=kept)
        schools = [] if values["all_schools"] else list(values["schools"])
        made.schools.set(schools)
        told = {
            "name": values["name"],
            "reads": [scope.rsplit("/", 1)[-1] for scope in values["scopes"]],
            "schools": "*" if values["all_schools"] else [school.name for school in schools],
        }
        record(actor=by, action="client_changed" if application else "client_added", target=client, detail=told)
    return made, secret


def _tokens_drop(client: Client) -> None:
    """End what the application got for itself; people's tokens end with their sign-ins."""
    Token.objects.filter(client=client, user__isnull=True).delete()


def application_secret(*, application: Application, by: User) -> str:
    """Give the application a new secret; the old one is refused from now on."""
    secret = str(get_adapter().generate_client_secret())
    application.client.set_secret(secret)
    with transaction.atomic():
        application.client.save(update_fields=["secret"])
        _tokens_drop(application.client)
        record(actor=by, action="client_changed", target=application.client, detail={"changed": "key"})
    return secret


def application_switch(*, application: Application, on: bool, by: User) -> None:
    """Turn an application on or off; off, everybody is signed out of it at once."""
    with transaction.atomic():
        Application.objects.filter(pk=application.pk).update(enabled=on)
        record(actor=by, action="client_changed" if on else "client_disabled", target=application.client)
        if not on:
            _tokens_drop(application.client)
            grants_end(Grant.objects.filter(client=application.client))
