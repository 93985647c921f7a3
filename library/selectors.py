"""Reads across the library's models, with a fixed number of queries each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from library.models import EBook, Item, Loan, ReadingPosition, Record, RecordQuerySet
from school.identity.models import User
from school.organisation.models import Enrolment, Membership, School, TeachingAssignment
from school.policy import visible


@dataclass(frozen=True)
class Borrower:
    """A reader the desk may lend to, and what tells namesakes apart: the class or the post."""

    user: User
    what: str


def catalogue(user: User, *, text: str = "", on_shelf: bool = False, readable: bool = False) -> RecordQuerySet:
    """The records the person may see, found without regard to diacritics; titles typed exactly come first."""
    found = cast(RecordQuerySet, visible(user, Record)).with_availability()
    if text.strip():
        found = found.search(text)
    if on_shelf:
        found = found.filter(Q(free__gt=0))
    if readable:
        found = found.filter(Q(readable=True))
    return found


def open_loans_of(user: User) -> QuerySet[Loan]:
    """What the person has at home, the soonest due first."""
    return Loan.objects.open().filter(borrower=user).select_related("item__record").order_by("due", "pk")


def reading_of(user: User, limit: int = 6) -> list[ReadingPosition]:
    """E-books the person has begun and may still read, the latest first."""
    records = visible(user, Record).values("pk")
    places = ReadingPosition.objects.filter(reader=user, ebook__record__in=records).select_related("ebook__record")
    return list(places.order_by("-updated_at")[:limit])


def _reader_ids(school_ids: Iterable[int], day: date) -> Q:
    ids = list(school_ids)
    enrolled = Enrolment.objects.current(day).filter(school__in=ids).values("student")
    posted = Membership.objects.current(day).filter(node__school__in=ids).values("user")
    teaching = TeachingAssignment.objects.current(day).filter(school__in=ids).values("teacher")
    return Q(pk__in=enrolled) | Q(pk__in=posted) | Q(pk__in=teaching)


def is_reader_of(user: User, school_id: int, day: date | None = None) -> bool:
    """A pupil, teacher or other member of the school on that day."""
    readers = _reader_ids([school_id], day or timezone.localdate())
    return bool(User.objects.filter(readers, pk=user.pk, is_active=True).exists())


def borrowers(text: str, school_ids: Iterable[int], limit: int = 20) -> list[Borrower]:
    """Readers of these schools by code (whole) or name (part, without diacritics); four queries at most."""
    text = text.strip()
    today = timezone.localdate()
    ids = list(school_ids)
    if not text or not ids:
        return []
    readers = User.objects.filter(_reader_ids(ids, today), is_active=True)
    exact = list(readers.filter(code__iexact=text)[:2])
    found = (
        exact
        if len(exact) == 1
        else list(readers.filter(pk__in=User.objects.search(text)).order_by("sort_key")[:limit])
    )
    classes = dict(
        Enrolment.objects.current(today)
        .filter(student__in=found, school__in=ids)
        .values_list("student_id", "school_class__name")
    )
    return [
        Borrower(user, _("class %(name)s") % {"name": classes[user.pk]} if user.pk in classes else _("staff"))
        for user in found
    ]


@dataclass(frozen=True)
class DeskFigures:
    """The desk's numbers of the day."""

    titles: int
    copies: int
    out: int
    overdue: int


def desk_figures(school_ids: Iterable[int]) -> DeskFigures:
    """Counts for the librarian's first page: three queries."""
    ids = list(school_ids)
    today = timezone.localdate()
    loans = (
        Loan.objects.open().filter(school__in=ids).aggregate(out=Count("pk"), late=Count("pk", filter=Q(due__lt=today)))
    )
    return DeskFigures(
        titles=Record.objects.filter(school__in=ids).count(),
        copies=Item.objects.filter(school__in=ids).exclude(state=Item.State.WITHDRAWN).count(),
        out=loans["out"],
        overdue=loans["late"],
    )


def loans_by_school(since: datetime, until: datetime) -> dict[int, int]:
    """Loans begun in [since, until) by school id, for the office's figures: one query."""
    rows = (
        Loan.objects.filter(lent_at__gte=since, lent_at__lt=until)
        .order_by()
        .values_list("school")
        .annotate(n=Count("pk"))
    )
    return dict(rows)


def schools_named(ids: Sequence[int] | frozenset[int]) -> list[School]:
    """The schools by name, for a choice at the desk."""
    return list(School.objects.filter(pk__in=ids).order_by("name"))


def ebook_for(ebook_id: int, reader_id: int) -> EBook | None:
    """The e-book if this person may still read it today: the same policy as the page's, asked without a session."""
    reader = User.objects.filter(pk=reader_id, is_active=True).first()
    if reader is None:
        return None
    return visible(reader, EBook).select_related("record").filter(pk=ebook_id).first()
