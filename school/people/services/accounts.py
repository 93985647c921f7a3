"""A person's facts, and help for those who cannot sign in."""

from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from school.audit.services import record
from school.identity.models import User
from school.people.facts import FACTS
from school.people.processing.doing import sessions_of_all_end
from school.policy import can
from school.roster.making import PASSWORD_VALID_FOR
from school.roster.processing.slips import password_new


@transaction.atomic
def facts_change(*, person: User, facts: dict[str, Any], by: User) -> list[str]:
    """Write what differs of a person's facts; the names of the changed fields. Raises PermissionDenied without the right."""
    if not can(by, "manage", person):
        raise PermissionDenied
    locked = User.objects.select_for_update().get(pk=person.pk)
    changed = [name for name in FACTS if name in facts and getattr(locked, name) != facts[name]]
    for name in changed:
        setattr(locked, name, facts[name])
    if changed:
        locked.save()
    return changed


def _all_sessions_end(person: User) -> None:
    transaction.on_commit(partial(sessions_of_all_end, [person.pk]))


@transaction.atomic
def password_reset(*, person: User, by: User) -> str:
    """Give a person a new one-time password and end their sessions everywhere; it is returned once and kept nowhere.

    A second factor stays: it is asked for after the new password as after the old. Raises PermissionDenied without the right, for
    oneself and for a closed account.
    """
    if person.pk == by.pk or not person.is_active or not can(by, "manage", person):
        raise PermissionDenied
    password = password_new()
    locked = User.objects.select_for_update().get(pk=person.pk)
    locked.set_password(password)
    locked.must_change_password, locked.initial_password_until = True, timezone.now() + PASSWORD_VALID_FOR
    locked.save(update_fields=["password", "must_change_password", "initial_password_until"])
    _all_sessions_end(person)
    record(actor=by, action="password_reset", target=person)
    return password


@transaction.atomic
def factor_reset(*, person: User, reason: str, by: User) -> int:
    """Forget a person's second factors because they lost them; how many. Their sessions end, their password stays.

    Raises PermissionDenied without the right, ValueError without a reason.
    """
    if not can(by, "factor-reset", person):
        raise PermissionDenied
    if not reason.strip():
        raise ValueError("A second factor is not taken away without a reason.")
    gone: int
    gone, _rows = Authenticator.objects.filter(user=person).delete()
    _all_sessions_end(person)
    record(actor=by, action="second_factor_reset", target=person, detail={"reason": reason.strip(), "factors": gone})
    return gone
