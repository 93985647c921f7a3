"""What the lessons hear from the rooms below."""

from typing import Any

from django.dispatch import receiver

from lms.h5p.models import Content, Result
from lms.h5p.signals import result_recorded
from lms.selectors import lesson_of_context
from lms.services.progress import h5p_scored
from school.identity.models import User


@receiver(result_recorded, dispatch_uid="lms.h5p_result")
def h5p_result(*, result: Result, user: User, content: Content, context: str, finished: bool, **_kwargs: Any) -> None:
    """An H5P attempt was finished in a lesson: the lesson may be complete, and the score goes up the house."""
    lesson = lesson_of_context(user, context) if finished else None
    if lesson is not None:
        h5p_scored(student=user, lesson=lesson, content=content, score=result.best_score, max_score=result.max_score)
