"""What happens at the door: signing in and out, wrong passwords, passwords and second factors changed."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from school.audit.services import record
from school.identity.backends import users_of_login
from school.identity.models import User


@receiver(user_logged_in)
def tell_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    record(actor=user, action="signed_in", subject=user, request=request)


@receiver(user_logged_out)
def tell_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        record(actor=user, action="signed_out", subject=user, request=request)


@receiver(user_login_failed)
def tell_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """What was typed as a login is not kept: people type passwords there."""
    people = users_of_login(str(credentials.get("username") or ""))
    if not people:
        record(actor=None, action="sign_in_failed", detail={"why": "unknown account"}, request=request)
    for user in people:
        why = "wrong password" if user.is_active else "closed account"
        record(actor=None, action="sign_in_failed", subject=user, detail={"why": why}, request=request)


@receiver([password_changed, password_set])
def tell_password(request: HttpRequest, user: User, **_: Any) -> None:
    record(actor=user, action="password_changed", subject=user, request=request)


@receiver(password_reset)
def tell_password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    record(actor=user, action="password_reset", subject=user, request=request)


@receiver(authenticator_added)
def tell_factor_added(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    record(actor=user, action="second_factor_added", subject=user, detail={"what": authenticator.type}, request=request)


@receiver([authenticator_removed])
def tell_factor_removed(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    record(
        actor=user, action="second_factor_removed", subject=user, detail={"what": authenticator.type}, request=request
    )


@receiver(authenticator_reset)
def tell_factor_reset(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    record(actor=user, action="second_factor_reset", subject=user, detail={"what": authenticator.type}, request=request)
