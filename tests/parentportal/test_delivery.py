"""The outbox: a message for each event and address once, sent by one worker, found again when a worker dies."""

import datetime
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from gradebook.models import AbsenceSession
from gradebook.services.attendance import absence_clear, absence_record
from gradebook.services.sheets import sheet_open
from gradebook.signals import absence_recorded, marks_published
from parentportal import processing
from parentportal.backends import FileBackend, PermanentFailure, TemporaryFailure
from parentportal.models import Delivery
from parentportal.services import deliveries_queue, delivery_retry
from parentportal.tasks import sweep_outbox
from school.identity.models import User
from tests.world import World

NOON = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


class Counting:
    """A back end that remembers what it was given, and fails as told."""

    sent: list[str] = []
    failures: list[Exception] = []

    def send(self, delivery: Delivery) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(delivery.key)


@pytest.fixture(autouse=True)
def gateway(settings: Any, tmp_path: Path) -> type[Counting]:
    settings.SMS_OUTBOX = tmp_path
    settings.SMS_BACKEND = f"{__name__}.Counting"
    Counting.sent, Counting.failures = [], []
    return Counting


def message(world: World, key: str = "k", **fields: Any) -> Delivery:
    return Delivery(
        school=world.a.school, kind="marks", channel="sms", to="+84912000001", text="Chao", key=key, **fields
    )


def queued(world: World, key: str = "k", **fields: Any) -> Delivery:
    delivery = message(world, key, **fields)
    delivery.save()
    return delivery


def absent(world: World, **fields: Any) -> AbsenceSession:
    values = {"date": timezone.localdate(), "session": "S", **fields}
    return absence_record(school_class=world.a.class1, student=world.a.student, by=world.a.homeroom, **values)


def test_an_absence_of_this_morning_becomes_one_unaccented_message_to_the_father(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        absent(world)
    delivery = Delivery.objects.get()
    assert (delivery.to, delivery.recipient, delivery.kind) == (world.a.father.phone, world.a.father, "absence")
    assert "Dang Minh An" in delivery.text
    assert delivery.text.isascii()
    assert delivery.parts == 1


def test_cleared_and_recorded_again_the_same_absence_is_not_told_twice(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        absent(world)
        absence_clear(student=world.a.student, date=timezone.localdate(), session="S")
        absent(world)
    assert Delivery.objects.count() == 1


def test_an_absence_with_leave_rings_no_telephone(world: World, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        absent(world, excused=True)
    assert not Delivery.objects.exists()


def test_an_absence_entered_days_later_rings_no_telephone(world: World) -> None:
    old = AbsenceSession.objects.create(
        student=world.a.student,
        school_class=world.a.class1,
        date=timezone.localdate() - datetime.timedelta(days=3),
        session="S",
        by=world.a.homeroom,
    )
    absence_recorded.send(sender=AbsenceSession, absence=old, created=True, by=world.a.homeroom)
    assert not Delivery.objects.exists()


def sheet(world: World) -> Any:
    made = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    made.published_at = NOON
    made.save()
    return made


def test_published_marks_are_announced_without_the_marks_once_a_publication(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    published = sheet(world)
    students = [world.a.student.pk, world.a.student2.pk]
    with django_capture_on_commit_callbacks(execute=True):
        for _repeat in range(2):
            marks_published.send(sender=None, sheet=published, students=students, by=world.a.teacher)
    texts = list(Delivery.objects.order_by("to").values_list("to", "text"))
    assert [to for to, _text in texts] == [world.a.father.phone, world.a.mother_of_student2.phone]
    assert all("Toan" in text for _to, text in texts)
    assert not any(character.isdigit() for _to, text in texts for character in text.replace("6A1", ""))


def test_a_class_is_announced_with_a_fixed_number_of_queries(world: World, django_assert_max_num_queries: Any) -> None:
    published = sheet(world)
    with django_assert_max_num_queries(12):
        marks_published.send(
            sender=None, sheet=published, students=[world.a.student.pk, world.a.student2.pk], by=world.a.teacher
        )


def test_a_guardian_without_a_mobile_gets_an_email(world: World, django_capture_on_commit_callbacks: Any) -> None:
    User.objects.filter(pk=world.a.father.pk).update(phone="+842438271234", email="cha@example.vn")
    with django_capture_on_commit_callbacks(execute=True):
        absent(world)
    deliveries = Delivery.objects.get()
    if deliveries.state == Delivery.State.QUEUED:  # by night it waits for the morning
        Delivery.objects.update(not_before=timezone.now() - datetime.timedelta(minutes=1))
        sweep_outbox()
    (letter,) = mail.outbox
    assert letter.to == ["cha@example.vn"]
    assert "Đặng Minh An" in letter.body


def test_the_same_key_is_queued_once(world: World) -> None:
    assert deliveries_queue([message(world), message(world)]) == 1
    assert deliveries_queue([message(world)]) == 0
    assert Delivery.objects.count() == 1


def test_two_workers_with_the_same_message_send_it_once(world: World, gateway: type[Counting]) -> None:
    delivery = queued(world)
    assert processing.delivery_send(delivery.pk) is True
    assert processing.delivery_send(delivery.pk) is False
    assert gateway.sent == ["k"]


def test_a_claimed_message_is_left_to_its_worker(world: World, gateway: type[Counting]) -> None:
    delivery = queued(world, state="sending", claimed_until=timezone.now() + datetime.timedelta(minutes=1))
    assert processing.outbox_sweep() == []
    assert processing.delivery_send(delivery.pk) is False
    assert gateway.sent == []


def test_a_message_of_a_dead_worker_is_sent_by_the_sweep(world: World, gateway: type[Counting]) -> None:
    queued(world, state="sending", attempts=1, claimed_until=timezone.now() - datetime.timedelta(minutes=1))
    assert sweep_outbox() == 1
    assert gateway.sent == ["k"]


def test_a_temporary_failure_waits_longer_each_time_and_ends_as_failed(world: World, gateway: type[Counting]) -> None:
    delivery = queued(world)
    waits = []
    for _attempt in range(processing.MAX_ATTEMPTS):
        gateway.failures = [TemporaryFailure("đường dây bận")]
        Delivery.objects.update(not_before=timezone.now())
        processing.delivery_send(delivery.pk)
        delivery.refresh_from_db()
        waits.append(delivery.not_before)
    assert (delivery.state, delivery.attempts, delivery.error) == ("failed", processing.MAX_ATTEMPTS, "đường dây bận")
    assert waits[1] >= waits[0]
    assert delivery_retry(delivery=delivery) is True
    assert processing.delivery_send(delivery.pk) is True
    assert delivery_retry(delivery=delivery) is False


def test_a_number_that_cannot_be_reached_is_tried_once(world: World, gateway: type[Counting]) -> None:
    delivery = queued(world)
    gateway.failures = [PermanentFailure("số không tồn tại")]
    processing.delivery_send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("failed", 1)


@pytest.mark.parametrize(
    ("hour", "expected"), [(12, (23, 12)), (20, (23, 20)), (21, (24, 6)), (23, (24, 6)), (2, (23, 6)), (6, (23, 6))]
)
def test_the_quiet_hours_end_at_six(hour: int, expected: tuple[int, int]) -> None:
    moment = timezone.localtime(processing.waking_hour(NOON.replace(hour=hour)), NOON.tzinfo)
    assert (moment.day, moment.hour) == expected


def test_a_message_of_the_night_is_not_due_before_the_morning(world: World) -> None:
    night = NOON.replace(hour=23)
    deliveries_queue([message(world, not_before=night)])
    assert Delivery.objects.get().not_before == NOON.replace(day=24, hour=6)
    assert not Delivery.objects.due(night + datetime.timedelta(hours=2)).exists()


def test_an_emergency_rings_by_night(world: World) -> None:
    deliveries_queue([message(world, not_before=NOON.replace(hour=23))], urgent=True)
    assert Delivery.objects.get().not_before == NOON.replace(hour=23)


def test_the_file_back_end_writes_one_file_a_key_however_often_it_is_asked(world: World, tmp_path: Path) -> None:
    delivery = queued(world)
    FileBackend().send(delivery)
    FileBackend().send(delivery)
    (file,) = tmp_path.glob("*.json")
    assert json.loads(file.read_text())["text"] == "Chao"
    assert list(tmp_path.glob("*.part")) == []


def test_the_console_back_end_says_the_message(world: World, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SMS_BACKEND = "console"
    assert processing.delivery_send(queued(world).pk) is True
    assert "+84912000001: Chao" in capsys.readouterr().out
