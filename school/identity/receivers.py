"""What follows from events of accounts."""

from typing import Any

from allauth.account.signals import password_changed
from django.dispatch import receiver

from .models import User


@receiver(password_changed)
def first_password_done(user: User, **_: Any) -> None:
    """A changed password is the person's own: the slip is spent."""
    if user.must_change_password or user.initial_password_until:
        user.must_change_password = False
        user.initial_password_until = None
        user.save(update_fields=["must_change_password", "initial_password_until"])
