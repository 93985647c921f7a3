"""Whoever was looked through is told at their next sign-in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import ngettext

from school.audit.services import record
from school.identity.models import User

from .selectors import looks_not_shown


@receiver(user_logged_in)
def tell_of_looks(request: HttpRequest, user: User, **_: Any) -> None:
    """On the platform alone, where the account page tells the rest."""
    if getattr(request, "school", None) is not None or not hasattr(request, "_messages"):
        return
    count = looks_not_shown(user)
    if count:
        text = ngettext(
            "An administrator looked at your pages once, to help. Who, when and why stands in your account.",
            "Administrators looked at your pages %(count)d times, to help. Who, when and why stands in your account.",
            count,
        )
        messages.warning(request, text % {"count": count})
        record(actor=user, action="impersonation_shown", subject=user, detail={"rows": count}, request=request)
