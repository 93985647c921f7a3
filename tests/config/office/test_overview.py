"""The office counts exactly, over its own schools, with as many queries for two schools as for two hundred."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

import pandas as pd
from django.test import Client
from django.utils import timezone

from config.office.selectors import activity, overview, shown, week_begin
from gradebook.models import Mark
from gradebook.services.sheets import sheet_open
from library.models import Loan
from library.services import loan_open
from school.organisation.models import Enrolment
from school.organisation.services import node_create, school_create
from tests.library.books import book
from tests.world import World

SignIn = Callable[..., Client]


def marks(world: World, number: int) -> list[Mark]:
    sheet = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    columns = list(sheet.columns.all())[:number]
    return [
        Mark.objects.create(column=column, student=world.a.student, value=Decimal("8.0"), by=world.a.teacher)
        for column in columns
    ]


def test_people_are_counted_once_a_school_and_role(world: World) -> None:
    figures = overview(world.office_admin)
    (a,) = [row for row in figures.rows if row.school == world.a.school]
    assert (a.students, a.teachers, a.parents, a.staff) == (3, 3, 2, 7)
    assert (figures.students, figures.teachers, figures.parents) == (6, 6, 4)
    assert [count for _label, count in figures.people] == [6, 4, 6, 2, 2, 2, 2]


def test_loans_and_marks_of_this_week_count_and_older_ones_do_not(world: World) -> None:
    new, old = book(world.a, copies=2).items.all()
    loan_open(item=new, borrower=world.a.student, by=world.a.librarian)
    loan_open(item=old, borrower=world.a.student2, by=world.a.librarian)
    before = week_begin() - datetime.timedelta(seconds=1)
    Loan.objects.filter(item=old).update(lent_at=before)
    first, second = marks(world, 2)
    Mark.objects.filter(pk=second.pk).update(at=before)
    Mark.objects.filter(pk=first.pk).update(at=week_begin())
    figures = overview(world.office_admin)
    (a,) = [row for row in figures.rows if row.school == world.a.school]
    assert (a.loans, a.marks) == (1, 1)
    assert (figures.loans, figures.marks) == (1, 1)


def test_each_day_of_two_weeks_has_its_marks_and_loans(world: World, django_assert_max_num_queries: Any) -> None:
    item = book(world.a, copies=1).items.get()
    loan_open(item=item, borrower=world.a.student, by=world.a.librarian)
    _today, older, oldest = marks(world, 3)
    Mark.objects.filter(pk=older.pk).update(at=timezone.now() - datetime.timedelta(days=3))
    Mark.objects.filter(pk=oldest.pk).update(at=timezone.now() - datetime.timedelta(days=20))
    with django_assert_max_num_queries(2):
        days = activity([world.a.school.pk])
    assert [(one.marks, one.loans) for one in days] == [(0, 0)] * 10 + [(1, 0)] + [(0, 0)] * 2 + [(1, 1)]
    assert days[-1].day == timezone.localdate()
    assert sum(one.marks for one in activity([world.b.school.pk])) == 0


def test_a_pupil_who_left_is_not_counted(world: World) -> None:
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    Enrolment.objects.filter(student=world.a.student).update(starts=yesterday, ends=yesterday)
    (a,) = [row for row in overview(world.office_admin).rows if row.school == world.a.school]
    assert (a.students, a.parents) == (2, 1)


def test_a_school_of_another_office_is_not_shown(world: World) -> None:
    other = node_create(kind="office", name="Văn phòng khác", code="KHAC")
    strange = school_create(code="09999999", name="Trường lạ", levels=["primary"], parent=other)
    assert strange not in [row.school for row in overview(world.office_admin).rows]


def test_the_number_of_queries_does_not_grow_with_the_schools(world: World, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        school_create(code=f"0888{number:04}", name=f"Trường {number}", levels=["primary"], parent=world.office)
    with django_assert_max_num_queries(18):
        assert len(overview(world.office_admin).rows) == 22


def test_the_week_begins_on_monday_at_midnight_of_local_time() -> None:
    sunday_evening = datetime.datetime(2026, 11, 29, 16, 59, tzinfo=datetime.UTC)  # 23:59 in Hanoi
    monday = datetime.datetime(2026, 11, 29, 17, 1, tzinfo=datetime.UTC)
    assert week_begin(sunday_evening).isoformat() == "2026-11-23T00:00:00+07:00"
    assert week_begin(monday).isoformat() == "2026-11-30T00:00:00+07:00"


def test_the_table_is_searched_without_marks_filtered_and_sorted(world: World) -> None:
    marks(world, 1)
    rows = overview(world.office_admin).rows
    assert [row.school for row in shown(rows, text="ngoc lam")] == [world.a.school, world.b.school]  # name and ward
    assert [row.school for row in shown(rows, text="bo de")] == [world.b.school]
    assert [row.school for row in shown(rows, level="primary")] == [world.b.school]
    assert [row.marks for row in shown(rows, sort="-diem")] == [1, 0]
    assert [row.marks for row in shown(rows, sort="diem")] == [0, 1]


def test_the_page_and_the_workbook_agree(world: World, client_for: SignIn) -> None:
    client = client_for(world.office_admin)
    assert world.a.school.name in client.get("/van-phong/", {"q": "thcs ngoc"}).content.decode()
    table = pd.read_excel(BytesIO(client.get("/van-phong/xuat/", {"xep": "ten"}).content), header=2, engine="calamine")
    assert list(table.iloc[:, 1]) == [row.school.name for row in overview(world.office_admin).rows]
    assert list(table.iloc[:, 4]) == [3, 3]
    assert client.get("/van-phong/", {"xep": "x", "cap": "y"}).status_code == 200


def test_only_the_office_sees_the_overview(world: World, client_for: SignIn) -> None:
    for person in (world.a.principal, world.a.teacher, world.a.student, world.a.father):
        assert client_for(person).get("/van-phong/").status_code == 403
        assert client_for(person).get("/van-phong/xuat/").status_code == 403
