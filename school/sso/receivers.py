"""A sign-in begins and ends on all hosts together."""

from typing import Any

from allauth.account.signals import password_changed, password_set
from allauth.mfa.signals import authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from school.identity.models import User

from .models import HostSession
from .services import FROM_FORM, SID, session_register, sessions_end, sign_out_everywhere


@receiver(user_logged_in)
def sign_in_begins(request: HttpRequest, user: User, **_: Any) -> None:
    """A fresh sign-in gets an identifier of its own; a ticket's session is registered by the service that spends it."""
    session_register(request=request, user=user)
    request.session[FROM_FORM] = True


@receiver(user_logged_out)
def sign_in_ends(request: HttpRequest, **_: Any) -> None:
    """Signing out anywhere ends the sign-in everywhere."""
    sid = request.session.get(SID)
    if sid:
        sign_out_everywhere(sid=sid)


@receiver([password_changed, password_set, authenticator_removed])
def others_end(request: HttpRequest, user: User, **_: Any) -> None:
    """A new password or a removed second factor ends every other session of the person.

    After a new password this session has a new key and is noted under it.
    """
    sid = request.session.get(SID)
    sessions_end(HostSession.objects.filter(user=user).exclude(session_key=request.session.session_key))
    session_register(request=request, user=user, sid=sid)
