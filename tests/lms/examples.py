"""Addresses of the lessons with objects of school A ("own") and of school B ("other")."""

from typing import Any

from lms.services.courses import section_create
from tests.lms.made import build, make_lesson, text
from tests.world import Cast, World


def _values(world: World, cast: Cast) -> dict[str, dict[str, Any]]:
    made = build(world, cast)
    section = section_create(course=made.course, title="Chương 1")
    draft = make_lesson(made.course, cast, [text()], "Bài nháp", publish=False)
    course, lesson = {"course_id": made.course.pk}, {"lesson_id": made.lesson.pk}
    return {
        "lms:courses": {},
        "lms:course-new": {},
        **{f"lms:{name}": course for name in ("course", "course-edit", "section-new", "lesson-new")},
        **{f"lms:{name}": course for name in ("report", "report-file")},
        "lms:section-change": {**course, "section_id": section.pk},
        **{f"lms:{name}": lesson for name in ("lesson", "lesson-edit", "progress", "read")},
        "lms:lesson-preview": {"lesson_id": draft.pk},
        "lms:lesson-place": {"lesson_id": draft.pk},
    }


def examples(world: World) -> dict[str, dict[str, Any]]:
    """For every url name: the values of its converters in both schools."""
    own, other = _values(world, world.a), _values(world, world.b)
    return {name: {"own": own[name], "other": other[name]} for name in own}
