"""What a student has done: watched, read, finished; and what the pages and the report say of it."""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from django.test import Client
from django.utils import timezone

from lms.blocks import BlockData
from lms.models import LessonProgress, WatchProgress
from lms.selectors import lesson_states, lessons_to_do, study_report
from lms.services.lessons import lesson_publish, lesson_save_draft
from lms.services.progress import ImpossibleWatch, lesson_open, lesson_read, lesson_watch
from lms.signals import submission_scored
from lms.watching import Range
from tests.lms.made import Class6A1, make_course, make_lesson, make_video, text
from tests.world import World

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 30, 8, 0, tzinfo=timezone.get_fixed_timezone(420))


def watch(world: World, maths: Class6A1, ranges: list[Range], after: float, position: float = 0.0) -> WatchProgress:
    return lesson_watch(
        student=world.a.student,
        lesson=maths.lesson,
        asset=maths.video,
        duration=100.0,
        position=position,
        ranges=ranges,
        now=START + timedelta(seconds=after),
    )


@pytest.fixture
def opened(world: World, maths: Class6A1) -> Class6A1:
    lesson_open(student=world.a.student, lesson=maths.lesson, now=START)
    return maths


def test_reports_from_two_devices_are_merged(world: World, opened: Class6A1) -> None:
    watch(world, opened, [(0, 30)], after=30, position=30)
    seen = watch(world, opened, [(20, 50)], after=50, position=50)
    assert (seen.ranges, seen.watched_share, seen.position) == ([[0, 50]], 0.5, 50)


def test_the_same_report_twice_changes_nothing(world: World, opened: Class6A1) -> None:
    first = watch(world, opened, [(0, 30)], after=30, position=30)
    again = watch(world, opened, [(0, 30)], after=30, position=30)
    assert (again.ranges, again.watched_seconds, again.position) == (first.ranges, first.watched_seconds, 30)
    assert LessonProgress.objects.get().seconds == 30


def test_more_than_the_time_that_passed_is_refused(world: World, opened: Class6A1) -> None:
    with pytest.raises(ImpossibleWatch):
        watch(world, opened, [(0, 100)], after=10)
    assert not WatchProgress.objects.exists()


def test_watching_at_double_speed_is_believed(world: World, opened: Class6A1) -> None:
    assert watch(world, opened, [(0, 95)], after=45).watched_share == 0.95


def test_many_small_lies_do_not_add_up(world: World, opened: Class6A1) -> None:
    watch(world, opened, [(0, 14)], after=0)
    with pytest.raises(ImpossibleWatch):
        watch(world, opened, [(14, 28)], after=1)


def test_what_was_watched_without_a_network_counts_when_it_is_back(world: World, opened: Class6A1) -> None:
    assert watch(world, opened, [(0, 40), (60, 100)], after=3600).watched_share == pytest.approx(0.8)


def test_a_lesson_is_complete_when_the_video_is_watched_and_the_exercise_finished(
    world: World, opened: Class6A1, finish_h5p: Callable[..., Any]
) -> None:
    student, lesson = world.a.student, opened.lesson
    watch(world, opened, [(0, 79.5)], after=80)
    finish_h5p(student, lesson, opened.content)
    state = lesson_states([student.pk], [lesson.pk])[student.pk, lesson.pk]
    assert ([item.done for item in state.items], state.completed) == ([False, True], False)
    watch(world, opened, [(79.5, 80)], after=90)
    state = lesson_states([student.pk], [lesson.pk])[student.pk, lesson.pk]
    assert state.completed_at == START + timedelta(seconds=90)


def test_a_part_added_later_does_not_take_completion_away(
    world: World, opened: Class6A1, finish_h5p: Callable[..., Any]
) -> None:
    student, lesson = world.a.student, opened.lesson
    watch(world, opened, [(0, 90)], after=90)
    finish_h5p(student, lesson, opened.content)
    more = [BlockData(type="video", ref=str(opened.video.pk)), BlockData(type="video", ref=str(make_video(world.a).pk))]
    lesson_save_draft(lesson=lesson, title="Bài 1", section=None, blocks=more, by=world.a.teacher)
    lesson_publish(lesson=lesson, by=world.a.teacher)
    state = lesson_states([student.pk], [lesson.pk])[student.pk, lesson.pk]
    assert (state.done, state.completed, state.items_done) == (False, True, 1)


def test_a_lesson_to_read_is_complete_when_the_student_says_so(world: World) -> None:
    lesson = make_lesson(make_course(world, world.a), world.a, [text()])
    lesson_open(student=world.a.student, lesson=lesson)
    assert LessonProgress.objects.get().completed_at is None
    first = lesson_read(student=world.a.student, lesson=lesson).completed_at
    assert first is not None
    assert lesson_read(student=world.a.student, lesson=lesson).completed_at == first


def test_an_exercise_s_result_is_told_to_the_rooms_above_with_its_lesson(
    world: World, maths: Class6A1, finish_h5p: Callable[..., Any]
) -> None:
    heard: list[dict[str, Any]] = []

    def hear(sender: Any, **news: Any) -> None:
        heard.append(news)

    submission_scored.connect(hear)
    try:
        finish_h5p(world.a.student, maths.lesson, maths.content)
        finish_h5p(world.a.outsider, maths.lesson, maths.content)
        finish_h5p(world.a.teacher, maths.lesson, maths.content)
    finally:
        submission_scored.disconnect(hear)
    assert [(news["student"], news["lesson"]) for news in heard] == [(world.a.student, maths.lesson)]
    assert Decimal(heard[0]["score"]) == 8


def test_time_with_the_page_left_open_does_not_count_as_study(world: World, opened: Class6A1) -> None:
    watch(world, opened, [(0, 10)], after=10)
    watch(world, opened, [(10, 12)], after=7200)
    assert LessonProgress.objects.get().seconds == 70


def test_the_home_offers_what_was_begun_first_and_leaves_out_what_is_complete(world: World, maths: Class6A1) -> None:
    student = world.a.student
    new = make_lesson(maths.course, world.a, [text()], "Bài mới")
    read = make_lesson(maths.course, world.a, [text()], "Bài đã đọc")
    lesson_read(student=student, lesson=read)
    lesson_open(student=student, lesson=maths.lesson)
    assert [(row.lesson, row.started) for row in lessons_to_do(student)] == [(maths.lesson, True), (new, False)]
    assert lessons_to_do(world.b.student) == []


def post(client: Client, maths: Class6A1, **report: Any) -> Any:
    body = json.dumps({"material": maths.material, "position": 5, "ranges": [[0, 5]], **report})
    return client.post(f"/bai-hoc/{maths.lesson.pk}/tien-do/", body, content_type="application/json")


def test_a_player_s_report_is_kept_and_answered(
    world: World, maths: Class6A1, client_for: Callable[..., Client]
) -> None:
    client = client_for(world.a.student)
    client.get(f"/bai-hoc/{maths.lesson.pk}/")
    answer = post(client, maths)
    assert answer.status_code == 200
    assert answer.json() == {
        "material": maths.material,
        "position": 5,
        "percent": 5,
        "text": "Đã xem 5%",
        "done": [],
        "completed": False,
    }


@pytest.mark.parametrize(
    ("report", "status"),
    [
        ({"ranges": [[0, 100]]}, 422),
        ({"ranges": "all"}, 400),
        ({"ranges": [[5, 0]]}, 400),
        ({"position": -1}, 400),
        ({"material": 999_999}, 404),
        ({"material": "1"}, 400),
        ({"ranges": [[0, 1e9]]}, 422),
    ],
)
def test_a_report_that_cannot_be_true_is_refused(
    world: World, maths: Class6A1, client_for: Callable[..., Client], report: dict[str, Any], status: int
) -> None:
    assert post(client_for(world.a.student), maths, **report).status_code == status


def test_nobody_but_the_lesson_s_students_leaves_progress(
    world: World, maths: Class6A1, client_for: Callable[..., Client]
) -> None:
    assert post(client_for(world.a.outsider), maths).status_code == 404
    assert post(client_for(world.b.student), maths).status_code == 404
    for user in (world.a.teacher, world.a.father, world.a.principal):
        assert post(client_for(user), maths).status_code == 403
    assert not LessonProgress.objects.exists()


def test_the_lesson_s_page_remembers_the_position(
    world: World, opened: Class6A1, client_for: Callable[..., Client]
) -> None:
    type(opened.video).objects.filter(pk=opened.video.pk).update(current=_set(opened.video))
    watch(world, opened, [(0, 33.5)], after=40, position=33.5)
    page = client_for(world.a.student).get(f"/bai-hoc/{opened.lesson.pk}/").content.decode()
    assert 'data-position="33.5"' in page
    assert "Đã xem 33%" in page


def _set(video: Any) -> Any:
    from media.models import RenditionSet

    return RenditionSet.objects.create(asset=video, has_video=True)


def test_the_report_lists_the_class_in_vietnamese_order(
    world: World, opened: Class6A1, finish_h5p: Callable[..., Any]
) -> None:
    watch(world, opened, [(0, 50)], after=50)
    finish_h5p(world.a.student, opened.lesson, opened.content, score=7)
    report = study_report(opened.course)
    assert [row.student for row in report.rows] == [world.a.student, world.a.student2]
    state = report.rows[0].states[0]
    assert (state.watched_percent, state.score_label) == (50, "7/10")
    assert report.rows[1].states[0].opened_at is None


def test_the_report_comes_as_an_excel_file(world: World, opened: Class6A1, client_for: Callable[..., Client]) -> None:
    watch(world, opened, [(0, 50)], after=50)
    answer = client_for(world.a.teacher).get(f"/khoa-hoc/{opened.course.pk}/theo-doi.xlsx")
    assert answer["Content-Disposition"] == 'attachment; filename="toan-6-6a1.xlsx"'
    table = pd.read_excel(io.BytesIO(answer.content), header=3, engine="calamine")
    assert list(table["Họ và tên"]) == ["Đặng Minh An", "Bùi Ngọc Ánh"]
    assert list(table["Bài 1"]) == ["Đang học", "Chưa mở"]
    assert table["Bài 1: đã xem"][0] == 0.5


def test_a_parent_sees_the_child_s_progress_and_no_other_child_s(
    world: World, opened: Class6A1, client_for: Callable[..., Client]
) -> None:
    watch(world, opened, [(0, 50)], after=50)
    url = f"/khoa-hoc/{opened.course.pk}/"
    page = client_for(world.a.father).get(url).content.decode()
    assert "đã xem 50%" in page
    assert f"/bai-hoc/{opened.lesson.pk}/" not in page
    assert "đã xem 50%" not in client_for(world.a.mother_of_student2).get(url).content.decode()
    assert client_for(world.b.father).get(url).status_code == 404


@pytest.mark.parametrize(
    ("url", "who", "limit"),
    [
        ("/khoa-hoc/", "student", 16),
        ("/khoa-hoc/", "teacher", 16),
        ("/khoa-hoc/{course}/", "student", 24),
        ("/khoa-hoc/{course}/", "teacher", 22),
        ("/bai-hoc/{lesson}/", "student", 36),
        ("/khoa-hoc/{course}/theo-doi/", "teacher", 18),
    ],
)
def test_a_page_s_queries_do_not_grow_with_the_lessons(
    world: World,
    maths: Class6A1,
    client_for: Callable[..., Client],
    django_assert_max_num_queries: Any,
    url: str,
    who: str,
    limit: int,
) -> None:
    for number in range(8):
        blocks = [text(), BlockData(type="video", ref=str(maths.video.pk))]
        make_lesson(maths.course, world.a, blocks, f"Bài {number + 2}")
    client = client_for(getattr(world.a, who))
    with django_assert_max_num_queries(limit):
        assert client.get(url.format(course=maths.course.pk, lesson=maths.lesson.pk)).status_code == 200
