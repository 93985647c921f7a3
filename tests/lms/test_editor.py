"""The teacher's editor: every button saves, with and without scripts, and nothing is lost on the way."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from lms.blocks import body_blocks
from lms.forms import plain_text
from lms.models import Course, CourseState, Lesson, Section
from tests.lms.made import Class6A1, make_course, make_lesson, make_video, text
from tests.world import World

pytestmark = pytest.mark.django_db
FIRST, SECOND = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


@pytest.fixture
def lesson(world: World) -> Lesson:
    return make_lesson(make_course(world, world.a), world.a, [text()], publish=False)


@pytest.fixture
def teacher(world: World, client_for: Callable[..., Client]) -> Client:
    return client_for(world.a.teacher)


def send(client: Client, lesson: Lesson, do: str, htmx: bool = False, **changes: Any) -> Any:
    data = {
        "title": "Bài 1",
        "section": "",
        "base": Lesson.objects.get(pk=lesson.pk).latest_revision_id,
        "block": [FIRST, SECOND],
        f"type-{FIRST}": "heading",
        f"text-{FIRST}": "Mở đầu",
        f"type-{SECOND}": "text",
        f"text-{SECOND}": "<p>Chào <b>em</b></p>",
        "do": do,
        **changes,
    }
    return client.post(f"/bai-hoc/{lesson.pk}/sua/", data, headers={"HX-Request": "true"} if htmx else {})


def blocks(lesson: Lesson) -> list[tuple[str, str]]:
    draft = Lesson.objects.get(pk=lesson.pk).get_latest_revision_as_object()
    return [(block.type, block.text) for block in body_blocks(draft.body)]


KEPT = [("heading", "Mở đầu"), ("text", "<p>Chào <b>em</b></p>")]


def test_saving_keeps_the_blocks_and_comes_back_to_the_page(teacher: Client, lesson: Lesson) -> None:
    assert send(teacher, lesson, "save")["Location"] == f"/bai-hoc/{lesson.pk}/sua/"
    assert blocks(lesson) == KEPT


def test_a_block_is_added_moved_and_removed_by_plain_buttons(teacher: Client, lesson: Lesson) -> None:
    assert "#block-" in send(teacher, lesson, "add:video")["Location"]
    assert blocks(lesson) == [*KEPT, ("video", "")]
    send(teacher, lesson, f"down:{FIRST}")
    assert blocks(lesson) == KEPT[::-1]
    send(teacher, lesson, f"remove:{SECOND}")
    assert blocks(lesson) == KEPT[:1]


def test_htmx_gets_the_editor_alone(teacher: Client, lesson: Lesson) -> None:
    page = send(teacher, lesson, "add:formula", htmx=True).content.decode()
    assert page.lstrip().startswith('<form id="editor"')
    assert "Công thức viết bằng LaTeX" in page


def test_publishing_says_what_is_missing_and_keeps_the_draft(teacher: Client, lesson: Lesson) -> None:
    answer = send(teacher, lesson, "publish", **{f"text-{SECOND}": "<p> </p>"})
    assert answer.status_code == 422
    assert "Hãy viết nội dung vào đây hoặc xoá khối này." in answer.content.decode()
    assert blocks(lesson)[0] == KEPT[0]
    assert not Lesson.objects.get(pk=lesson.pk).live


def test_publishing_and_taking_back(teacher: Client, lesson: Lesson) -> None:
    send(teacher, lesson, "publish")
    assert Lesson.objects.get(pk=lesson.pk).live
    send(teacher, lesson, "unpublish")
    assert not Lesson.objects.get(pk=lesson.pk).live


def test_an_older_page_is_not_saved_over_a_newer_draft_until_its_teacher_insists(
    teacher: Client, lesson: Lesson
) -> None:
    answer = send(teacher, lesson, "save", base=1_000_000, title="Của tôi")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Nguyễn Thị Toán đã lưu bài này" in page
    assert 'value="Của tôi"' in page
    assert blocks(lesson) != KEPT
    assert f'name="base" value="{Lesson.objects.get(pk=lesson.pk).latest_revision_id}"' in page


def test_a_title_is_needed_and_the_rest_stays_on_the_page(teacher: Client, lesson: Lesson) -> None:
    answer = send(teacher, lesson, "save", title="")
    assert answer.status_code == 422
    assert "Chào &lt;b&gt;em&lt;/b&gt;" in answer.content.decode()


def test_a_text_edited_without_scripts_replaces_the_formatted_one_only_if_changed(
    teacher: Client, lesson: Lesson
) -> None:
    send(teacher, lesson, "save", **{f"plain-{SECOND}": "Chào em"})
    assert blocks(lesson)[1] == KEPT[1]
    send(teacher, lesson, "save", **{f"plain-{SECOND}": "Chào em\r\n\r\n1 < 2 & đúng"})
    assert blocks(lesson)[1][1] == "<p>Chào em</p><p>1 &lt; 2 &amp; đúng</p>"


def test_plain_text_has_a_blank_line_between_paragraphs() -> None:
    assert plain_text("<p>Một &amp; hai</p><ul><li>ba</li></ul>") == "Một & hai\n\nba"


def test_a_page_refused_for_its_title_does_not_show_another_school_s_file(
    world: World, teacher: Client, lesson: Lesson
) -> None:
    strange = make_video(world.b)
    strange.title = "Bí mật trường bên"
    strange.save()
    answer = send(teacher, lesson, "save", title="", **{f"type-{FIRST}": "video", f"ref-{FIRST}": str(strange.pk)})
    assert answer.status_code == 422
    assert "Bí mật trường bên" not in answer.content.decode()


def test_scripts_in_an_unsaved_text_do_not_come_back_to_the_page(teacher: Client, lesson: Lesson) -> None:
    answer = send(teacher, lesson, "save", title="", **{f"text-{SECOND}": '<p>a</p><img src=x onerror="alert(1)">'})
    assert "onerror" not in answer.content.decode()


def test_the_preview_shows_the_draft_on_the_student_s_page(teacher: Client, lesson: Lesson) -> None:
    assert send(teacher, lesson, "preview")["Location"] == f"/bai-hoc/{lesson.pk}/xem-truoc/"
    page = teacher.get(f"/bai-hoc/{lesson.pk}/xem-truoc/").content.decode()
    assert "<h2>Mở đầu</h2>" in page
    assert "Xem trước bản nháp" in page


def test_a_course_is_made_for_a_class_the_teacher_teaches_and_no_other(world: World, teacher: Client) -> None:
    good = f"c{world.a.class1.pk}-{world.maths.pk}"
    assert teacher.post("/khoa-hoc/moi/", {"title": "Toán", "place": good}).status_code == 302
    assert Course.objects.get().school_class == world.a.class1
    for bad in (f"c{world.a.class2.pk}-{world.maths.pk}", f"c{world.b.class1.pk}-{world.maths.pk}", "s1-1", ""):
        assert teacher.post("/khoa-hoc/moi/", {"title": "Toán", "place": bad}).status_code == 422
    assert Course.objects.count() == 1


def test_sections_are_made_renamed_moved_and_removed(world: World, teacher: Client) -> None:
    course = make_course(world, world.a)
    for title in ("Một", "Hai"):
        teacher.post(f"/khoa-hoc/{course.pk}/chuong/", {"title": title})
    two = Section.objects.get(title="Hai")
    teacher.post(f"/khoa-hoc/{course.pk}/chuong/{two.pk}/", {"do": "up", "title": "Hai"})
    assert [section.title for section in course.sections.all()] == ["Hai", "Một"]
    teacher.post(f"/khoa-hoc/{course.pk}/chuong/{two.pk}/", {"do": "save", "title": "Chương hai"})
    assert Section.objects.get(pk=two.pk).title == "Chương hai"
    teacher.post(f"/khoa-hoc/{course.pk}/chuong/{two.pk}/", {"do": "delete"})
    assert [section.title for section in course.sections.all()] == ["Một"]


def test_an_archived_course_takes_no_new_lesson(world: World, teacher: Client) -> None:
    course = make_course(world, world.a)
    answer = teacher.post(f"/khoa-hoc/{course.pk}/sua/", {"title": "Toán 6", "state": CourseState.ARCHIVED})
    assert answer.status_code == 302
    assert teacher.post(f"/khoa-hoc/{course.pk}/bai-moi/", {"title": "Bài"}).status_code == 404
    assert not Lesson.objects.exists()


def test_only_the_lesson_s_teacher_reaches_its_editor(
    world: World, maths: Class6A1, client_for: Callable[..., Client]
) -> None:
    url = f"/bai-hoc/{maths.lesson.pk}/sua/"
    assert client_for(world.a.teacher).get(url).status_code == 200
    assert client_for(world.a.teacher2).get(url).status_code == 404
    assert client_for(world.b.teacher).get(url).status_code == 404
    assert client_for(world.a.principal).get(url).status_code == 403
    assert client_for(world.a.student).post(url, {"do": "publish"}).status_code == 403
