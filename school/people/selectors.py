"""Reads of the directory and of a person's page: a fixed number of queries each."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from school.dated import current_q, today
from school.identity.models import User, UserQuerySet
from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    Membership,
    Node,
    School,
    SchoolClass,
    TeachingAssignment,
)
from school.people.doubles import Double, find
from school.people.facts import FACTS
from school.people.models import BulkAction, Merge
from school.people.policies import people_q
from school.policy import Actor, can, may, visible
from school.roles import POSTS
from school.roster import selectors as roster

STUDENTS, PARENTS, STAFF, HOMEROOM = "hoc-sinh", "phu-huynh", "can-bo", "chu-nhiem"
ACTIVE, CLOSED, WAITING, NO_GUARDIAN, NO_PHONE, LEFT = (
    "dang-dung",
    "da-dong",
    "chua-dang-nhap",
    "thieu-phu-huynh",
    "thieu-dien-thoai",
    "da-roi",
)
STATES = (ACTIVE, CLOSED, WAITING, NO_GUARDIAN, NO_PHONE, LEFT)


@dataclass(frozen=True)
class Wanted:
    """What the directory is narrowed to; ``group`` is one of the groups above or a post, "" for everybody."""

    text: str = ""
    school_id: int | None = None
    class_id: int | None = None
    group: str = ""
    state: str = ""

    @property
    def narrowed(self) -> int:
        """How many things besides the words narrow the list."""
        return sum(map(bool, (self.school_id, self.class_id, self.group, self.state)))


def is_reader(user: User) -> bool:
    """Whether the person reads whole schools (heads, office), not only the classes they teach."""
    return may(user, User, "people")


def schools_to_read(user: User) -> QuerySet[School]:
    """The schools whose people this person reads."""
    return visible(user, School, "roster").order_by("name")


def directory(user: User, wanted: Wanted) -> UserQuerySet:
    """The people that the person's list shows, by the Vietnamese order of names.

    Who reads no whole school sees the pupils of the classes they teach, as before.
    """
    if not is_reader(user):
        school = schools_to_read(user).filter(pk=wanted.school_id).first() if wanted.school_id else None
        group = "staff" if wanted.group == STAFF and school else "students"
        return roster.people_of(user, school, roster.Filter(wanted.text, wanted.class_id, group))  # type: ignore[return-value]
    left = wanted.state == LEFT
    rows: UserQuerySet = visible(user, User, "look" if left else "people")  # type: ignore[assignment]
    places = _places(user, wanted.school_id)
    if left:
        rows = rows.exclude(people_q(now=True, schools=places))
    if wanted.school_id or left:
        rows = rows.filter(people_q(now=not left, schools=places))
    rows = _of_group(rows, wanted, places)
    rows = _of_state(rows, wanted.state)
    return rows.search(wanted.text).by_name() if wanted.text else rows.by_name()


def _places(user: User, school_id: int | None) -> list[int]:
    schools = schools_to_read(user)
    return list((schools.filter(pk=school_id) if school_id else schools).values_list("pk", flat=True))


def _of_group(rows: UserQuerySet, wanted: Wanted, places: Collection[int]) -> UserQuerySet:
    now = current_q() if wanted.state != LEFT else Q(starts__lte=today())
    pupils = Enrolment.objects.filter(now, school__in=places)
    if wanted.class_id:
        pupils = pupils.filter(school_class=wanted.class_id)
    parents = Guardianship.objects.filter(now, student__in=pupils.values("student"))
    posts = Membership.objects.filter(now)
    if wanted.school_id:
        posts = posts.filter(node__school__in=places)
    if wanted.group == PARENTS:
        return rows.filter(pk__in=parents.values("guardian"))
    if wanted.group == STUDENTS or (wanted.class_id and not wanted.group):
        return rows.filter(pk__in=pupils.values("student"))
    if wanted.group == STAFF:
        return rows.filter(pk__in=posts.values("user"))
    if wanted.group == HOMEROOM:
        homerooms = HomeroomAssignment.objects.filter(now, school__in=places)
        return rows.filter(pk__in=homerooms.values("teacher"))
    if wanted.group in POSTS:
        return rows.filter(pk__in=posts.filter(role=wanted.group).values("user"))
    return rows


def _of_state(rows: UserQuerySet, state: str) -> UserQuerySet:
    if state == ACTIVE:
        return rows.filter(is_active=True)
    if state == CLOSED:
        return rows.filter(is_active=False)
    if state == WAITING:
        return rows.filter(is_active=True, last_login__isnull=True)
    if state == NO_PHONE:
        return rows.filter(phone="")
    if state == NO_GUARDIAN:
        guarded = Guardianship.objects.current().filter(student=OuterRef("pk"))
        pupils = Enrolment.objects.current().values("student")
        return rows.filter(~Exists(guarded), pk__in=pupils)
    return rows


def _read_schools(user: User) -> Q:
    """The schools whose rows of a person this reader sees: a pupil's new school is no business of the old one."""
    return Q(school__in=schools_to_read(user).values("pk"))


def with_places(rows: UserQuerySet, user: User) -> UserQuerySet:
    """The rows with today's classes, posts and children as this reader may see them: three queries for a page."""
    readable = schools_to_read(user).values("pk")
    enrolments = Enrolment.objects.current().filter(school__in=readable).select_related("school_class", "school")
    posts = Membership.objects.current().filter(_post_q(user)).select_related("node")
    children = (
        Guardianship.objects.current()
        .filter(student__in=Enrolment.objects.filter(school__in=readable).values("student"))
        .select_related("student")
    )
    return rows.prefetch_related(
        Prefetch("enrolments", queryset=enrolments, to_attr="now_enrolled"),
        Prefetch("memberships", queryset=posts, to_attr="now_posts"),
        Prefetch("guardianships", queryset=children, to_attr="now_children"),
    )


def _post_q(user: User) -> Q:
    found = Q(node__school__in=schools_to_read(user).values("pk"))
    for path in Actor.of(user).node_paths:
        found |= Q(node__path__startswith=path)
    return found


@dataclass
class PersonPage:
    """What one reader sees of one person."""

    person: User
    current: bool
    manages: bool
    posts: list[Any] = field(default_factory=list)
    teaching: list[TeachingAssignment] = field(default_factory=list)
    homerooms: list[HomeroomAssignment] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)
    children: list[Guardianship] = field(default_factory=list)
    guardians: list[Guardianship] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    sharing: int = 0


def tense(row: Any) -> str:
    """Whether a dated row is "past", "now" or "future"."""
    day: datetime.date = today()
    if row.starts > day:
        return "future"
    return "past" if row.ends is not None and row.ends < day else "now"


def person_page(user: User, person: User) -> PersonPage:
    """A person as this reader may see them: about twelve small queries, whatever the person's history."""
    page = PersonPage(person, current=can(user, "people", person), manages=can(user, "manage", person))
    here = _read_schools(user)
    grantable = set(visible(user, Membership, "grant").filter(user=person).values_list("pk", flat=True))
    page.posts = list(Membership.objects.filter(_post_q(user), user=person).select_related("node").order_by("-starts"))
    page.teaching = list(
        TeachingAssignment.objects.filter(here, teacher=person)
        .select_related("school_class", "subject", "school")
        .order_by("-starts", "pk")
    )
    page.homerooms = list(
        HomeroomAssignment.objects.filter(here, teacher=person)
        .select_related("school_class", "school")
        .order_by("-starts")
    )
    page.enrolments = list(
        Enrolment.objects.filter(here, student=person)
        .select_related("school_class__year", "school")
        .order_by("-starts")
    )
    if page.current:
        readable = Enrolment.objects.current().filter(here).values("student")
        page.children = list(
            Guardianship.objects.filter(guardian=person, student__in=readable)
            .select_related("student")
            .order_by("-starts", "pk")
        )
        page.guardians = list(
            Guardianship.objects.filter(student=person)
            .select_related("guardian")
            .order_by("-is_primary", "-starts", "pk")
        )
        page.merges = list(Merge.objects.filter(kept=person).select_related("closed", "by"))
        if person.phone:
            page.sharing = User.objects.filter(phone=person.phone, is_active=True).exclude(pk=person.pk).count()
    for row in [*page.posts, *page.teaching, *page.homerooms, *page.enrolments, *page.children, *page.guardians]:
        row.tense = tense(row)
    for row in page.posts:
        row.may_end = row.pk in grantable and row.tense != "past" and row.ends is None
    return page


def kept_of(user: User, person_id: int) -> User | None:
    """The account into which a merged one went, when this reader may see it."""
    merge = Merge.objects.filter(closed=person_id).first()
    return visible(user, User, "look").filter(pk=merge.kept_id).first() if merge else None


def places_to_appoint(user: User) -> QuerySet[Node]:
    """The places at which this person may give posts: schools by name, then offices."""
    return visible(user, Node, "appoint").select_related("school").order_by("school__name", "name")


def classes_to_place(user: User, action: str = "manage") -> QuerySet[SchoolClass]:
    """The classes of the running year in schools that this person manages, or may transfer to."""
    classes = roster.classes_of(user).filter(school__in=visible(user, School, action).values("pk"))
    return classes.order_by("school__name", "grade", "name")


def actions_of(user: User) -> QuerySet[BulkAction]:
    """The person's own actions on several people, the newest first."""
    return visible(user, BulkAction).order_by("-created")


def people_told(action: BulkAction) -> dict[int, User]:
    """The people of an action's result; its owner has seen them when it was done."""
    found: dict[int, User] = User.objects.in_bulk([row["id"] for row in action.result])
    return found


@dataclass(frozen=True)
class Beside:
    """One fact of two accounts; the other's is offered first where the kept account says nothing."""

    name: str
    label: str
    kept: Any
    closed: Any

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self.kept != self.closed and self.closed)

    @property
    def take_closed(self) -> bool:
        """Whether the closed account's value is proposed."""
        return not self.kept and bool(self.closed)


def facts_beside(kept: User, closed: User) -> list[Beside]:
    """The facts of two accounts in the order of the form."""
    found = []
    for name in FACTS:
        label = str(User._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        shown = f"get_{name}_display"
        values = [getattr(one, shown)() if hasattr(one, shown) else getattr(one, name) for one in (kept, closed)]
        found.append(Beside(name, label, *values))
    return found


def doubles_of(user: User) -> list[Double]:
    """Likely doubles among the people whom this person may merge, the names in their order."""
    rows = visible(user, User, "merge").exclude(pk=user.pk).filter(is_active=True).order_by("sort_key", "pk")
    return find(rows.values_list("pk", "full_name", "birth_date", "phone").iterator())


def pairs_shown(pairs: Sequence[Double]) -> list[tuple[User, User, str]]:
    """The accounts of the pairs in one query."""
    people = User.objects.in_bulk({pk for one in pairs for pk in (one.first, one.second)})
    return [(people[one.first], people[one.second], one.reason) for one in pairs]
