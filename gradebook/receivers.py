"""What follows in the gradebook from news about people and from migrations."""

from typing import Any

from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import receiver

from gradebook import guards
from gradebook.services.merging import marks_follow
from school.identity.models import User
from school.people.signals import people_merged


@receiver(people_merged)
def marks_go_along(kept: User, closed: User, by: User, **_: Any) -> None:
    """The marks of two accounts are one pupil's now."""
    marks_follow(kept=kept, closed=closed, by=by)


@receiver(pre_migrate)
def guards_aside(sender: Any, using: str, plan: Any = None, **_: Any) -> None:
    """Once, before the first migration of a run."""
    if sender.label == "gradebook" and plan:
        guards.step_aside(connections[using])


@receiver(post_migrate)
def guards_back(sender: Any, using: str, **_: Any) -> None:
    """Once, when every table of the run is there."""
    if sender.label == "gradebook":
        guards.install(connections[using])
