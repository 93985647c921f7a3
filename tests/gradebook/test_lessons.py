"""Marks of lessons' exercises: offered to the class's teacher, seen before they are written, with their origin in the log."""

from decimal import Decimal

import pytest
from django.urls import reverse

from gradebook.lesson_scores import exercises_of, tenths_of
from gradebook.models import Mark, MarkLog
from gradebook.services import log_verify
from lms.h5p.models import Result
from lms.selectors import h5p_context
from tests.lms.made import Class6A1, build


@pytest.fixture
def lesson(world) -> Class6A1:
    """A published lesson of 6A1 with an exercise that both pupils have done."""
    made = build(world, world.a)
    for student, points in ((world.a.student, "8.25"), (world.a.student2, "3")):
        Result.objects.create(
            user=student, content=made.content, context=h5p_context(made.lesson.pk),
            score=0, best_score=Decimal(points), max_score=Decimal(10), completed=True,
        )  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("points", "most", "tenths"),
    [
        ("8.25", "10", 83),
        ("1", "3", 33),
        ("2", "3", 67),
        ("0", "5", 0),
        ("7", "7", 100),
        ("9", "8", 100),
        ("1", "8", 13),
    ],
)
def test_a_score_becomes_a_mark_half_up_on_the_exact_quotient(points, most, tenths) -> None:
    assert tenths_of(Decimal(points), Decimal(most)) == tenths


def test_only_the_exercises_of_the_class_and_subject_are_offered(world, sheet, lesson) -> None:
    (exercise,) = exercises_of(world.a.teacher, sheet)
    assert exercise.title == lesson.content.title
    assert exercises_of(world.a.teacher2, sheet) == []
    assert exercises_of(world.b.teacher, sheet) == []


def test_the_teacher_sees_the_marks_first_and_writes_them_with_their_origin(
    world, sheet, lesson, fill, client_for
) -> None:
    fill(sheet, world.a.student2, "", "6")
    client = client_for(world.a.teacher)
    (exercise,) = exercises_of(world.a.teacher, sheet)
    column = sheet.columns.get(kind="TX", number=2)
    url = reverse("gradebook:sheet-lessons", args=[sheet.pk])
    assert exercise.name in client.get(url).content.decode()
    page = client.get(url, {"bai": exercise.key, "cot": column.pk})
    shown = [(line["now"], line["mark"], line["changes"]) for line in page.context["lines"]]
    assert shown == [("", "8,3", True), ("6", "3", False)]
    assert Mark.objects.count() == 1
    apply = reverse("gradebook:sheet-lessons-apply", args=[sheet.pk])
    assert client.post(apply, {"payload": "x"}).url == url
    client.post(apply, {"payload": page.context["payload"]})
    mark = Mark.objects.get(student=world.a.student)
    assert (mark.value, mark.origin) == (Decimal("8.3"), "lesson")
    row = MarkLog.objects.order_by("position").last()
    assert (row.channel, row.source, row.reason) == ("lesson", exercise.key, f"Bài học: {exercise.name}")
    again = client.get(url, {"bai": exercise.key, "cot": column.pk})
    assert "payload" not in again.context
    over = client.get(url, {"bai": exercise.key, "cot": column.pk, "de": "1"})
    assert [line["changes"] for line in over.context["lines"]] == [False, True]
    sheet.refresh_from_db()
    assert list(log_verify(sheet)) == []


def test_marks_of_exercises_never_go_into_the_end_of_term_nor_into_a_column_that_takes_none(
    world, sheet, lesson, client_for
) -> None:
    from gradebook.services import sheet_submit

    sheet_submit(sheet=sheet, group="GK", by=world.a.teacher, despite_gaps=True)
    page = client_for(world.a.teacher).get(reverse("gradebook:sheet-lessons", args=[sheet.pk]))
    assert [column.code for column, _title in page.context["columns"]] == ["TX1", "TX2", "TX3", "TX4"]
