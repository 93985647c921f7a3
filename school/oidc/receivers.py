"""What ends at applications when something ends here."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from school.identity.models import User
from school.sso.signals import sign_in_ended

from .models import Grant
from .services import grants_end, password_mark


@receiver(sign_in_ended)
def applications_sign_out(sids: set[str], **_: Any) -> None:
    """A sign-in is over: so it is at every application it led to."""
    grants_end(Grant.objects.filter(sid__in=sids))


@receiver(post_save, sender=User)
def account_changed(instance: User, created: bool, **_: Any) -> None:
    """A closed account or a new password ends the person's tokens everywhere."""
    if created:
        return
    over = Grant.objects.filter(user=instance)
    if instance.is_active:
        over = over.exclude(password_mark=password_mark(instance))
    if over.exists():
        grants_end(over)
