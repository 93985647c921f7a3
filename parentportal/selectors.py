"""What families and teachers read in the contact book; a fixed number of queries each."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.utils import timezone

from gradebook.models import AbsenceSession, MarkSheet, Remark
from gradebook.selectors import PublishedMark, newest_published, remarks_of
from parentportal.models import Delivery, Message, Receipt, Thread, ThreadQuerySet
from school.identity.models import User
from school.organisation.models import Enrolment, HomeroomAssignment, SchoolClass
from school.policy import visible


@dataclass(frozen=True)
class ContactBook:
    """A child's page: today, what is new, and the conversations."""

    enrolment: Enrolment
    homeroom: User | None
    today: list[AbsenceSession]
    recent: list[AbsenceSession]
    marks: list[tuple[MarkSheet, PublishedMark]]
    remarks: list[Remark]
    waiting: list["Conversation"]
    threads: list[Any]


@dataclass
class Conversation:
    """A conversation with its messages and this reader's receipt."""

    thread: Thread
    messages: list[Message] = field(default_factory=list)
    acknowledged_at: datetime.datetime | None = None

    @property
    def asks(self) -> bool:
        """Whether the family is still asked to confirm."""
        return self.thread.needs_ack and self.acknowledged_at is None


def threads_of(user: User) -> ThreadQuerySet:
    """The conversations this person may read."""
    return cast(ThreadQuerySet, visible(user, Thread))


def unread_count(user: User) -> int:
    """For the menu: conversations in which somebody else wrote last and this person has not looked since."""
    return threads_of(user).unread_by(user).count()


def children_of(user: User) -> list[Enrolment]:
    """The enrolments of the person's children, by name: for choosing a child."""
    rows = visible(user, Enrolment, "contact-book")
    current = Enrolment.objects.current().filter(pk__in=rows.values("pk"))
    return list(current.select_related("student", "school_class", "school").order_by("student__sort_key", "pk"))


def homeroom_of(school_class: SchoolClass) -> User | None:
    """The class's homeroom teacher today."""
    row = HomeroomAssignment.objects.current().filter(school_class=school_class).select_related("teacher").first()
    return row.teacher if row else None


def conversations(threads: Sequence[Thread], user: User) -> list[Conversation]:
    """Messages and receipts of these conversations: two queries for all of them."""
    found = {thread.pk: Conversation(thread) for thread in threads}
    for message in Message.objects.filter(thread__in=threads).select_related("author"):
        found[message.thread_id].messages.append(message)
    for receipt in Receipt.objects.filter(thread__in=threads, user=user):
        found[receipt.thread_id].acknowledged_at = receipt.acknowledged_at
    return list(found.values())


def contact_book(user: User, enrolment: Enrolment) -> ContactBook:
    """Everything on a child's page. Ask the policy first whether the enrolment is this person's child's."""
    today = timezone.localdate()
    student = enrolment.student
    absences = list(
        AbsenceSession.objects.filter(student=student, date__gt=today - datetime.timedelta(days=14)).order_by(
            "-date", "session"
        )
    )
    threads = threads_of(user).filter(student=student).with_unread(user).select_related("last_author")
    latest = list(threads.order_by("-last_at", "-pk")[:20])
    waiting = [thread for thread in latest if getattr(thread, "unread", False)][:3]
    return ContactBook(
        enrolment=enrolment,
        homeroom=homeroom_of(enrolment.school_class),
        today=[absence for absence in absences if absence.date == today],
        recent=[absence for absence in absences if absence.date != today],
        marks=newest_published(student, limit=8),
        remarks=remarks_of(student, limit=5),
        waiting=conversations(waiting, user),
        threads=[thread for thread in latest if thread not in waiting],
    )


@dataclass(frozen=True)
class Sent:
    """What a teacher sent to several families at once, and how many confirmed it."""

    batch: UUID
    title: str
    at: datetime.datetime
    families: int
    needs_ack: bool
    acknowledged: int
    first: int


def sent_batches(user: User, school_class: SchoolClass, limit: int = 20) -> list[Sent]:
    """Notices and letters to the class that this person may read, the newest first: one query."""
    rows = (
        threads_of(user)
        .filter(school_class=school_class)
        .exclude(kind=Thread.Kind.QUESTION)
        .order_by()
        .values("batch", "title", "needs_ack")
        .annotate(
            at=Max("opened_at"),
            families=Count("pk", distinct=True),
            acknowledged=Count("pk", filter=Q(receipts__acknowledged_at__isnull=False), distinct=True),
            first=Min("pk"),
        )
        .order_by("-at")[:limit]
    )
    return [Sent(**row) for row in rows]


def class_conversations(user: User, school_class: SchoolClass) -> QuerySet[Any]:
    """Conversations of the class in which a family has written, unread first."""
    threads = threads_of(user).filter(school_class=school_class).with_unread(user)
    answered = threads.exclude(kind=Thread.Kind.QUESTION).exclude(last_author__in=_writers(school_class))
    return (
        threads.filter(Q(kind=Thread.Kind.QUESTION) | Q(pk__in=answered.values("pk")))
        .select_related("student", "last_author")
        .order_by(F("unread").desc(), "-last_at")
    )


def _writers(school_class: SchoolClass) -> QuerySet[Any]:
    return Thread.objects.filter(school_class=school_class).exclude(kind=Thread.Kind.QUESTION).values("opened_by")


def outbox(user: User, *, state: str = "", text: str = "") -> QuerySet[Delivery]:
    """What left or waits to leave, the newest first."""
    rows = visible(user, Delivery).select_related("student", "school")
    if state in Delivery.State.values:
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(Q(to__contains=text) | Q(student__in=User.objects.search(text)))
    return rows.order_by("-created_at", "-pk")


def outbox_figures(user: User) -> dict[str, int]:
    """How many messages are in which state: one query."""
    rows = visible(user, Delivery).order_by().values_list("state").annotate(n=Count("pk"))
    return dict(rows)
