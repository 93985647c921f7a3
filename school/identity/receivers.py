"""What follows from events of accounts."""

import datetime
from typing import Any

from allauth.account.signals import password_changed
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone

from .models import User

# A slip is for one sign-in; whoever is interrupted before choosing a password has this long to go on.
USED_SLIP = datetime.timedelta(hours=1)


@receiver(user_logged_in)
def first_password_used(user: User, **_: Any) -> None:
    """A slip found later no longer opens the account, even when its owner never chose a password."""
    last = timezone.now() + USED_SLIP
    if user.must_change_password and (user.initial_password_until is None or user.initial_password_until > last):
        user.initial_password_until = last
        user.save(update_fields=["initial_password_until"])


@receiver(password_changed)
def first_password_done(user: User, **_: Any) -> None:
    """A changed password is the person's own: the slip is spent."""
    if user.must_change_password or user.initial_password_until:
        user.must_change_password = False
        user.initial_password_until = None
        user.save(update_fields=["must_change_password", "initial_password_until"])
