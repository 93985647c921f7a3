"""A list is no way around the table of who gives which post, nor around another school."""

import datetime

import pytest
from django.db.models import Q

from school.identity.models import User
from school.organisation.models import Membership
from school.policy import Actor
from school.roster.services import roster_import
from school.roster.writing.known import _people
from school.row_security import fenced
from tests.school.roster.files import xlsx

pytestmark = pytest.mark.django_db
HEAD = ["Mã cán bộ", "Họ và tên", "Ngày sinh", "Giới tính", "Chức vụ"]


def send(world, *rows, by):
    content = xlsx([[code, name, datetime.date(1990, 1, 2), "Nữ", post] for code, name, post in rows], head=HEAD)
    return roster_import(
        school=world.a.school, kind="staff", content=content, by=User.objects.get(pk=by.pk), accept_valid=True
    )


def posts(code: str) -> set[str]:
    return set(Membership.objects.current().filter(user__code=code).values_list("role", flat=True))


@pytest.mark.parametrize(
    "post", ["Hiệu trưởng", "Phó hiệu trưởng", "Nhân viên CNTT", "Giáo viên, kiêm Phó hiệu trưởng"]
)
def test_a_schools_administrator_makes_no_head_by_a_list(world, post):
    outcome = send(
        world, ("GV900001", "Trần Thị Mới", post), ("GV900002", "Lê Thị Dạy", "Giáo viên"), by=world.a.school_admin
    )
    assert [(fault.column, fault.value) for fault in outcome.faults] == [("Chức vụ", post)]
    assert posts("GV900001") == set()
    assert posts("GV900002") == {"teacher"}


def test_the_office_makes_heads_by_a_list(world):
    assert send(world, ("GV900001", "Trần Thị Mới", "Phó hiệu trưởng"), by=world.office_admin).faults == []
    assert posts("GV900001") == {"vice_principal"}


def test_a_head_who_is_one_stays_one_and_is_not_dismissed_by_a_list(world):
    User.objects.filter(pk=world.a.principal.pk).update(code="GV900003", full_name="Trần Thị Hiệu")
    assert send(world, ("GV900003", "Trần Thị Hiệu", "Hiệu trưởng"), by=world.a.school_admin).faults == []
    outcome = send(world, ("GV900003", "Trần Thị Hiệu", "Giáo viên"), by=world.a.school_admin)
    assert [fault.column for fault in outcome.faults] == ["Chức vụ"]
    assert posts("GV900003") == {"principal"}


def test_a_list_knows_of_pupils_at_schools_that_its_sender_does_not_reach(world):
    with fenced(Actor.of(world.a.school_admin).reach):
        (known,) = _people(Q(code=world.b.student.code), world.a.school)
    assert known.schools == {world.b.school.name}
    assert not known.here
