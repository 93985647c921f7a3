"""Every write of the contact book and of the outbox."""

import uuid
from collections.abc import Iterable, Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from parentportal.models import Delivery, Message, Receipt, Thread
from parentportal.processing import waking_hour
from parentportal.tasks import send_deliveries
from school.identity.models import User
from school.organisation.models import Enrolment, SchoolClass

BATCH = 100


class ContactBookError(Exception):
    """What was asked cannot be done; the message says why."""


@transaction.atomic
def notice_write(
    *,
    school_class: SchoolClass,
    students: Sequence[User] | None,
    title: str,
    body: str,
    by: User,
    needs_ack: bool = False,
) -> list[Thread]:
    """Write to the families of a class (students None) or of some pupils of it; one conversation a pupil.

    Raises ContactBookError when a pupil is not in the class today, or nobody is.
    """
    enrolled = [
        enrolment.student
        for enrolment in Enrolment.objects.current().filter(school_class=school_class).select_related("student")
    ]
    addressed = enrolled if students is None else list(students)
    if not addressed or not {student.pk for student in addressed} <= {student.pk for student in enrolled}:
        raise ContactBookError(_("These pupils are not in class %(name)s.") % {"name": school_class.name})
    now = timezone.now()
    batch = uuid.uuid4()
    threads = Thread.objects.bulk_create(
        Thread(
            school=school_class.school,
            school_class=school_class,
            student=student,
            kind=Thread.Kind.NOTICE if students is None else Thread.Kind.LETTER,
            title=title,
            batch=batch,
            to_class=students is None,
            needs_ack=needs_ack,
            opened_by=by,
            opened_at=now,
            last_at=now,
            last_author=by,
        )
        for student in addressed
    )
    Message.objects.bulk_create(Message(thread=thread, author=by, body=body, created_at=now) for thread in threads)
    return threads


@transaction.atomic
def question_ask(*, enrolment: Enrolment, title: str, body: str, by: User) -> Thread:
    """A family opens a conversation with its child's homeroom teacher."""
    now = timezone.now()
    thread = Thread.objects.create(
        school=enrolment.school,
        school_class=enrolment.school_class,
        student=enrolment.student,
        kind=Thread.Kind.QUESTION,
        title=title,
        opened_by=by,
        opened_at=now,
        last_at=now,
        last_author=by,
    )
    Message.objects.create(thread=thread, author=by, body=body, created_at=now)
    thread_see(thread=thread, by=by)
    return thread


@transaction.atomic
def thread_reply(*, thread: Thread, body: str, by: User) -> Message:
    """Write into a conversation; whoever writes has seen it."""
    now = timezone.now()
    message = Message.objects.create(thread=thread, author=by, body=body, created_at=now)
    Thread.objects.filter(pk=thread.pk).update(last_at=now, last_author=by)
    thread_see(thread=thread, by=by)
    return message


def thread_see(*, thread: Thread, by: User) -> Receipt:
    """Note that the person has the conversation before their eyes now."""
    receipt, _created = Receipt.objects.update_or_create(thread=thread, user=by, defaults={"seen_at": timezone.now()})
    return receipt


def thread_acknowledge(*, thread: Thread, by: User) -> Receipt:
    """The family confirms what was asked; the first time counts, a second press changes nothing."""
    receipt = thread_see(thread=thread, by=by)
    if Receipt.objects.filter(pk=receipt.pk, acknowledged_at=None).update(acknowledged_at=timezone.now()):
        receipt.refresh_from_db()
    return receipt


def deliveries_queue(deliveries: Iterable[Delivery], *, urgent: bool = False) -> int:
    """Put messages into the outbox; those whose key is there already are left alone. How many are new.

    Sending begins after the transaction has come to its end; quiet hours hold back what is not urgent.
    """
    wanted = {delivery.key: delivery for delivery in deliveries}
    known = set(Delivery.objects.filter(key__in=list(wanted)).values_list("key", flat=True))
    fresh = [delivery for key, delivery in wanted.items() if key not in known]
    if not urgent:
        for delivery in fresh:
            delivery.not_before = waking_hour(delivery.not_before)
    # Another process may queue the same event at this moment: the unique key decides, and its copy is the one sent.
    Delivery.objects.bulk_create(fresh, ignore_conflicts=True)
    ids = list(Delivery.objects.filter(key__in=[delivery.key for delivery in fresh]).values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        transaction.on_commit(partial(send_deliveries.delay, delivery_ids=ids[start : start + BATCH]))
    return len(fresh)


def delivery_retry(*, delivery: Delivery) -> bool:
    """A person asks for another attempt of a failed message; False when it has not failed."""
    again = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.FAILED).update(
        state=Delivery.State.QUEUED, attempts=0, not_before=timezone.now(), error=""
    )
    if again:
        transaction.on_commit(partial(send_deliveries.delay, delivery_ids=[delivery.pk]))
    return bool(again)
