"""Who reads and writes marks: by role, by relation, by date."""

import datetime

import pytest
from django.urls import reverse

from gradebook.models import AbsenceSession, Mark, MarkSheet, TermResult
from gradebook.services import absence_record, sheet_publish
from school.dated import today
from school.policy import can, visible

FULL = ("8", "7,5", "9", "8", "7", "8,5")


@pytest.fixture
def filled(world, sheet, fill) -> MarkSheet:
    """Maths of 6A1 with both pupils' rows filled, not published."""
    fill(sheet, world.a.student, *FULL)
    fill(sheet, world.a.student2, *FULL)
    return sheet


@pytest.mark.parametrize(
    ("who", "view", "edit", "lock"),
    [
        ("teacher", True, True, False),
        ("homeroom", True, False, False),
        ("principal", True, False, True),
        ("vice", True, False, False),
        ("teacher2", False, False, False),
        ("school_admin", False, False, False),
        ("librarian", False, False, False),
        ("student", False, False, False),
        ("father", False, False, False),
    ],
)
def test_a_sheet_is_read_written_and_locked_only_by_the_table_of_rights(world, filled, who, view, edit, lock) -> None:
    person = getattr(world.a, who)
    assert [can(person, action, filled) for action in ("view", "edit", "lock")] == [view, edit, lock]
    stranger = getattr(world.b, who)
    assert not any(can(stranger, action, filled) for action in ("view", "edit", "lock"))


def test_an_office_reads_no_pupils_marks(world, filled) -> None:
    sheet_publish(sheet=filled, by=world.a.teacher)
    for model in (MarkSheet, Mark, TermResult, AbsenceSession):
        assert not visible(world.office_admin, model).exists()


def test_a_pupil_and_the_parents_see_only_what_is_published_and_their_own(world, filled) -> None:
    for person in (world.a.student, world.a.father):
        assert not visible(person, Mark).exists()
    sheet_publish(sheet=filled, by=world.a.teacher)
    for person in (world.a.student, world.a.father):
        assert {mark.student_id for mark in visible(person, Mark)} == {world.a.student.pk}
        assert {result.student_id for result in visible(person, TermResult)} == {world.a.student.pk}
    for person in (world.a.outsider, world.b.father, world.a.librarian, world.a.school_admin):
        assert not visible(person, Mark).exists()


def test_a_teacher_whose_assignment_has_ended_writes_no_longer(world, filled) -> None:
    assert can(world.a.teacher, "edit", filled)
    world.a.teacher.teaching.update(
        starts=today() - datetime.timedelta(days=9), ends=today() - datetime.timedelta(days=1)
    )
    world.a.teacher._actor = None
    assert not can(world.a.teacher, "edit", filled)


def test_a_guardian_whose_time_has_ended_reads_no_longer(world, filled) -> None:
    sheet_publish(sheet=filled, by=world.a.teacher)
    world.a.father.guardianships.update(
        starts=today() - datetime.timedelta(days=9), ends=today() - datetime.timedelta(days=1)
    )
    world.a.father._actor = None
    assert not visible(world.a.father, Mark).exists()


def test_absences_are_read_by_the_class_teachers_and_the_family_alone(world) -> None:
    absence_record(student=world.a.student, school_class=world.a.class1, date=today(), session="S", by=world.a.homeroom)
    readers = {
        name
        for name in (
            "principal", "vice", "school_admin", "librarian", "teacher", "teacher2", "homeroom", "student",
            "student2", "outsider", "father", "mother_of_student2",
        )
        if visible(getattr(world.a, name), AbsenceSession).exists()
    }  # fmt: skip
    assert readers == {"principal", "vice", "teacher", "teacher2", "homeroom", "student", "father"}


def test_the_report_page_is_404_for_another_familys_child_and_403_for_staff(world, client_for) -> None:
    url = reverse("gradebook:report-of", args=[world.a.student.pk])
    statuses = {
        name: client_for(getattr(world.a, name)).get(url).status_code
        for name in ("student", "father", "student2", "mother_of_student2", "teacher", "librarian")
    }
    assert statuses == {
        "student": 200,
        "father": 200,
        "student2": 404,
        "mother_of_student2": 404,
        "teacher": 403,
        "librarian": 403,
    }


def test_a_report_never_names_another_pupil_nor_a_rank(world, filled, client_for) -> None:
    sheet_publish(sheet=filled, by=world.a.teacher)
    page = client_for(world.a.father).get(reverse("gradebook:report-of", args=[world.a.student.pk])).content.decode()
    assert world.a.student.full_name in page
    assert world.a.student2.full_name not in page
    assert "hạng" not in page


def test_posting_to_a_sheet_one_only_reads_changes_nothing(world, filled, client_for) -> None:
    url = reverse("gradebook:sheet", args=[filled.pk])
    column = filled.columns.first()
    cell = f"m-{world.a.student.pk}-{column.pk}"
    for name in ("homeroom", "principal", "vice"):
        client = client_for(getattr(world.a, name))
        assert client.get(url).status_code == 200
        assert client.post(url, {cell: "1"}).status_code == 404
        save = client.post(reverse("gradebook:sheet-save", args=[filled.pk]), "{}", content_type="application/json")
        assert save.status_code in (403, 404)
    assert Mark.objects.get(column=column, student=world.a.student).value == 8
