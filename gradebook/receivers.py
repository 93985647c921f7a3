"""What follows in the gradebook from news about people."""

from typing import Any

from django.dispatch import receiver

from gradebook.services.merging import marks_follow
from school.identity.models import User
from school.people.signals import people_merged


@receiver(people_merged)
def marks_go_along(kept: User, closed: User, by: User, **_: Any) -> None:
    """The marks of two accounts are one pupil's now."""
    marks_follow(kept=kept, closed=closed, by=by)
