"""What happens at the door, what is refused and what is carried away leaves an entry."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from allauth.mfa.signals import authenticator_added
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from gradebook.models import MarkColumn, MarkSheet
from school.audit.models import Entry
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]


def last(action: str) -> Entry:
    found = Entry.objects.filter(action=action).first()
    assert found is not None, f"nothing told of {action}"
    return found


def sign_in(code: str, password: str) -> Any:
    return Client().post(reverse("account_login"), {"login": code, "password": password}, REMOTE_ADDR="10.3.2.1")


def sheet_of(world: World) -> MarkSheet:
    sheet = MarkSheet.objects.create(
        school=world.a.school,
        school_class=world.a.class1,
        subject=world.maths,
        term=world.term1,
        circular="22/2021/TT-BGDĐT",
        mode="score",
        periods=140,
        state_tx="open",
    )
    MarkColumn.objects.create(sheet=sheet, kind="TX", group="TX", number=1)
    return sheet


def test_signing_in_and_out_is_told(world: World) -> None:
    world.a.student.set_password(PASSWORD)
    world.a.student.save()
    client = Client()
    client.post(reverse("account_login"), {"login": "a-hs1", "password": PASSWORD}, REMOTE_ADDR="10.3.2.1")
    made = last("signed_in")
    assert (made.actor_id, made.subject_id) == (world.a.student.pk, world.a.student.pk)
    assert (made.school_id, made.address, made.host) == (world.a.school.pk, "10.3.2.1", "testserver")
    client.post(reverse("account_logout"))
    assert last("signed_out").actor_id == world.a.student.pk


def test_a_wrong_password_is_told_without_what_was_typed(world: World) -> None:
    sign_in("a-hs1", "hoàn toàn sai")
    made = last("sign_in_failed")
    assert (made.actor_id, made.subject_id, made.detail) == (None, world.a.student.pk, {"why": "wrong password"})
    sign_in("mật khẩu gõ nhầm ô", "x")
    assert last("sign_in_failed").subject_id is None
    assert not any("nhầm ô" in f"{entry.detail}{entry.target_name}" for entry in Entry.objects.all())


def test_a_changed_password_is_told(world: World, client_for: ClientFor) -> None:
    world.a.student.set_password(PASSWORD)
    world.a.student.save()
    new = {"oldpassword": PASSWORD, "password1": "chiếc lá cuối cùng 7", "password2": "chiếc lá cuối cùng 7"}
    client_for(world.a.student).post(reverse("account_change_password"), new)
    assert last("password_changed").subject_id == world.a.student.pk


def test_a_second_factor_is_told(world: World, rf: Any) -> None:
    request = rf.get("/")
    request.user = world.a.teacher
    factor = type("Factor", (), {"type": "totp"})()
    authenticator_added.send(object, request=request, user=world.a.teacher, authenticator=factor)
    assert last("second_factor_added").detail == {"what": "totp"}


def test_a_closed_door_and_a_strangers_object_are_told_once(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.teacher)
    assert client.get(reverse("trail:trail")).status_code == 403
    foreign = MarkSheet.objects.create(
        school=world.b.school, school_class=world.b.class1, subject=world.maths, term=world.term1,
        circular="22/2021/TT-BGDĐT", mode="score", periods=140,
    )  # fmt: skip
    for _ in range(3):
        assert client.get(reverse("gradebook:sheet", args=[foreign.pk])).status_code == 404
    told = Entry.objects.filter(action="refused", actor_id=world.a.teacher.pk).order_by("pk")
    assert [entry.detail["status"] for entry in told] == [403, 404]
    assert told[1].detail["page"] == f"GET /so-diem/{foreign.pk}/"


def test_a_prober_fills_no_disk(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.teacher)
    for number in range(60):
        client.get(reverse("gradebook:sheet", args=[800_000 + number]))
    assert Entry.objects.filter(action="refused").count() == 40


def test_a_page_that_does_not_exist_is_nobodys_offence(world: World, client_for: ClientFor) -> None:
    client_for(world.a.teacher).get("/khong-co-trang-nay/")
    assert not Entry.objects.filter(action="refused").exists()


def test_a_mark_sheet_as_excel_is_told_with_its_rows(world: World, client_for: ClientFor) -> None:
    sheet = sheet_of(world)
    client_for(world.a.teacher).get(reverse("gradebook:sheet-download", args=[sheet.pk]))
    made = last("exported")
    assert (made.target, made.target_pk, made.detail) == ("gradebook.marksheet", str(sheet.pk), {"rows": 2})


def test_lists_of_people_are_told_with_their_rows(world: World, client_for: ClientFor) -> None:
    client_for(world.a.homeroom).get(reverse("roster:class-excel", args=[world.a.class1.pk]))
    assert last("exported").detail == {"what": "6A1", "rows": 2}


def test_a_head_who_reads_a_class_sheet_is_told_once_an_hour_and_its_teacher_never(
    world: World, client_for: ClientFor
) -> None:
    sheet = sheet_of(world)
    client_for(world.a.teacher).get(reverse("gradebook:sheet", args=[sheet.pk]))
    assert not Entry.objects.filter(action="viewed_sensitive").exists()
    head = client_for(world.a.principal)
    for _ in range(3):
        head.get(reverse("gradebook:sheet", args=[sheet.pk]))
    (made,) = Entry.objects.filter(action="viewed_sensitive")
    assert (made.actor_id, made.target, made.school_id) == (
        world.a.principal.pk,
        "gradebook.marksheet",
        world.a.school.pk,
    )


def test_a_request_names_its_person_in_every_changed_row(world: World, client_for: ClientFor) -> None:
    client_for(world.a.student).post(reverse("language"), {"language": "en"})
    client = client_for(world.a.teacher)
    client.post(
        reverse("gradebook:sheet-open"), {"lop": world.a.class1.pk, "mon": world.maths.pk, "hk": world.term1.pk}
    )
    made = Entry.objects.get(target="gradebook.marksheet", action="added")
    assert (made.actor_id, made.host) == (world.a.teacher.pk, "testserver")


def test_the_trail_as_excel_is_told_to_the_trail(world: World, client_for: ClientFor) -> None:
    client_for(world.a.student)
    answer = client_for(world.a.principal).get(reverse("trail:trail-excel"), {"viec": "account"})
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["Số", "Lúc", "Ai", "Việc đã làm"]
    made = last("exported")
    assert made.actor_id == world.a.principal.pk
    assert made.detail["rows"] == len(rows) - 1 > 0


def test_whoever_opens_anothers_page_is_told_and_the_person_reads_it(world: World, client_for: ClientFor) -> None:
    page = reverse("people:person", args=[world.a.student.pk])
    for _ in range(2):
        client_for(world.a.school_admin).get(page)
    (made,) = Entry.objects.filter(action="viewed_sensitive")
    assert (made.actor_id, made.subject_id) == (world.a.school_admin.pk, world.a.student.pk)
    assert "Xem dữ liệu nhạy cảm" in client_for(world.a.father).get(reverse("trail:own")).content.decode()
