"""Reading the trail: found by person, action and days, page after page by the entries' numbers."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from school.audit.actions import GROUPS, all_actions
from school.audit.models import Entry
from school.identity.models import User
from school.organisation.models import Guardianship, Membership
from school.policy import Actor, visible
from school.policy.rules import scope
from school.roles import Role
from school.row_security import unfenced
from school.text import fold

PAGE = 50
# A search by a part of a name: more people than these are said, not searched.
MOST_PEOPLE = 100


@dataclass(frozen=True)
class Wanted:
    """What is asked of the trail; days are those of the office's time zone, both inclusive."""

    text: str = ""
    action: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None
    before: int | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the page is asked."""
        return bool(self.text or self.action or self.since or self.until)


@dataclass(frozen=True)
class Found:
    """A page of entries, newest first, and the number to go on from (None at the end)."""

    entries: list[Entry] = field(default_factory=list)
    next: int | None = None
    too_many: bool = False


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The actions in their groups, for a select; a whole group can be chosen too."""
    return [
        (
            str(label),
            [(group, str(label)), *((one.code, str(one.label)) for one in all_actions() if one.group == group)],
        )
        for group, label in GROUPS.items()
    ]


def _actions(wanted: str) -> list[str]:
    if wanted in GROUPS:
        return [one.code for one in all_actions() if one.group == wanted]
    return [one.code for one in all_actions() if one.code == wanted]


def _moment(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


def _days(rows: QuerySet[Entry], wanted: Wanted) -> QuerySet[Entry]:
    """Days become numbers: the index of ``at`` gives both ends, and the page is then read by number."""
    if wanted.since is not None:
        begin = _moment(wanted.since)
        first = Entry.objects.filter(at__gte=begin).order_by("at").values_list("pk", flat=True).first()
        # Numbers and times rise together but for the width of a transaction.
        rows = rows.filter(at__gte=begin, pk__gte=(first or 0) - 1_000) if first is not None else rows.none()
    if wanted.until is not None:
        end = _moment(wanted.until + datetime.timedelta(days=1))
        last = Entry.objects.filter(at__lt=end).order_by("-at").values_list("pk", flat=True).first()
        rows = rows.filter(at__lt=end, pk__lte=last + 1_000) if last is not None else rows.none()
    return rows


def entries_of(user: Any, wanted: Wanted, *, limit: int = PAGE) -> Found:
    """The entries that ``user`` may read; at most ``limit`` of them."""
    # The rule's own condition rather than `visible`, whose sub-query would gather a million numbers before the first page.
    rows: QuerySet[Entry] = Entry.objects.filter(scope(user, Entry, "view")).order_by("-pk")
    if wanted.text:
        known: Any = visible(user, User)
        people = list(known.search(wanted.text).order_by().values_list("pk", flat=True)[: MOST_PEOPLE + 1])
        if len(people) > MOST_PEOPLE:
            return Found(too_many=True)
        # Whoever was looked through is the subject of those entries: two indexed columns answer, a third would be read whole.
        rows = rows.filter(Q(actor_id__in=people) | Q(subject_id__in=people))
    if wanted.action:
        rows = rows.filter(action__in=_actions(wanted.action))
    return _page(_days(rows, wanted), wanted, limit)


def _page(rows: QuerySet[Entry], wanted: Wanted, limit: int) -> Found:
    if wanted.before is not None:
        rows = rows.filter(pk__lt=wanted.before)
    found = list(rows[: limit + 1])
    return Found(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def own_entries(user: Any, wanted: Wanted) -> Found:
    """What was done with one's own account and data, and with one's children's."""
    people = {user.pk, *Actor.of(user).children}
    rows = Entry.objects.filter(subject_id__in=people).order_by("-pk")
    if wanted.action:
        rows = rows.filter(action__in=_actions(wanted.action))
    return _page(_days(rows, wanted), wanted, PAGE)


def readable_values(user: Any, entries: Iterable[Entry]) -> frozenset[int]:
    """The numbers of those entries whose private values the person may read."""
    numbers = [entry.pk for entry in entries]
    return frozenset(
        Entry.objects.filter(scope(user, Entry, "private"), pk__in=numbers).order_by().values_list("pk", flat=True)
    )


def names_of(people: Iterable[int | None]) -> dict[int, str]:
    """Names by id: one query."""
    wanted = {person for person in people if person is not None}
    return dict(User.objects.filter(pk__in=wanted).order_by().values_list("pk", "full_name"))


def parts_of(people: Iterable[int | None], subjects: Iterable[int | None]) -> dict[int, str]:
    """For a person's own page: those who acted as their part (a guardian of the pupil, or their post), not by name."""
    wanted = {person for person in people if person is not None}
    found: dict[int, str] = {}
    # A family does not reach the staff's appointments; it is told the post of who acted, and no more.
    with unfenced():
        posts = list(Membership.objects.filter(user__in=wanted).select_related("node"))
    order = [role.value for role in Role]
    for post in sorted(posts, key=lambda post: order.index(post.role), reverse=True):
        found[post.user_id] = f"{Role(post.role).label}, {post.node.name}"
    pairs = Guardianship.objects.filter(guardian__in=wanted, student__in={one for one in subjects if one is not None})
    for guardian in pairs.values_list("guardian_id", flat=True):
        found[guardian] = str(Role.PARENT.label)
    return found


def day_of(text: str) -> datetime.date | None:
    """A day as a browser's date field sends it (2026-11-30) or as people write it (30/11/2026); None for anything else."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.datetime.strptime(fold(text), form).date()
        except ValueError:
            continue
    return None
