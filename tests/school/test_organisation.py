"""The tree of nodes, school years and classes."""

import datetime
import itertools

import pytest
from django.db import IntegrityError, transaction

from school.organisation.models import (
    Enrolment,
    HomeroomAssignment,
    Node,
    SchoolYear,
    SubjectPlan,
    Term,
    Week,
)
from school.organisation.services import (
    catalogues_ensure,
    class_create,
    host_label,
    node_create,
    school_create,
    year_open,
)
from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_moved_node_takes_its_branch_along(db: None) -> None:
    catalogues_ensure()
    ministry = node_create(kind="ministry", name="Bộ")
    first = node_create(kind="department", name="Sở 1", parent=ministry)
    second = node_create(kind="department", name="Sở 2", parent=ministry)
    office = node_create(kind="office", name="Cơ quan", parent=first)
    school = school_create(code="1", name="Trường THCS Một", levels=["lower_secondary"], parent=office)
    office.parent = second
    office.save()
    school.node.refresh_from_db()
    assert school.node.path == f"{ministry.pk}/{second.pk}/{office.pk}/{school.node.pk}/"
    assert set(second.descendants()) == {office, school.node}
    assert list(first.descendants()) == []


def test_nodes_under_no_path_are_none(world: World) -> None:
    assert list(Node.objects.under(set())) == []
    assert world.a.school.node in Node.objects.under({world.office.path})


def test_a_year_opens_with_two_terms_35_weeks_and_the_frame_plan(db: None) -> None:
    catalogues_ensure()
    year = year_open(2026)
    assert [term.number for term in year.terms.all()] == [1, 2]
    assert Week.objects.filter(term__year=year).count() == 35
    assert all(week.starts.weekday() == 0 for week in Week.objects.all())
    plan = SubjectPlan.objects.get(year=year, level="lower_secondary", grade=6, subject__code="TOAN")
    assert plan.periods == 140
    assert year_open(2026) == year
    assert SchoolYear.objects.count() == 1


def test_weeks_do_not_overlap(db: None) -> None:
    catalogues_ensure()
    year = year_open(2026)
    weeks = list(Week.objects.filter(term__year=year).order_by("number"))
    assert all(before.ends < after.starts for before, after in itertools.pairwise(weeks))


def test_the_current_term_between_two_is_the_last_that_began(db: None) -> None:
    catalogues_ensure()
    year_open(2025)
    year_open(2026)
    assert Term.objects.current(datetime.date(2026, 7, 1)).number == 2
    assert Term.objects.current(datetime.date(2020, 7, 1)).year.name == "2025-2026"
    assert SchoolYear.objects.current(datetime.date(2026, 10, 1)).name == "2026-2027"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Trường THCS Ngọc Lâm", "thcs-ngoc-lam"),
        ("Trường Tiểu học Ái Mộ A", "th-ai-mo-a"),
        ("Trường Trung học phổ thông Nguyễn Gia Thiều", "thpt-nguyen-gia-thieu"),
        ("Trường Đại học Đông Đô", "dh-dong-do"),
        ("!!!", "truong"),
    ],
)
def test_a_school_gets_a_readable_host_label(name: str, label: str) -> None:
    assert host_label(name) == label


def test_two_schools_of_one_name_get_two_labels(world: World) -> None:
    twin = school_create(code="0900", name=world.a.school.name, levels=["lower_secondary"], parent=world.office)
    assert twin.slug == "thcs-ngoc-lam-0900"


def test_a_class_of_a_grade_the_school_does_not_teach_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="teaches no grade 12"):
        class_create(school=world.a.school, year=world.year, name="12A1", grade=12)


def test_a_class_has_one_homeroom_teacher_at_a_time(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        HomeroomAssignment.objects.create(
            teacher=world.a.teacher, school_class=world.a.class1, school=world.a.school, starts=world.year.starts
        )


def test_nothing_ends_before_it_starts(world: World) -> None:
    row = Enrolment.objects.get(student=world.a.student)
    row.ends = row.starts - datetime.timedelta(days=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
