"""Transfers, leaving, coming back: who sees what on the day before and on the day after."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from gradebook.models import Mark
from gradebook.services import Change, marks_save, sheet_open, sheet_publish
from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Membership, School, TeachingAssignment
from school.organisation.services import (
    moves_undo,
    staff_transfer,
    students_leave,
    students_place,
    students_return,
    students_transfer,
)
from school.policy import Actor, can, visible
from school.roster.selectors import students_of

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def again(user: User) -> User:
    """The person as the next request knows them: nothing kept from the day before."""
    return User.objects.get(pk=user.pk)


@pytest.fixture
def moved(world, on_day):
    """The pupil An, with a mark at school A, goes to school B tomorrow; gives the first day there."""
    sheet = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    column = sheet.columns.first()
    marks_save(sheet=sheet, changes=[Change(world.a.student.pk, column.pk, "8", 0)], by=world.a.teacher)
    first = today() + DAY
    students_transfer(students=[world.a.student], school_class=world.b.class1, starts=first)
    return first


def test_on_the_day_before_the_old_school_has_the_pupil(world, moved):
    assert can(world.a.school_admin, "manage", world.a.student)
    assert not can(world.b.school_admin, "look", world.a.student)
    assert world.a.student in students_of([world.a.class1])
    assert world.a.student not in students_of([world.b.class1])
    assert Actor.of(again(world.a.student)).schools() == {world.a.school.pk}
    assert Actor.of(again(world.a.father)).schools() == {world.a.school.pk}


def test_on_the_day_after_the_new_school_has_the_pupil_and_the_parents(world, moved, on_day):
    on_day(moved)
    for one in (world.a.student, world.a.father):
        assert can(again(world.b.school_admin), "manage", one)
        assert not can(again(world.a.school_admin), "manage", one)
        assert not can(again(world.a.school_admin), "people", one)
    assert Actor.of(again(world.a.student)).schools() == {world.b.school.pk}
    assert Actor.of(again(world.a.father)).schools() == {world.b.school.pk}
    assert world.a.student in students_of([world.b.class1])
    assert world.a.student not in students_of([world.a.class1])


def test_the_old_school_keeps_its_history_and_sees_nothing_new(world, moved, on_day, client_for):
    on_day(moved)
    User.objects.filter(pk=world.a.student.pk).update(phone="+84987654321", address="Nhà mới")
    page = client_for(again(world.a.principal)).get(reverse("people:person", args=[world.a.student.pk]))
    rows = page.context["page"].enrolments
    assert [(row.school, row.get_status_display()) for row in rows] == [(world.a.school, "Đã chuyển trường")]
    text = page.content.decode()
    assert "0987 654 321" not in text
    assert "Nhà mới" not in text
    assert world.b.school.name not in text


def test_the_new_school_sees_only_its_own(world, moved, on_day, client_for):
    on_day(moved)
    page = client_for(again(world.b.principal)).get(reverse("people:person", args=[world.a.student.pk]))
    assert [row.school for row in page.context["page"].enrolments] == [world.b.school]
    assert world.a.school.name not in page.content.decode()


def test_marks_of_the_old_school_stay_with_it_and_are_not_the_new_ones(world, moved, on_day):
    on_day(moved)
    mark = Mark.objects.get(student=world.a.student)
    assert mark.value == Decimal(8)
    assert can(again(world.a.teacher), "view", mark.column.sheet)
    assert mark not in visible(again(world.b.principal), Mark)
    assert mark in visible(again(world.a.principal), Mark)


def test_the_family_still_reads_the_published_marks_of_the_old_school(world, on_day, client_for):
    sheet = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    marks_save(sheet=sheet, changes=[Change(world.a.student.pk, sheet.columns.first().pk, "8", 0)], by=world.a.teacher)
    sheet_publish(sheet=sheet, by=world.a.teacher)
    students_transfer(students=[world.a.student], school_class=world.b.class1, starts=today() + DAY)
    on_day(today() + DAY)
    for one in (world.a.student, world.a.father):
        assert visible(again(one), Mark).filter(student=world.a.student).exists()


def test_the_old_class_and_the_new_teacher_meet_at_the_border(world, moved, on_day):
    teacher = world.b.teacher
    assert world.a.student not in visible(again(teacher), User)
    on_day(moved)
    assert world.a.student in visible(again(teacher), User)


def test_leaving_and_coming_back_are_dated(world, on_day):
    start = today()
    students_leave(students=[world.a.student], school=world.a.school, last=start, status="left")
    assert world.a.student in students_of([world.a.class1]) or Enrolment.objects.current().filter(
        student=world.a.student
    )
    on_day(start + DAY)
    assert Actor.of(again(world.a.student)).roles == frozenset()
    assert can(again(world.a.school_admin), "look", world.a.student)
    on_day(start + 10 * DAY)
    students_return(students=[world.a.student], school_class=world.a.class2, starts=start + 10 * DAY)
    rows = (
        Enrolment.objects.filter(student=world.a.student)
        .order_by("starts")
        .values_list("school_class", "starts", "ends")
    )
    assert list(rows) == [
        (world.a.class1.pk, world.year.starts, start),
        (world.a.class2.pk, start + 10 * DAY, None),
    ]


def test_who_leaves_later_is_in_the_class_until_then(world):
    students_leave(students=[world.a.student], school=world.a.school, last=today() + 5 * DAY, status="transferred")
    assert world.a.student in students_of([world.a.class1])


def test_nobody_returns_who_is_at_a_school(world):
    with pytest.raises(ValidationError, match=str(world.a.school)):
        students_return(students=[world.a.student], school_class=world.b.class1, starts=today())


def test_a_move_between_classes_leaves_no_day_without_and_no_day_with_two(world):
    students_place(students=[world.a.student], school_class=world.a.class2, starts=today() + DAY)
    for day, school_class in ((today(), world.a.class1), (today() + DAY, world.a.class2)):
        (row,) = Enrolment.objects.current(day).filter(student=world.a.student)
        assert row.school_class == school_class


def test_a_correction_on_the_same_day_forgets_the_class_that_never_held(world):
    students_place(students=[world.a.student], school_class=world.a.class2, starts=today())
    moved = students_place(students=[world.a.student], school_class=world.a.class1, starts=today())
    (row,) = Enrolment.objects.current().filter(student=world.a.student)
    assert row.school_class == world.a.class1
    moves_undo(moved=moved)
    (row,) = Enrolment.objects.current().filter(student=world.a.student)
    assert row.school_class == world.a.class2


def test_a_teacher_at_two_schools_keeps_the_second_when_the_first_ends(world, on_day):
    teacher = world.a.teacher
    Membership.objects.create(user=teacher, role="teacher", node=world.b.school.node)
    TeachingAssignment.objects.create(
        teacher=teacher, school_class=world.b.class1, subject=world.maths, school=world.b.school
    )
    assert Actor.of(again(teacher)).schools() == {world.a.school.pk, world.b.school.pk}
    third = School.objects.get(pk=world.b.school.pk)
    staff_transfer(people=[teacher], old=world.a.school, new=third, role="teacher", starts=today() + DAY)
    assert Actor.of(again(teacher)).schools() == {world.a.school.pk, world.b.school.pk}
    on_day(today() + DAY)
    assert Actor.of(again(teacher)).schools() == {world.b.school.pk}
    assert Membership.objects.current().filter(user=teacher, node=world.b.school.node_id).count() == 1


def test_a_transferred_teacher_loses_the_old_sheets_on_the_day_and_not_before(world, on_day):
    sheet = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    staff_transfer(
        people=[world.a.teacher], old=world.a.school, new=world.b.school, role="teacher", starts=today() + DAY
    )
    assert can(again(world.a.teacher), "edit", sheet)
    on_day(today() + DAY)
    assert not can(again(world.a.teacher), "edit", sheet)
    assert not can(again(world.a.school_admin), "manage", world.a.teacher)
    assert can(again(world.b.school_admin), "manage", world.a.teacher)


def test_an_ended_guardian_sees_the_child_no_more(world, on_day):
    Guardianship.objects.filter(guardian=world.a.father).update(ends=today())
    assert world.a.student.pk in Actor.of(again(world.a.father)).children
    on_day(today() + DAY)
    assert world.a.student.pk not in Actor.of(again(world.a.father)).children
    client = Client()
    client.force_login(again(world.a.father), backend="school.identity.backends.CodePhoneEmailBackend")
    assert client.get(f"/so-lien-lac/con/{world.a.student.pk}/").status_code in {403, 404}
