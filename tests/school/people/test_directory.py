"""The one list of people: who is found by whom, by what, in which order."""

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from school.audit.models import Entry
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Membership

pytestmark = pytest.mark.django_db
LIST = "/danh-sach/"


def names(client, **asked) -> list[str]:
    page = client.get(LIST, {"nhom": "", **asked}).context["page"]
    return [one.full_name for one in page.object_list]


def test_a_head_finds_pupils_parents_and_staff_of_the_own_school_alone(world, client_for):
    found = names(client_for(world.a.principal))
    assert {"Đặng Minh An", "Đặng Văn Cha", "Nguyễn Thị Toán"} <= set(found)
    page = client_for(world.a.principal).get(LIST).content.decode()
    assert not any(one.code in page for one in (world.b.student, world.b.father, world.b.teacher))


def test_people_stand_by_given_name_then_middle_and_family_name(world, client_for):
    found = names(client_for(world.a.vice))
    keys = list(
        User.objects.filter(full_name__in=found, code__startswith="a-").by_name().values_list("full_name", flat=True)
    )
    assert found == keys
    assert found.index("Đặng Minh An") < found.index("Bùi Ngọc Ánh") < found.index("Ngô Gia Bảo")


@pytest.mark.parametrize("asked", ["dang minh an", "ĐẶNG", "a-hs1", "minh an"])
def test_a_search_needs_neither_case_nor_diacritics(world, client_for, asked):
    assert "Đặng Minh An" in names(client_for(world.a.school_admin), tim=asked)


def test_a_phone_finds_its_owner_as_it_is_written_here(world, client_for):
    assert names(client_for(world.a.school_admin), tim="0912000001") == ["Đặng Văn Cha"]


def test_roles_narrow_the_list(world, client_for):
    client = client_for(world.a.school_admin)
    assert names(client, nhom="hoc-sinh") == ["Đặng Minh An", "Bùi Ngọc Ánh", "Ngô Gia Bảo"]
    assert names(client, nhom="phu-huynh") == ["Đặng Văn Cha", "Mai Thị Mẹ"]
    assert names(client, nhom="librarian") == ["Hoàng Thu Thư"]
    assert names(client, nhom="chu-nhiem") == ["Vũ Lan Chủ"]
    assert names(client, lop=str(world.a.class2.pk)) == ["Ngô Gia Bảo"]
    assert names(client, lop=str(world.a.class1.pk), nhom="phu-huynh") == ["Đặng Văn Cha", "Mai Thị Mẹ"]


def test_states_narrow_the_list(world, client_for):
    client = client_for(world.a.school_admin)
    User.objects.filter(pk=world.a.outsider.pk).update(is_active=False)
    assert names(client, **{"trang-thai": "da-dong"}) == ["Ngô Gia Bảo"]
    assert "Ngô Gia Bảo" not in names(client, **{"trang-thai": "dang-dung"})
    assert names(client, nhom="hoc-sinh", **{"trang-thai": "thieu-phu-huynh"}) == ["Ngô Gia Bảo"]
    assert "Đặng Văn Cha" not in names(client, **{"trang-thai": "thieu-dien-thoai"})
    User.objects.filter(pk=world.a.student.pk).update(last_login=timezone.now())
    waiting = names(client, nhom="hoc-sinh", **{"trang-thai": "chua-dang-nhap"})
    assert waiting == ["Bùi Ngọc Ánh"]


def test_those_who_left_are_found_when_asked_for(world, client_for):
    client = client_for(world.a.school_admin)
    yesterday = timezone.localdate() - timezone.timedelta(days=1)
    Enrolment.objects.filter(student=world.a.student).update(ends=yesterday, status="left")
    assert "Đặng Minh An" not in names(client)
    left = names(client, **{"trang-thai": "da-roi"})
    assert set(left) == {"Đặng Minh An", "Đặng Văn Cha"}
    assert names(client_for(world.b.school_admin), **{"trang-thai": "da-roi"}) == []


def test_a_parents_child_at_another_school_is_not_named(world, client_for):
    Guardianship.objects.create(guardian=world.a.father, student=world.b.student, relation="father")
    page = client_for(world.a.school_admin).get(LIST, {"nhom": "phu-huynh"})
    (father,) = [one for one in page.context["page"].object_list if one == world.a.father]
    assert [row.student for row in father.now_children] == [world.a.student]


def test_the_office_finds_people_of_every_school_and_can_choose_one(world, client_for):
    client = client_for(world.office_admin)
    assert names(client, tim="Minh An").count("Đặng Minh An") == 2
    assert len(names(client, truong=str(world.b.school.pk), nhom="hoc-sinh")) == 3


def test_a_teacher_reads_names_of_own_classes_and_no_page_of_a_person(world, client_for):
    client = client_for(world.a.teacher)
    assert set(names(client)) == {"Đặng Minh An", "Bùi Ngọc Ánh"}
    assert reverse("people:person", args=[world.a.student.pk]) not in client.get(LIST).content.decode()
    assert client.get(reverse("people:person", args=[world.a.student.pk])).status_code == 403


def test_nonsense_in_the_address_asks_nothing(world, client_for):
    answer = client_for(world.a.principal).get(
        LIST, {"truong": "1e9", "lop": "x", "nhom": "'", "trang-thai": "?", "page": "z"}
    )
    assert answer.status_code == 200


def test_the_list_asks_a_fixed_number_of_queries(world, client_for, django_assert_max_num_queries):
    for number in range(60):
        one = User.objects.create_user(code=f"p{number}", full_name=f"Lê Văn Số {number}")
        Membership.objects.create(user=one, role="teacher", node=world.a.school.node)
    client = client_for(world.a.principal)
    with django_assert_max_num_queries(24):
        client.get(LIST)


def test_the_workbook_holds_the_narrowed_list_and_is_recorded(world, client_for):
    answer = client_for(world.a.school_admin).get("/danh-sach/excel/", {"nhom": "phu-huynh"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == ["Đặng Văn Cha", "Mai Thị Mẹ"]
    assert rows[1][-1] == "0912 000 001"
    entry = Entry.objects.filter(action="exported").latest("pk")
    assert (entry.actor_id, entry.detail["rows"]) == (world.a.school_admin.pk, 2)
    librarian = client_for(world.a.librarian).get("/danh-sach/excel/")
    cells = CalamineWorkbook.from_filelike(io.BytesIO(librarian.content)).get_sheet_by_index(0).to_python()
    assert "0912" not in str(cells)
