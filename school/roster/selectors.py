"""Reads for the pages: people of a school, a class and its parents, who has never signed in."""

from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from school.dated import current_q, today
from school.identity.models import User
from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    Membership,
    Node,
    School,
    SchoolClass,
    SchoolYear,
)
from school.policy import Actor, visible
from school.roles import Role
from school.roster.models import ColumnLayout, RosterImport
from school.roster.processing.columns import Layout

# The tabs of the page of people, and the appointed roles behind them.
STAFF_ROLES = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN, Role.LIBRARIAN, Role.TEACHER)


@dataclass(frozen=True)
class Filter:
    """What a list of people is narrowed to."""

    text: str = ""
    class_id: int | None = None
    group: str = "students"


def studying_q(prefix: str = "") -> Q:
    """The condition that an enrolment of today counts: whoever leaves is here through the last day."""
    return Q(**{f"{prefix}status": Enrolment.Status.STUDYING}) | Q(**{f"{prefix}ends__gte": today()})


def schools_of(user: User) -> QuerySet[School]:
    """The schools whose whole list the person may read."""
    return visible(user, School, "roster").order_by("name")


def classes_of(user: User, school: School | None = None) -> QuerySet[SchoolClass]:
    """The classes of the running school years whose list the person may read."""
    found = visible(user, SchoolClass, "roster").filter(year__in=_running_years())
    return (found.filter(school=school) if school else found).select_related("school", "year").order_by("grade", "name")


def _running_years() -> list[SchoolYear]:
    current = SchoolYear.objects.current()
    return [current] if current else []


def with_sizes(classes: QuerySet[SchoolClass]) -> QuerySet[SchoolClass]:
    """Classes with `pupils`, `waiting` (never signed in) and `homeroom_name`."""
    homeroom = HomeroomAssignment.objects.filter(current_q(), school_class=OuterRef("pk")).values("teacher__full_name")
    running = current_q("enrolments__") & studying_q("enrolments__")
    return classes.annotate(
        pupils=Count("enrolments", filter=running, distinct=True),
        waiting=Count("enrolments", filter=running & Q(enrolments__student__last_login__isnull=True), distinct=True),
        homeroom_name=Subquery(homeroom[:1]),
    )


def students_of(classes: QuerySet[SchoolClass] | list[SchoolClass]) -> QuerySet[User]:
    """The pupils of classes today, in the order of names, each with `class_name`."""
    running = Enrolment.objects.current().filter(studying_q(), school_class__in=classes)
    mine = running.filter(student=OuterRef("pk"))
    found: QuerySet[User] = (
        User.objects.filter(pk__in=running.values("student"))
        .annotate(class_name=Subquery(mine.values("school_class__name")[:1]))
        .annotate(class_pk=Subquery(mine.values("school_class")[:1]))
        .by_name()
    )
    return found


def staff_of(school: School) -> QuerySet[User]:
    """The appointed people of a school, in the order of names, each with `appointments`."""
    running = Membership.objects.current().filter(node=school.node_id)
    found: QuerySet[User] = (
        User.objects.filter(pk__in=running.values("user"))
        .prefetch_related(Prefetch("memberships", queryset=running, to_attr="appointments"))
        .by_name()
    )
    return found


def people_of(user: User, school: School | None, wanted: Filter) -> QuerySet[User]:
    """The people that a page of the list shows to this person: pupils of classes they may read, or the school's staff."""
    if wanted.group == "staff" and school is not None:
        found = staff_of(school)
    else:
        classes = classes_of(user, school)
        found = students_of(classes.filter(pk=wanted.class_id) if wanted.class_id else classes)
    return found.search(wanted.text) if wanted.text else found  # type: ignore[attr-defined]


def with_parents(students: QuerySet[User]) -> QuerySet[User]:
    """Pupils with `parents`: their guardianships of today, the first contact first."""
    running = Guardianship.objects.current().select_related("guardian").order_by("-is_primary", "pk")
    return students.prefetch_related(Prefetch("guarded_by", queryset=running, to_attr="parents"))


def parents_of(students: QuerySet[User]) -> QuerySet[User]:
    """The guardians of pupils today."""
    running = Guardianship.objects.current().filter(student__in=students.order_by().values("pk"))
    found: QuerySet[User] = User.objects.filter(pk__in=running.values("guardian")).by_name()
    return found


def never_signed_in(people: QuerySet[User]) -> QuerySet[User]:
    """Those who can still be given a first password."""
    return people.filter(last_login__isnull=True, is_active=True)


def imports_of(user: User) -> QuerySet[RosterImport]:
    """The last imports that the person may see, without the files."""
    found = visible(user, RosterImport, "view").select_related("school", "by").order_by("-created")
    return found.defer("content", "faults", "warnings", "columns", "unread", "notes")


def layouts_of(school: School, kind: str) -> QuerySet[ColumnLayout]:
    """What is remembered of files' columns for a school: its own first, then that of the offices above it."""
    above = [int(part) for part in school.node.path.strip("/").split("/") if part]
    found = ColumnLayout.objects.filter(Q(school=school) | Q(node__in=above), kind=kind)
    return found.order_by(F("school").asc(nulls_last=True), "-node__path", "pk")


def layouts_for(school: School, kind: str) -> list[Layout]:
    """The same in the form in which lists are read."""
    return [Layout(one.columns, fingerprint=one.fingerprint, pk=one.pk) for one in layouts_of(school, kind)]


def office_of(user: User, school: School) -> Node | None:
    """The nearest place above a school that the person administers."""
    above = [int(part) for part in school.node.path.strip("/").split("/") if part]
    paths = Actor.of(user).node_paths
    found: Node | None = Node.objects.filter(pk__in=above, path__in=paths).order_by("-path").first()
    return found


def layouts_managed(user: User) -> QuerySet[ColumnLayout]:
    """What is remembered of files' columns and may be forgotten by this person."""
    return visible(user, ColumnLayout, "manage").select_related("school", "node", "by").order_by("kind", "name")


def offices_of(user: User) -> QuerySet[Node]:
    """The places that a person administers as the office's administrator."""
    found: QuerySet[Node] = Node.objects.filter(path__in=Actor.of(user).node_paths).order_by("path")
    return found
