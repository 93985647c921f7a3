"""Drafts, publishing, and who may read a lesson."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from lms.blocks import BlockData, body_blocks
from lms.h5p.models import Content
from lms.models import Course, CourseState, Lesson
from lms.services.courses import section_create, section_delete
from lms.services.lessons import (
    LessonChanged,
    LessonNotReady,
    clean_text,
    lesson_delete,
    lesson_move,
    lesson_publish,
    lesson_save_draft,
    lesson_unpublish,
)
from lms.services.progress import lesson_open
from media.models import Asset, RenditionSet
from school.organisation.models import TeachingAssignment
from school.policy import can, visible
from tests.lms.made import Class6A1, build, make_course, make_lesson, make_video, text
from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_draft_changes_nothing_of_what_students_read(world: World, maths: Class6A1) -> None:
    lesson_save_draft(
        lesson=maths.lesson, title="Bài 1 (mới)", section=None, blocks=[text("<p>Mới</p>")], by=world.a.teacher
    )
    row = Lesson.objects.get(pk=maths.lesson.pk)
    assert (row.title, len(row.body)) == ("Bài 1", 3)
    assert row.has_unpublished_changes
    assert row.get_latest_revision_as_object().title == "Bài 1 (mới)"
    lesson_publish(lesson=row, by=world.a.teacher)
    row = Lesson.objects.get(pk=maths.lesson.pk)
    assert (row.title, len(row.body), row.has_unpublished_changes) == ("Bài 1 (mới)", 1, False)


def test_a_video_taken_out_and_published_is_no_longer_the_class_s(world: World, maths: Class6A1) -> None:
    assert can(world.a.student, "view", maths.video)
    lesson_save_draft(lesson=maths.lesson, title="Bài 1", section=None, blocks=[text()], by=world.a.teacher)
    assert can(world.a.student, "view", maths.video), "the published lesson still holds it"
    lesson_publish(lesson=maths.lesson, by=world.a.teacher)
    assert not can(world.a.student, "view", maths.video)


def test_an_empty_block_keeps_a_lesson_from_being_published(world: World) -> None:
    course = make_course(world, world.a)
    lesson = make_lesson(course, world.a, [text(), BlockData(type="video")], publish=False)
    with pytest.raises(LessonNotReady) as refused:
        lesson_publish(lesson=lesson, by=world.a.teacher)
    assert [error.block for error in refused.value.errors] == [body_blocks(lesson.body)[1].id]
    assert not Lesson.objects.get(pk=lesson.pk).live


def test_saves_of_one_sitting_share_a_revision_and_a_published_one_is_never_overwritten(world: World) -> None:
    lesson = make_lesson(make_course(world, world.a), world.a, [text()], publish=False)
    count = lesson.revisions.count()
    lesson_save_draft(lesson=lesson, title="Hai", section=None, blocks=[text()], by=world.a.teacher)
    assert lesson.revisions.count() == count
    published = lesson_publish(lesson=lesson, by=world.a.teacher).live_revision_id
    lesson_save_draft(lesson=lesson, title="Ba", section=None, blocks=[text()], by=world.a.teacher)
    assert lesson.revisions.count() == count + 1
    assert Lesson.objects.get(pk=lesson.pk).live_revision_id == published


def test_two_teachers_at_once_do_not_overwrite_each_other_unknowingly(world: World, maths: Class6A1) -> None:
    TeachingAssignment.objects.create(
        teacher=world.a.teacher2,
        school_class=world.a.class1,
        subject=world.maths,
        school=world.a.school,
        starts=world.year.starts,
    )
    opened = maths.lesson.latest_revision_id
    lesson_save_draft(
        lesson=maths.lesson, title="Của cô", section=None, blocks=[text()], by=world.a.teacher2, base=opened
    )
    with pytest.raises(LessonChanged) as changed:
        lesson_save_draft(
            lesson=maths.lesson, title="Của thầy", section=None, blocks=[text()], by=world.a.teacher, base=opened
        )
    assert changed.value.revision.user == world.a.teacher2


def test_naming_another_school_s_video_gives_no_way_to_it(world: World) -> None:
    strange = make_video(world.b)
    lesson = make_lesson(
        make_course(world, world.a), world.a, [text(), BlockData(type="video", ref=str(strange.pk))], publish=False
    )
    assert body_blocks(lesson.get_latest_revision_as_object().body)[1].ref == ""
    assert not lesson.materials.exists()
    assert not can(world.a.teacher, "view", strange)


def test_a_reference_that_is_no_number_is_emptied(world: World) -> None:
    blocks = [BlockData(type="video", ref="1 OR 1=1"), BlockData(type="h5p", ref="../etc")]
    lesson = make_lesson(make_course(world, world.a), world.a, blocks, publish=False)
    assert [block.ref for block in body_blocks(lesson.body)] == ["", ""]


def test_formatted_text_keeps_its_words_and_loses_scripts() -> None:
    html = (
        '<p onclick="x()">Phân <b>số</b><script>alert(1)</script><a href="javascript:x">đây</a></p><style>p{}</style>'
    )
    assert clean_text(html) == '<p>Phân <b>số</b><a rel="noopener noreferrer">đây</a></p>'


def test_lessons_move_within_their_section_and_stay_when_it_is_removed(world: World) -> None:
    course = make_course(world, world.a)
    section = section_create(course=course, title="Chương 1")
    first = make_lesson(course, world.a, [text()], "Một", publish=False)
    second = make_lesson(course, world.a, [text()], "Hai", publish=False)
    lesson_move(lesson=second, direction="up")
    assert [lesson.title for lesson in course.lessons.in_order()] == ["Hai", "Một"]
    lesson_save_draft(lesson=first, title="Một", section=section, blocks=[text()], by=world.a.teacher)
    assert course.lessons.get(title="Một").section == section
    section_delete(section=section)
    assert [lesson.title for lesson in course.lessons.in_order()] == ["Hai", "Một"]


def test_publishing_a_draft_does_not_move_the_lesson_back(world: World, maths: Class6A1) -> None:
    lesson_save_draft(lesson=maths.lesson, title="Bài 1", section=None, blocks=[text()], by=world.a.teacher)
    section = section_create(course=maths.course, title="Chương 2")
    Lesson.objects.filter(pk=maths.lesson.pk).update(section=section, order=7)
    lesson_publish(lesson=maths.lesson, by=world.a.teacher)
    row = Lesson.objects.get(pk=maths.lesson.pk)
    assert (row.section, row.order) == (section, 7)


def test_a_lesson_that_students_have_opened_is_not_deleted(world: World, maths: Class6A1) -> None:
    lesson_open(student=world.a.student, lesson=maths.lesson)
    assert not lesson_delete(lesson=maths.lesson)
    assert Lesson.objects.filter(pk=maths.lesson.pk).exists()


def reads(user: Any, maths: Class6A1) -> bool:
    return can(user, "view", maths.lesson) and can(user, "view", maths.video) and can(user, "view", maths.content)


def test_a_lesson_is_for_its_class_its_teacher_and_the_heads_of_the_school(world: World, maths: Class6A1) -> None:
    a, b = world.a, world.b
    allowed = [a.teacher, a.homeroom, a.principal, a.vice, a.student, a.student2]
    refused = [a.outsider, a.teacher2, a.librarian, a.father, world.office_admin]
    refused += [b.teacher, b.principal, b.student, b.father, b.school_admin]
    assert [user.full_name for user in allowed if not reads(user, maths)] == []
    assert [user.full_name for user in refused if can(user, "view", maths.lesson)] == []
    assert [user.full_name for user in refused if can(user, "view", maths.video)] == []


def test_a_draft_is_its_teacher_s_alone(world: World) -> None:
    video = make_video(world.a)
    lesson = make_lesson(
        make_course(world, world.a), world.a, [BlockData(type="video", ref=str(video.pk))], publish=False
    )
    people = [world.a.student, world.a.principal, world.a.homeroom, world.a.father, world.a.teacher2]
    assert [user.full_name for user in people if can(user, "view", lesson) or can(user, "view", video)] == []
    assert can(world.a.teacher, "change", lesson)


def test_taking_a_lesson_back_closes_it_to_the_class(world: World, maths: Class6A1) -> None:
    lesson_unpublish(lesson=maths.lesson, by=world.a.teacher)
    assert not can(world.a.student, "view", maths.lesson)
    assert not can(world.a.student, "view", maths.video)


def test_a_course_in_preparation_is_not_shown_and_an_archived_one_is_not_written(world: World, maths: Class6A1) -> None:
    Course.objects.filter(pk=maths.course.pk).update(state=CourseState.DRAFT)
    assert not can(world.a.student, "view", maths.lesson)
    Course.objects.filter(pk=maths.course.pk).update(state=CourseState.ARCHIVED)
    assert can(world.a.student, "view", maths.lesson)
    assert not can(world.a.teacher, "change", maths.lesson)


def test_a_parent_sees_titles_and_not_lessons(world: World, maths: Class6A1) -> None:
    assert can(world.a.father, "title", maths.lesson)
    assert can(world.a.father, "view", maths.course)
    assert not can(world.b.father, "title", maths.lesson)


def test_rights_end_with_the_teaching_assignment(world: World, maths: Class6A1) -> None:
    TeachingAssignment.objects.filter(teacher=world.a.teacher).update(ends=world.year.starts)
    teacher = type(world.a.teacher).objects.get(pk=world.a.teacher.pk)
    assert not can(teacher, "change", maths.lesson)


def test_grants_show_no_more_than_the_person_s_own_lessons(world: World, maths: Class6A1) -> None:
    other = build(world, world.b)
    assert list(visible(world.a.student, Asset)) == [maths.video]
    assert list(visible(world.b.student, Content)) == [other.content]


def test_strangers_find_no_lesson_page(world: World, maths: Class6A1, client_for: Callable[..., Client]) -> None:
    for user in (world.a.outsider, world.b.student, world.b.teacher, world.a.teacher2):
        assert client_for(user).get(f"/bai-hoc/{maths.lesson.pk}/").status_code == 404
    assert client_for(world.a.father).get(f"/bai-hoc/{maths.lesson.pk}/").status_code == 403


@pytest.mark.parametrize("who", ["student", "teacher"])
def test_a_playlist_of_a_lessons_film_asks_the_database_six_times_at_most(
    maths: Class6A1, world: World, client_for: Callable[..., Client], who: str, django_assert_max_num_queries: Any
) -> None:
    shown = RenditionSet.objects.create(asset=maths.video, has_video=True, has_audio=True)
    maths.video.current = shown
    maths.video.save()
    for name in ("master.m3u8", "v240.m3u8"):
        default_storage.save(shown.prefix + name, ContentFile(b"#EXTM3U\n#EXTINF:4,\nv240.mp4\n"))
    client = client_for(getattr(world.a, who))
    for name in ("master.m3u8", "v240.m3u8"):
        address = reverse("media:play", args=[maths.video.pk, name])
        client.get(address)
        with django_assert_max_num_queries(6):
            assert client.get(address).status_code == 200
