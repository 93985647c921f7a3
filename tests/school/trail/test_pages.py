"""The trail on the page: who reads what, in words, found quickly, and nothing that is not theirs."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gradebook.models import Mark
from school.audit.context import acting
from school.audit.models import Entry
from school.audit.services import record
from school.identity.models import User
from school.organisation.models import Guardianship, Membership
from school.roles import Role
from school.trail.selectors import Wanted, entries_of
from tests.school.trail.test_events import sheet_of
from tests.world import World

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]


def page(client: Client, **query: str) -> str:
    return client.get(reverse("trail:trail"), query).content.decode()


def changed_mark(world: World) -> Mark:
    with acting(world.a.teacher):
        mark = Mark.objects.create(
            column=sheet_of(world).columns.get(), student=world.a.student, value=Decimal("7.5"), by=world.a.teacher
        )
        Mark.objects.filter(pk=mark.pk).update(value=Decimal("9.0"))
    return mark


def test_a_head_reads_a_changed_mark_before_and_after_in_words(world: World, client_for: ClientFor) -> None:
    changed_mark(world)
    shown = page(client_for(world.a.principal), viec="changed")
    assert "Sửa dữ liệu: điểm" in shown or "điểm" in shown
    assert "<del>7,5</del>" in shown
    assert "<ins>9,0</ins>" in shown
    assert world.a.teacher.full_name in shown
    assert world.a.student.full_name in shown


@pytest.mark.parametrize("who", ["school_admin", "office_admin"])
def test_an_administrator_reads_that_a_mark_changed_but_not_its_value(
    world: World, client_for: ClientFor, who: str
) -> None:
    changed_mark(world)
    shown = page(client_for(world.people[who]), viec="changed")
    assert world.a.teacher.full_name in shown
    assert "7,5" not in shown
    assert "9,0" not in shown
    assert "•••" in shown


def test_a_school_reads_nothing_of_another(world: World, client_for: ClientFor) -> None:
    changed_mark(world)
    shown = page(client_for(world.b.principal))
    assert "9,0" not in shown
    found = entries_of(world.b.principal, Wanted(), limit=5_000).entries
    assert {entry.school_id for entry in found} == {world.b.school.pk}
    assert page(client_for(world.b.principal), tim=world.a.student.code).count("<time") == 0


def test_an_office_reads_its_branch_and_not_beyond(world: World) -> None:
    from school.organisation.services import node_create, school_create

    other = node_create(kind="office", name="Phòng khác", code="XX")
    far = school_create(code="99", name="Trường xa", levels=["primary"], parent=other)
    record(actor=None, action="exported", school_id=far.pk)
    record(actor=None, action="exported", school_id=world.b.school.pk)
    found = entries_of(world.office_admin, Wanted(action="exported")).entries
    assert [entry.school_id for entry in found] == [world.b.school.pk]


def test_what_concerns_nobody_known_is_read_by_the_root_office_alone(world: World) -> None:
    record(actor=None, action="sign_in_failed", detail={"why": "unknown account"})
    assert len(entries_of(world.office_admin, Wanted(action="sign_in_failed")).entries) == 1
    assert entries_of(world.a.principal, Wanted(action="sign_in_failed")).entries == []


@pytest.mark.parametrize("who", ["teacher", "homeroom", "librarian", "student", "father"])
def test_nobody_else_reads_the_schools_trail(world: World, client_for: ClientFor, who: str) -> None:
    assert client_for(world.people[who]).get(reverse("trail:trail")).status_code == 403


def test_a_person_is_found_without_diacritics(world: World, client_for: ClientFor) -> None:
    record(actor=world.a.student, action="signed_in", subject=world.a.student)
    record(actor=world.a.teacher2, action="signed_in", subject=world.a.teacher2)
    shown = page(client_for(world.a.principal), tim="dang minh", viec="signed_in")
    assert world.a.student.full_name in shown
    assert world.a.teacher2.full_name not in shown


def test_days_and_kinds_narrow_the_list(world: World, client_for: ClientFor) -> None:
    old = timezone.now() - datetime.timedelta(days=40)
    Entry.objects.create(action="exported", at=old, school_id=world.a.school.pk, target_name="Bản cũ")
    Entry.objects.create(action="exported", school_id=world.a.school.pk, target_name="Bản mới")
    client = client_for(world.a.principal)
    day = timezone.localtime(old).date()
    then = page(client, viec="data", tu=day.isoformat(), den=day.isoformat())
    assert "Bản cũ" in then
    assert "Bản mới" not in then
    now = page(client, viec="data", tu=(day + datetime.timedelta(days=1)).strftime("%d/%m/%Y"))
    assert "Bản mới" in now
    assert "Bản cũ" not in now


def test_nothing_found_is_said(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.principal)
    assert "Không có dòng nào như vậy" in page(client, viec="unlocked")
    assert "Không có dòng nào như vậy" in page(client, tim="không ai tên thế")


def test_a_hostile_question_is_answered_as_a_plain_one(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.principal)
    query = {"truoc": "9" * 40, "tu": "0000-99-99", "viec": "' OR 1=1", "tim": "%_\\"}
    assert client.get(reverse("trail:trail"), query).status_code == 200


def test_pages_follow_each_other_without_gap_or_overlap(world: World) -> None:
    for _ in range(120):
        record(actor=None, action="exported", school_id=world.a.school.pk)
    seen: list[int] = []
    wanted = Wanted(action="exported")
    while True:
        found = entries_of(world.a.principal, wanted)
        seen += [entry.pk for entry in found.entries]
        if found.next is None:
            break
        wanted = Wanted(action="exported", before=found.next)
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)


def test_a_full_page_asks_as_often_as_a_short_one(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.principal)

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("trail:trail")).status_code == 200
        return len(caught)

    mark = changed_mark(world)
    client.get(reverse("trail:trail"))
    few = asked()
    for value in range(1, 9):
        for person in (world.a.teacher, world.a.principal, world.a.teacher2):
            with acting(person):
                Mark.objects.filter(pk=mark.pk).update(value=value)
    assert asked() <= few
    assert few <= 22


def test_everybody_reads_what_was_done_with_their_own_data(world: World, client_for: ClientFor) -> None:
    with acting(world.a.school_admin, address="10.9.8.7"):
        User.objects.filter(pk=world.a.student.pk).update(birth_date=datetime.date(2014, 1, 2))
    record(actor=world.a.school_admin, action="viewed_sensitive", target=world.a.student)
    changed_mark(world)
    for person in (world.a.student, world.a.father):
        shown = client_for(person).get(reverse("trail:own")).content.decode()
        assert "02/01/2014" in shown
        assert "Quản trị" in shown
        # By their part, not by name; and not from where others work, nor an unpublished mark.
        assert world.a.school_admin.full_name not in shown
        assert "10.9.8.7" not in shown
        assert "7,5" not in shown
        assert "9,0" not in shown


def test_nobody_reads_what_was_done_with_strangers(world: World, client_for: ClientFor) -> None:
    record(actor=world.a.school_admin, action="password_reset", target=world.a.student2)
    for person in (world.a.student, world.a.father, world.a.teacher):
        shown = client_for(person).get(reverse("trail:own")).content.decode()
        assert world.a.student2.full_name not in shown


def test_a_guardian_no_longer_reads_of_the_child(world: World, client_for: ClientFor) -> None:
    record(actor=world.a.school_admin, action="password_reset", target=world.a.student)
    Guardianship.objects.filter(guardian=world.a.father).update(
        starts=datetime.date(2020, 1, 1), ends=datetime.date(2020, 2, 1)
    )
    assert "Cấp lại mật khẩu" not in client_for(world.a.father).get(reverse("trail:own")).content.decode()


def test_a_citizen_number_is_never_shown_whole(world: World, client_for: ClientFor) -> None:
    User.objects.filter(pk=world.a.student.pk).update(citizen_id="001214012345")
    shown = page(client_for(world.a.principal), viec="changed")
    assert "001214012345" not in shown
    assert "•••345" in shown


def test_posts_given_are_told_in_words(world: World, client_for: ClientFor) -> None:
    with acting(world.office_admin):
        Membership.objects.create(user=world.a.teacher, role=Role.VICE_PRINCIPAL, node=world.a.school.node)
    shown = page(client_for(world.a.principal), tim="a-gv1", viec="added")
    assert "Phó hiệu trưởng" in shown
    assert world.office_admin.full_name in shown


def test_an_entry_of_a_table_that_is_gone_still_shows(world: World, client_for: ClientFor) -> None:
    Entry.objects.create(action="changed", school_id=world.a.school.pk, target="gone.model", old={"x": 1}, new={"x": 2})
    Entry.objects.create(action="not_known_any_more", school_id=world.a.school.pk, detail={"rows": [1, 2]})
    assert client_for(world.a.principal).get(reverse("trail:trail")).status_code == 200


@pytest.mark.parametrize("name", ["trail:trail", "trail:own"])
def test_pages_open_in_english_too(world: World, client_for: ClientFor, name: str) -> None:
    client = client_for(world.a.principal)
    client.cookies["django_language"] = "en"
    answer: Any = client.get(reverse(name))
    assert answer.status_code == 200
