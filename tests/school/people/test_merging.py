"""Two accounts of one person become one: no relation is forgotten, no mark is lost."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.db import models
from django.urls import reverse

from gradebook.models import Mark, MarkLog, MarkSheet, Remark, TermResult
from gradebook.services import Change, marks_save, sheet_open
from gradebook.services.log import log_verify
from library.models import Loan
from lms.models import Course
from school.audit.models import Entry
from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Membership, TeachingAssignment
from school.people.doubles import find
from school.people.models import Merge
from school.people.processing import merging
from school.people.services import merge_do
from school.roster.models import SourcedId
from tests.library.books import book

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def double(world) -> User:
    """The pupil An a second time, as a list with another code brings a person in again."""
    user = User.objects.create_user(
        code="a-hs1-2", full_name="Dang Minh An", birth_date=world.a.student.birth_date, phone="+84988000111"
    )
    Enrolment.objects.create(
        student=user, school_class=world.a.class1, school=world.a.school, starts=world.year.starts + DAY
    )
    return user


def merge(world, kept, closed, by=None, **chosen) -> Merge:
    return merge_do(kept=kept, closed=closed, chosen=chosen, by=by or world.office_admin)


def test_every_relation_to_a_person_in_every_app_has_a_rule() -> None:
    assert merging.undeclared() == [], "say in the app's AppConfig.merges what becomes of these rows"
    known = {label for label, _model, _name in merging.fields_to_people()}
    assert set(merging.rules()) - known == set(), "rules for fields that are no more"
    assert len(known) > 50


def test_a_model_that_nobody_speaks_for_stops_every_merge(world, double, monkeypatch) -> None:
    rules = {label: rule for label, rule in merging.rules().items() if label != "library.Loan.borrower"}
    monkeypatch.setattr(merging, "rules", lambda: rules)
    assert merging.undeclared() == ["library.Loan.borrower"]
    with pytest.raises(ImproperlyConfigured, match=r"library\.Loan\.borrower"):
        merge(world, world.a.student, double)
    assert User.objects.get(pk=double.pk).is_active


def test_a_rule_of_every_relation_fits_its_constraints() -> None:
    """Only rules that know what to do with two rows of one kind stand where a constraint allows one."""
    for relation in merging.relations():
        kind = relation.rule.partition(":")[0]
        assert kind in {"move", "join", "refuse", "stay", "drop"}, relation.label
        if kind == "join":
            assert {"starts", "ends"} <= {field.name for field in relation.model._meta.fields}, relation.label
        if kind == "refuse":
            for name in relation.rule.removeprefix("refuse:").split(","):
                assert isinstance(relation.model._meta.get_field(name), models.Field)


def test_everything_that_moves_belongs_to_the_kept_account_afterwards(world, double) -> None:
    sheet = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    columns = list(sheet.columns.all())
    marks_save(sheet=sheet, changes=[Change(world.a.student.pk, columns[0].pk, "8", 0)], by=world.a.teacher)
    marks_save(sheet=sheet, changes=[Change(double.pk, columns[1].pk, "6", 0)], by=world.a.teacher)
    Remark.objects.create(student=double, school_class=world.a.class1, author=world.a.homeroom, text="Chăm chỉ")
    item = book(world.a).items.first()
    loan = Loan.objects.create(
        item=item, school=world.a.school, borrower=double, lent_by=world.a.librarian, due=today()
    )
    Guardianship.objects.create(guardian=world.a.mother_of_student2, student=double, relation="mother", is_primary=True)
    done = merge(world, world.a.student, double)
    assert set(done.left) == {"gradebook.TermResult.student"}
    assert {mark.value for mark in Mark.objects.filter(student=world.a.student)} == {Decimal(8), Decimal(6)}
    assert Remark.objects.get().student == world.a.student
    loan.refresh_from_db()
    assert loan.borrower == world.a.student
    assert Guardianship.objects.filter(student=world.a.student).count() == 2
    assert Guardianship.objects.get(student=world.a.student, is_primary=True).guardian == world.a.father
    for relation in merging.relations():
        if relation.rule in {"move", "join", "drop"} and relation.label not in done.left:
            assert not relation.model._base_manager.filter(**{relation.name: double}).exists(), relation.label


def test_the_result_is_worked_out_from_the_marks_of_both(world, double) -> None:
    sheet = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    columns = list(sheet.columns.all())
    marks_save(sheet=sheet, changes=[Change(world.a.student.pk, columns[0].pk, "8", 0)], by=world.a.teacher)
    marks_save(sheet=sheet, changes=[Change(double.pk, columns[1].pk, "6", 0)], by=world.a.teacher)
    before = TermResult.objects.get(sheet=sheet, student=world.a.student).missing
    merge(world, world.a.student, double)
    assert TermResult.objects.get(sheet=sheet, student=world.a.student).missing == before - 1


def test_the_log_of_marks_is_not_rewritten_and_its_chain_holds(world, double) -> None:
    sheet = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    marks_save(sheet=sheet, changes=[Change(double.pk, sheet.columns.first().pk, "6", 0)], by=world.a.teacher)
    assert list(log_verify(MarkSheet.objects.get())) == []
    old = MarkLog.objects.get()
    merge(world, world.a.student, double)
    rows = list(MarkLog.objects.order_by("position"))
    assert (rows[0].hash, rows[0].student) == (old.hash, double)
    assert {(row.student, row.old, row.new) for row in rows[1:]} == {(double, "6", ""), (world.a.student, "", "6")}
    assert all("a-hs1-2" in row.reason for row in rows[1:])
    assert list(log_verify(MarkSheet.objects.get())) == []


def test_two_different_marks_in_one_cell_stop_the_merge_and_nothing_moves(world, double) -> None:
    sheet = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    columns = list(sheet.columns.all())
    for student, mark in ((world.a.student, "8"), (double, "6")):
        marks_save(sheet=sheet, changes=[Change(student.pk, columns[0].pk, mark, 0)], by=world.a.teacher)
    marks_save(sheet=sheet, changes=[Change(double.pk, columns[1].pk, "9", 0)], by=world.a.teacher)
    with pytest.raises(ValidationError, match="8"):
        merge(world, world.a.student, double)
    assert Mark.objects.filter(student=double).count() == 2
    assert User.objects.get(pk=double.pk).is_active
    assert not Merge.objects.exists()


def test_the_same_mark_twice_is_one_and_an_empty_cell_gives_way(world, double) -> None:
    sheet = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    columns = list(sheet.columns.all())
    for student in (world.a.student, double):
        marks_save(sheet=sheet, changes=[Change(student.pk, columns[0].pk, "8", 0)], by=world.a.teacher)
    Mark.objects.create(column=columns[1], student=world.a.student, value=None, by=world.a.teacher)
    marks_save(sheet=sheet, changes=[Change(double.pk, columns[1].pk, "9", 0)], by=world.a.teacher)
    done = merge(world, world.a.student, double)
    kept = dict(Mark.objects.filter(student=world.a.student).values_list("column", "value"))
    assert kept == {columns[0].pk: Decimal(8), columns[1].pk: Decimal(9)}
    assert Mark.objects.count() == 4, "what stays with the closed account is a record, not deleted"
    assert len(done.left["gradebook.Mark.student"]) == 2
    assert list(log_verify(MarkSheet.objects.get())) == []


def test_two_enrolments_in_one_class_become_one_from_the_earlier_day(world, double) -> None:
    merge(world, double, world.a.student)
    (row,) = Enrolment.objects.filter(student=double)
    assert (row.starts, row.ends) == (world.year.starts, None)


def test_two_accounts_of_a_teacher_keep_the_classes_posts_and_courses_of_both(world) -> None:
    twin = User.objects.create_user(code="a-gv1-2", full_name="Nguyễn Thị Toán")
    Membership.objects.create(user=twin, role="teacher", node=world.a.school.node)
    TeachingAssignment.objects.create(
        teacher=twin, school_class=world.a.class2, subject=world.maths, school=world.a.school
    )
    course = Course.objects.create(
        title="Toán 6", school_class=world.a.class2, subject=world.maths, school=world.a.school
    )
    course.teachers.add(twin, world.a.teacher)
    merge(world, world.a.teacher, twin)
    assert TeachingAssignment.objects.current().filter(teacher=world.a.teacher).count() == 2
    assert Membership.objects.current().filter(user=world.a.teacher).count() == 1
    assert list(course.teachers.filter(is_active=True)) == [world.a.teacher]


def test_two_accounts_of_a_father_keep_every_child(world) -> None:
    twin = User.objects.create_user(code="a-ph1-2", full_name="Đặng Văn Cha", phone=world.a.father.phone)
    Guardianship.objects.create(
        guardian=twin, student=world.a.student, relation="father", starts=world.year.starts - DAY
    )
    Guardianship.objects.create(guardian=twin, student=world.a.outsider, relation="father")
    merge(world, world.a.father, twin)
    rows = Guardianship.objects.current().filter(guardian=world.a.father)
    assert {row.student for row in rows} == {world.a.student, world.a.outsider}
    assert rows.get(student=world.a.student).starts == world.year.starts - DAY


def test_a_parent_and_the_child_are_never_one(world) -> None:
    with pytest.raises(ValidationError):
        merge(world, world.a.student, world.a.father)


def test_chosen_facts_are_taken_unique_numbers_included_and_both_accounts_are_recorded(world, double) -> None:
    number = world.a.student.ministry_code
    done = merge(world, double, world.a.student, full_name="closed", ministry_code="closed")
    double.refresh_from_db()
    assert (double.full_name, double.ministry_code, double.phone) == ("Đặng Minh An", number, "+84988000111")
    closed = User.objects.get(pk=world.a.student.pk)
    assert (closed.is_active, closed.ministry_code) == (False, None)
    assert done.before["closed"]["ministry_code"] == number
    assert done.moved["organisation.Guardianship.student"]
    entry = Entry.objects.filter(action="accounts_merged").latest("pk")
    assert (entry.actor_id, entry.subject_id, entry.detail["closed"]) == (world.office_admin.pk, double.pk, "a-hs1")


def test_the_closed_account_leads_to_the_kept_one(world, double, client_for) -> None:
    merge(world, world.a.student, double)
    answer = client_for(world.a.school_admin).get(reverse("people:person", args=[double.pk]))
    assert answer.headers["Location"] == reverse("people:person", args=[world.a.student.pk])
    assert client_for(world.b.school_admin).get(reverse("people:person", args=[double.pk])).status_code == 404


def test_ids_of_other_systems_name_the_kept_account_afterwards(world, double) -> None:
    for file, one, number in (
        ("users", double, "X1"),
        ("demographics", double, "X1"),
        ("demographics", world.a.student, "Y"),
    ):
        SourcedId.objects.create(file=file, sourced_id=number, key=f"user:{one.pk}")
    merge(world, world.a.student, double)
    assert SourcedId.objects.get(file="users").key == f"user:{world.a.student.pk}"
    assert SourcedId.objects.get(file="demographics", sourced_id="Y").key == f"user:{world.a.student.pk}"


def test_an_account_is_merged_once(world, double) -> None:
    merge(world, world.a.student, double)
    with pytest.raises((PermissionDenied, ValidationError)):
        merge(world, world.a.outsider, double)
    third = User.objects.create_user(code="third", full_name="Đặng Minh An")
    Enrolment.objects.create(student=third, school_class=world.a.class2, school=world.a.school)
    with pytest.raises((PermissionDenied, ValidationError)):
        merge(world, double, third)


def test_a_school_administrator_merges_pupils_and_parents_of_the_own_school_alone(world, double) -> None:
    staff = User.objects.create_user(code="twin", full_name="Nguyễn Thị Toán")
    Membership.objects.create(user=staff, role="teacher", node=world.a.school.node)
    for kept, closed in ((world.a.teacher, staff), (world.a.student, world.b.student), (world.a.principal, double)):
        with pytest.raises(PermissionDenied):
            merge(world, kept, closed, by=world.a.school_admin)
    assert merge(world, world.a.student, double, by=world.a.school_admin).pk


def test_nobody_merges_their_own_account(world, double) -> None:
    with pytest.raises(PermissionDenied):
        merge(world, world.office_admin, double)


def test_the_page_shows_both_what_moves_and_asks_who_is_there(world, double, client_for) -> None:
    client = client_for(world.a.school_admin)
    listed = client.get(reverse("people:doubles"))
    assert [{first, second} for first, second, _why in listed.context["pairs"]] == [{world.a.student, double}]
    url = reverse("people:pair", args=[world.a.student.pk, double.pk])
    page = client.get(url)
    assert page.context["plan"].problems == []
    facts = {fact.name: fact for fact in page.context["facts"]}
    assert facts["phone"].take_closed, "what the kept account does not say is proposed from the other"
    assert client.post(url, {"keep": world.a.student.pk}).status_code == 200, "without the yes nothing happens"
    assert User.objects.get(pk=double.pk).is_active
    client.post(url, {"keep": world.a.student.pk, "yes": "1", "from_phone": "closed"})
    assert Merge.objects.get().kept == world.a.student
    assert User.objects.get(pk=world.a.student.pk).phone == "+84988000111"
    assert client.get(reverse("people:doubles")).context["pairs"] == []


BORN = datetime.date(2015, 3, 1)
OTHER = datetime.date(2015, 3, 2)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("rows", "pairs"),
    [
        ([(1, "Đặng Minh An", BORN, ""), (2, "dang minh an", BORN, "")], [(1, 2)]),
        ([(1, "Đặng Minh An", BORN, ""), (2, "Đặng Minh An", OTHER, "")], []),
        ([(1, "Đặng Minh An", None, "+84"), (2, "Đặng Minh An", None, "+84")], [(1, 2)]),
        ([(1, "Đặng Văn Cha", None, "+84"), (2, "Mai Thị Mẹ", None, "+84")], []),
        ([(1, "Đặng Minh An", BORN, "+84"), (2, "Đặng Minh An", OTHER, "+84")], []),
        ([(1, "Đặng Minh An", BORN, "+84"), (2, "Đặng Minh An", None, "+84")], [(1, 2)]),
        ([(1, "Đặng Minh An", BORN, "+84"), (2, "Đặng Minh An", BORN, "+84")], [(1, 2)]),
        ([(1, "Đặng Minh An", None, ""), (2, "Đặng Minh An", None, "")], []),
    ],
)
def test_doubles_are_told_from_namesakes_and_from_families(rows, pairs) -> None:
    assert [(one.first, one.second) for one in find(rows)] == pairs
