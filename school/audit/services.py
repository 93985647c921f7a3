"""The one way to tell the trail of something that changed no audited row; row changes are told by the database itself."""

import re
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db.models import Model
from django.http import HttpRequest

from .actions import action_of
from .context import Origin, current, origin_of
from .models import Entry

HIDDEN = "•••"
_SECRET = re.compile(r"passw|secret|token|otp|seed|recovery|cookie|session_?key|mat_?khau", re.IGNORECASE)
_LONGEST = 2_000

_home: Callable[[int], int | None] | None = None


def home_by(find: Callable[[int], int | None]) -> None:
    """Set the function that gives a person's school (its id, None for none); the organisation knows it, the trail does not."""
    global _home
    _home = find


def without_secrets(value: Any, depth: int = 0) -> Any:
    """The detail as it may be kept: what stands under a name of a secret is hidden, long texts are cut."""
    if depth > 5:
        return HIDDEN
    if isinstance(value, dict):
        return {
            str(key): HIDDEN if _SECRET.search(str(key)) else without_secrets(part, depth + 1)
            for key, part in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [without_secrets(part, depth + 1) for part in list(value)[:200]]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)[:_LONGEST]


def record(
    *,
    actor: Any,
    action: str,
    target: Model | None = None,
    detail: dict[str, Any] | None = None,
    school_id: int | None = None,
    request: HttpRequest | None = None,
    subject: Any = None,
) -> Entry:
    """Add an entry: who did what to which object, from which address and host, and return it.

    ``action`` is a code of school.audit.actions (UnknownActionError otherwise). ``actor`` may be None or anonymous. ``subject``
    is the person concerned (a user or an id), by default the target when that is a person, or its student. ``school_id`` is by
    default the target's, or the school of the person concerned. Address and host come from ``request``, or from the request
    that is being answered. An export says its number of rows as ``detail={"rows": …}``. It is one insert, in the caller's
    transaction if there is one: what is rolled back was not done, and is not told.
    """
    action_of(action)
    origin: Origin = origin_of(request) if request is not None else current()
    actor_id = actor.pk if actor is not None and getattr(actor, "is_authenticated", True) else None
    looked_as = getattr(getattr(request, "user", None), "pk", None) if getattr(request, "true_user", None) else None
    subject_id = _person(subject) or _concerned(target)
    if school_id is None:
        school_id = _school(target)
    if school_id is None and _home is not None:
        whose = subject_id or actor_id
        school_id = _home(whose) if whose else None
    made: Entry = Entry.objects.create(
        actor_id=actor_id if looked_as is None else origin.actor_id,
        as_id=looked_as,
        action=action,
        subject_id=subject_id,
        school_id=school_id,
        target=target._meta.label_lower if target is not None else "",
        target_pk=str(target.pk)[:40] if target is not None else "",
        target_name=str(target)[:200] if target is not None else "",
        detail=without_secrets(detail) if detail else None,
        address=origin.address,
        host=origin.host,
    )
    return made


# One person reads one record again and again while working with it: that is told once an hour.
READ_AGAIN = 3_600


def viewed(*, request: HttpRequest, target: Model, detail: dict[str, Any] | None = None, subject: Any = None) -> None:
    """Tell that a sensitive record was read by somebody whose daily work it is not; once an hour for one reader and record."""
    actor = getattr(request, "true_user", None) or request.user
    if cache.add(f"viewed:{actor.pk}:{target._meta.label_lower}:{target.pk}", 1, READ_AGAIN):
        record(
            actor=request.user,
            action="viewed_sensitive",
            target=target,
            detail=detail,
            request=request,
            subject=subject,
        )


def _person(subject: Any) -> int | None:
    return subject if subject is None or isinstance(subject, int) else int(subject.pk)


def _concerned(target: Model | None) -> int | None:
    """The person whom an object is about: itself, or its student, or its user."""
    if target is None:
        return None
    if hasattr(target, "is_authenticated"):
        return int(target.pk)
    for name in ("student_id", "user_id", "teacher_id", "borrower_id"):
        found = getattr(target, name, None)
        if isinstance(found, int):
            return found
    return None


def _school(target: Model | None) -> int | None:
    if target is None:
        return None
    if target._meta.label_lower == "organisation.school":
        return int(target.pk)
    found = getattr(target, "school_id", None)
    return found if isinstance(found, int) else None
