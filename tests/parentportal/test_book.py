"""The contact book: a family sees its own child's page and letters; a teacher writes to the own classes."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gradebook.services.attendance import absence_record, remark_write
from parentportal.models import Delivery, Thread
from parentportal.selectors import unread_count
from parentportal.services import ContactBookError, notice_write, question_ask, thread_reply
from school.organisation.models import Guardianship
from tests.world import Cast, World

SignIn = Callable[..., Client]


def letter(cast: Cast, **fields: Any) -> Thread:
    values = {"title": "Quên vở", "body": "Con quên vở bài tập Toán.", "by": cast.homeroom, **fields}
    (thread,) = notice_write(school_class=cast.class1, students=[cast.student], **values)
    return thread


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_father_sees_this_mornings_absence_the_remark_and_the_letter(world: World, client_for: SignIn) -> None:
    absence_record(
        school_class=world.a.class1,
        student=world.a.student,
        date=timezone.localdate(),
        session="S",
        by=world.a.homeroom,
    )
    remark_write(
        student=world.a.student, school_class=world.a.class1, text="Đọc diễn cảm rất tốt.", by=world.a.homeroom
    )
    letter(world.a)
    client = client_for(world.a.father)
    home = client.get(reverse("parentportal:home"))
    assert home.headers["Location"] == reverse("parentportal:child", args=[world.a.student.pk])
    page = text(client.get(home.headers["Location"]))
    assert "Đọc diễn cảm rất tốt." in page
    assert "Con quên vở bài tập Toán." in page
    assert 'class="sicon bad"' in page


def test_another_familys_child_is_not_there(world: World, client_for: SignIn) -> None:
    client = client_for(world.a.father)
    for child in (world.a.student2, world.b.student):
        assert client.get(reverse("parentportal:child", args=[child.pk])).status_code == 404
        assert client.post(reverse("parentportal:ask", args=[child.pk]), {"title": "x", "body": "x"}).status_code == 404
    assert not Thread.objects.exists()


def test_a_father_whose_guardianship_ended_reads_nothing(world: World, client_for: SignIn) -> None:
    thread = letter(world.a)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    Guardianship.objects.filter(guardian=world.a.father).update(starts=yesterday, ends=yesterday)
    client = client_for(world.a.father)
    assert client.get(reverse("parentportal:thread", args=[thread.pk])).status_code == 403


def test_a_father_of_two_switches_between_the_children(world: World, client_for: SignIn) -> None:
    Guardianship.objects.create(
        guardian=world.a.father, student=world.b.student, relation="father", starts=world.year.starts
    )
    page = text(client_for(world.a.father).get(reverse("parentportal:child", args=[world.a.student.pk])))
    assert reverse("parentportal:child", args=[world.b.student.pk]) in page


def test_a_notice_to_the_class_reaches_each_family_apart(world: World, client_for: SignIn) -> None:
    threads = notice_write(
        school_class=world.a.class1, students=None, title="Họp phụ huynh", body="Chủ nhật.", by=world.a.homeroom
    )
    assert {thread.student for thread in threads} == {world.a.student, world.a.student2}
    mine = next(thread for thread in threads if thread.student == world.a.student)
    thread_reply(thread=mine, body="Tôi sẽ đến.", by=world.a.father)
    other = next(thread for thread in threads if thread.student == world.a.student2)
    mother = client_for(world.a.mother_of_student2)
    assert "Tôi sẽ đến." not in text(mother.get(reverse("parentportal:thread", args=[other.pk])))
    assert mother.get(reverse("parentportal:thread", args=[mine.pk])).status_code == 404


def test_reading_a_letter_is_noted_and_an_answer_makes_it_new_for_the_teacher(world: World, client_for: SignIn) -> None:
    thread = letter(world.a)
    assert unread_count(world.a.father) == 1
    client = client_for(world.a.father)
    client.get(reverse("parentportal:thread", args=[thread.pk]))
    assert unread_count(world.a.father) == 0
    assert unread_count(world.a.homeroom) == 0
    client.post(reverse("parentportal:thread", args=[thread.pk]), {"body": "Cảm ơn cô."})
    assert unread_count(world.a.homeroom) == 1
    page = text(client_for(world.a.homeroom).get(reverse("parentportal:class", args=[world.a.class1.pk])))
    assert world.a.student.full_name in page


def test_confirming_is_shown_to_the_teacher_and_counts_once(world: World, client_for: SignIn) -> None:
    thread = letter(world.a, needs_ack=True)
    client = client_for(world.a.father)
    address = reverse("parentportal:acknowledge", args=[thread.pk])
    client.post(address, {"body": "Đã nhắc con."})
    first = thread.receipts.get(user=world.a.father).acknowledged_at
    client.post(address, {})
    assert thread.receipts.get(user=world.a.father).acknowledged_at == first
    assert thread.messages.count() == 2
    page = text(client_for(world.a.homeroom).get(reverse("parentportal:class", args=[world.a.class1.pk])))
    assert "1" in page.split('class="meter')[1]
    assert client_for(world.a.homeroom).post(address, {}).status_code == 404


def test_a_question_reaches_the_homeroom_teacher_and_no_other(world: World, client_for: SignIn) -> None:
    client_for(world.a.father).post(
        reverse("parentportal:ask", args=[world.a.student.pk]), {"title": "Xin hỏi", "body": "Mấy giờ tan học?"}
    )
    thread = Thread.objects.get()
    assert client_for(world.a.homeroom).get(reverse("parentportal:thread", args=[thread.pk])).status_code == 200
    for person in (world.a.teacher, world.b.homeroom):
        assert client_for(person).get(reverse("parentportal:thread", args=[thread.pk])).status_code == 404
    for person in (world.a.principal, world.a.student, world.a.librarian):
        assert client_for(person).get(reverse("parentportal:thread", args=[thread.pk])).status_code == 403


def test_a_teacher_writes_to_the_own_class_and_to_no_other(world: World, client_for: SignIn) -> None:
    client = client_for(world.a.teacher)
    fields = {"to": "class", "title": "Ôn tập", "body": "Trang 68."}
    assert client.post(reverse("parentportal:write", args=[world.a.class1.pk]), fields).status_code == 302
    for strange in (world.a.class2, world.b.class1):
        assert client.post(reverse("parentportal:write", args=[strange.pk]), fields).status_code == 404
    assert Thread.objects.count() == 2


def test_chosen_families_must_be_chosen_and_be_of_the_class(world: World, client_for: SignIn) -> None:
    client = client_for(world.a.homeroom)
    address = reverse("parentportal:write", args=[world.a.class1.pk])
    fields: dict[str, Any] = {"to": "some", "title": "Riêng", "body": "x"}
    assert client.post(address, fields).status_code == 422
    assert client.post(address, {**fields, "students": [world.a.outsider.pk]}).status_code == 422
    with pytest.raises(ContactBookError):
        notice_write(school_class=world.a.class1, students=[world.a.outsider], title="x", body="x", by=world.a.homeroom)
    assert client.post(address, {**fields, "students": [world.a.student.pk]}).status_code == 302
    assert Thread.objects.get().student == world.a.student


def test_the_childs_page_costs_a_fixed_number_of_queries(
    world: World, client_for: SignIn, django_assert_max_num_queries: Any
) -> None:
    enrolment = world.a.student.enrolments.get()
    for number in range(12):
        letter(world.a, title=f"Thư {number}")
        question_ask(enrolment=enrolment, title=f"Hỏi {number}", body="x", by=world.a.father)
    client = client_for(world.a.father)
    address = reverse("parentportal:child", args=[world.a.student.pk])
    client.get(address)
    with django_assert_max_num_queries(24):
        client.get(address)


def test_the_outbox_shows_the_own_school_to_its_leaders_and_lets_them_try_again(
    world: World, client_for: SignIn
) -> None:
    for cast in (world.a, world.b):
        Delivery.objects.create(
            school=cast.school, kind="marks", channel="sms", to=cast.father.phone, text=f"Tin {cast.school.code}",
            key=cast.school.code, state="failed",
        )  # fmt: skip
    client = client_for(world.a.principal)
    page = text(client.get(reverse("parentportal:outbox")))
    assert world.a.father.phone in page
    assert world.b.father.phone not in page
    mine, strange = Delivery.objects.get(school=world.a.school), Delivery.objects.get(school=world.b.school)
    assert client.post(reverse("parentportal:retry", args=[strange.pk])).status_code == 404
    assert client.post(reverse("parentportal:retry", args=[mine.pk])).status_code == 302
    mine.refresh_from_db()
    assert mine.state != "failed"
    assert client_for(world.a.teacher).get(reverse("parentportal:outbox")).status_code == 403
    assert world.b.father.phone in text(client_for(world.office_admin).get(reverse("parentportal:outbox")))
