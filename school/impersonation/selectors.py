"""Reads about looks: they live in the trail, which nobody can change."""

from typing import Any

from school.audit.models import Entry
from school.identity.models import User
from school.policy import visible
from school.row_security import unfenced

MOST = 20


def looks_at(user: Any, *, limit: int = 5) -> list[Entry]:
    """The latest looks through this person's eyes, newest first."""
    return list(Entry.objects.filter(subject_id=user.pk, action="impersonation_started").order_by("-pk")[:limit])


def looks_not_shown(user: Any) -> int:
    """How many looks began since the person was last told of any."""
    mine = Entry.objects.filter(subject_id=user.pk)
    shown = mine.filter(action="impersonation_shown").order_by("-pk").values_list("pk", flat=True).first() or 0
    return mine.filter(action="impersonation_started", pk__gt=shown).count()


def people_to_look_as(user: Any, text: str) -> list[User]:
    """The people found, by name; nobody without a question."""
    if not text:
        return []
    known: Any = visible(user, User, "look_as")
    # The rule asks whether the person also belongs elsewhere, which the looker does not reach.
    with unfenced():
        return list(known.search(text).by_name()[:MOST])


def person_to_look_as(user: Any, pk: int) -> User | None:
    """The one person, or None when it is nobody the looker may look as."""
    with unfenced():
        return visible(user, User, "look_as").filter(pk=pk).first()
