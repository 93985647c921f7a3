"""What the lessons' tests share: a course of 6A1 in mathematics and ways to fill it."""

from collections.abc import Callable
from typing import Any

import pytest

from lms.h5p.models import Content, Result
from lms.h5p.signals import result_recorded
from lms.models import Lesson
from lms.selectors import h5p_context
from tests.lms.made import Class6A1, build
from tests.world import World


@pytest.fixture
def maths(world: World) -> Class6A1:
    """School A's lesson."""
    return build(world, world.a)


@pytest.fixture
def finish_h5p() -> Callable[..., Result]:
    """Stores a finished H5P result in a lesson, as the H5P room does, and sends its news."""

    def finish(student: Any, lesson: Lesson, content: Content, score: int = 8, most: int = 10) -> Result:
        result, _ = Result.objects.update_or_create(
            user=student,
            content=content,
            context=h5p_context(lesson.pk),
            defaults={"score": score, "max_score": most, "best_score": score, "completed": True},
        )
        result_recorded.send(
            sender=Result, result=result, user=student, content=content, context=result.context, finished=True
        )
        return result

    return finish
