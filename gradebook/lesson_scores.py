"""Scores of a class's exercises as marks: what a teacher may take from a lesson into a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gradebook.models import MarkColumn, MarkSheet
from gradebook.regulations import marks as tenth
from lms.models import Course, Lesson, LessonMaterial
from lms.selectors import lesson_states
from school.identity.models import User
from school.policy import visible

#: A score has at most four decimals (that of an external tool).
_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class Exercise:
    """A scored piece of a lesson, by a key that outlives the lesson's next edition."""

    key: str
    lesson: Lesson
    title: str
    material: int

    @property
    def name(self) -> str:
        """Lesson and exercise, for a list and for the log."""
        return f"{self.lesson.title} – {self.title}"


@dataclass(frozen=True, slots=True)
class Score:
    """What a pupil reached, and the mark of it in tenths."""

    points: Decimal
    most: Decimal
    tenths: tenth.Tenths


def exercises_of(user: User, sheet: MarkSheet) -> list[Exercise]:
    """The scored exercises of the published lessons of the sheet's class and subject, in the order of the lessons.

    Two queries; whose results the person may not read are not there.
    """
    courses = visible(user, Course, "report").filter(school_class=sheet.school_class_id, subject=sheet.subject_id)
    rows = (
        LessonMaterial.objects.filter(lesson__course__in=courses, lesson__live=True, live=True)
        .exclude(content__isnull=True, link__isnull=True)
        .exclude(link__graded=False)
        .select_related("lesson", "content", "link")
        .order_by("lesson__section__order", "lesson__order", "lesson", "order")
    )
    found: dict[str, Exercise] = {}
    for row in rows:
        what = row.content or row.link
        key = f"{row.lesson_id}:{'h5p' if row.content_id else 'lti'}:{what.pk if what else ''}"
        found.setdefault(key, Exercise(key, row.lesson, str(what), row.pk))
    return list(found.values())


def scores_of(exercise: Exercise, students: Sequence[int]) -> dict[int, Score]:
    """What pupils reached in an exercise, the best of their attempts; whoever has no score is not there."""
    found = {}
    for (student, _lesson), state in lesson_states(students, [exercise.lesson.pk]).items():
        item = next((one for one in state.items if one.material_id == exercise.material), None)
        if item is not None and item.score is not None and item.max_score:
            found[student] = Score(item.score, item.max_score, tenths_of(item.score, item.max_score))
    return found


def tenths_of(points: Decimal, most: Decimal) -> tenth.Tenths:
    """A score as a mark of the 10 scale, half-up on the exact quotient; more than the highest score is a 10."""
    reached, highest = int(points * _PLACES), int(most * _PLACES)
    return min(100, tenth.mean_half_up(100 * reached, highest))


def columns_for(columns: Sequence[MarkColumn]) -> list[MarkColumn]:
    """The columns that may hold marks of exercises: regular and midterm ones with marks, never the end of term's."""
    return [
        column
        for column in columns
        if column.scale == MarkColumn.Scale.TENTHS and column.kind in (MarkColumn.Kind.TX, MarkColumn.Kind.GK)
    ]
