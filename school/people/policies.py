"""Who finds whom in the lists, who may change an account, and who may appoint whom (docs/decisions/0015-people.md)."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from school.dated import current_q, today
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Membership, TeachingAssignment
from school.policy import Actor, Relation, Role, declare, office_over, own, own_school
from school.policy.relations import NONE
from school.row_security import unfenced, when

HEADS = (Role.OFFICE_ADMIN, Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)

# Who may give and take which post; nobody their own. A school's administrator gives none that opens marks to its holder.
GRANTS: dict[Role, tuple[Role, ...]] = {
    Role.OFFICE_ADMIN: (
        Role.OFFICE_ADMIN,
        Role.PRINCIPAL,
        Role.VICE_PRINCIPAL,
        Role.SCHOOL_ADMIN,
        Role.LIBRARIAN,
        Role.TEACHER,
        Role.EMPLOYEE,
    ),
    Role.PRINCIPAL: (Role.SCHOOL_ADMIN, Role.LIBRARIAN, Role.TEACHER, Role.EMPLOYEE),
    Role.SCHOOL_ADMIN: (Role.LIBRARIAN, Role.TEACHER, Role.EMPLOYEE),
}


def people_q(*, now: bool, schools: Collection[int] | None = None, path: str = "") -> Q:
    """People who study, work or have a child in ``schools``, or at and below the place of ``path``; today, or until today.

    Subqueries instead of joins: a teacher's twenty assignments must not multiply a pupil's rows.
    """
    holds = current_q() if now else Q(starts__lte=today())
    at_school: dict[str, Any] = (
        {"school__in": schools} if schools is not None else {"school__node__path__startswith": path}
    )
    at_node: dict[str, Any] = {"node__school__in": schools} if schools is not None else {"node__path__startswith": path}
    pupils = Enrolment.objects.filter(holds, **at_school).values("student")
    parents = Guardianship.objects.filter(holds, student__in=pupils)
    return (
        Q(pk__in=pupils)
        | Q(pk__in=parents.values("guardian"))
        | Q(pk__in=Membership.objects.filter(holds, **at_node).values("user"))
        | Q(pk__in=TeachingAssignment.objects.filter(holds, **at_school).values("teacher"))
    )


def _of_schools(*roles: Role, now: bool) -> Relation:
    def condition(actor: Actor) -> Q:
        schools = actor.schools(*roles)
        return people_q(now=now, schools=schools) if schools else NONE

    return condition


def _of_branch(*, now: bool) -> Relation:
    def condition(actor: Actor) -> Q:
        found = NONE
        for path in actor.node_paths:
            found |= people_q(now=now, path=path)
        return found

    return condition


def _holders(posts: QuerySet[Any], person: str, people: Q) -> Q:
    """Those among ``people`` who hold one of ``posts`` anywhere, by their ids (few: one place's).

    Asked with every row in sight: a head of a school that the actor does not reach is a head all the same.
    """
    with unfenced():
        ids = set(
            posts.filter(**{f"{person}__in": User.objects.filter(people).values("pk")}).values_list(person, flat=True)
        )
    return Q(pk__in=ids)


def _managed_by_office(actor: Actor) -> Q:
    """People of the branch; not operators, nor the heads of places outside it."""
    outside = Membership.objects.current().filter(role__in=HEADS)
    for path in actor.node_paths:
        outside = outside.exclude(node__path__startswith=path)
    people = _of_branch(now=True)(actor)
    return people & ~_holders(outside, "user", people) & Q(is_superuser=False)


def _managed_by_school(actor: Actor) -> Q:
    """People of the school; not those who have more rights than its administrator, nor other administrators."""
    people = _of_schools(Role.SCHOOL_ADMIN, now=True)(actor)
    heads = Membership.objects.current().filter(role__in=HEADS)
    return people & ~_holders(heads, "user", people) & Q(is_superuser=False)


def _merged_by_school(actor: Actor) -> Q:
    """Pupils and parents only: two staff accounts made one would hand the rights of one to the other."""
    people = _managed_by_school(actor)
    staff = _holders(Membership.objects.current(), "user", people)
    teaching = _holders(TeachingAssignment.objects.current(), "teacher", people)
    return people & ~staff & ~teaching


def _grants(granter: Role) -> Relation:
    def condition(actor: Actor) -> Q:
        if granter == Role.OFFICE_ADMIN:
            place = NONE
            for path in actor.node_paths:
                place |= Q(node__path__startswith=path)
        else:
            place = own_school("node__school", granter)(actor)
        return place & Q(role__in=GRANTS[granter]) & ~Q(user=actor.user.pk)

    return condition


def _nodes(granter: Role) -> Relation:
    def condition(actor: Actor) -> Q:
        if granter != Role.OFFICE_ADMIN:
            return own_school("school", granter)(actor)
        found = NONE
        for path in actor.node_paths:
            found |= Q(path__startswith=path)
        return found

    return condition


_READERS = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)

# Everybody who belongs to the place today; and whoever ever did, for a school keeps its own history.
declare(
    "identity.User",
    "people",
    {Role.OFFICE_ADMIN: _of_branch(now=True), **{role: _of_schools(role, now=True) for role in _READERS}},
)
declare(
    "identity.User",
    "look",
    {Role.OFFICE_ADMIN: _of_branch(now=False), **{role: _of_schools(role, now=False) for role in _READERS}},
)
declare("identity.User", "manage", {Role.OFFICE_ADMIN: _managed_by_office, Role.SCHOOL_ADMIN: _managed_by_school})
declare("identity.User", "merge", {Role.OFFICE_ADMIN: _managed_by_office, Role.SCHOOL_ADMIN: _merged_by_school})
# A lost second factor is the office's: a school's help desk could else walk past it.
declare(
    "identity.User",
    "factor-reset",
    {Role.OFFICE_ADMIN: lambda actor: _managed_by_office(actor) & ~Q(pk=actor.user.pk)},
)
declare("organisation.Membership", "grant", {role: _grants(role) for role in GRANTS})
declare("organisation.Node", "appoint", {role: _nodes(role) for role in GRANTS})
declare("organisation.School", "transfer", {Role.OFFICE_ADMIN: office_over("")})
_OWN = {Role.OFFICE_ADMIN: own("by"), Role.SCHOOL_ADMIN: own("by")}
declare("people.BulkAction", "view", _OWN)

when("people.BulkAction", "by_id = ANY {people}")
# The record of a merge is seen where the kept person is.
when(
    "people.Merge",
    "kept_id = ANY {people} OR EXISTS (SELECT 1 FROM organisation_enrolment e WHERE e.student_id = people_merge.kept_id)"
    " OR EXISTS (SELECT 1 FROM organisation_teachingassignment t WHERE t.teacher_id = people_merge.kept_id)"
    " OR EXISTS (SELECT 1 FROM organisation_membership m JOIN organisation_school s ON s.node_id = m.node_id"
    " WHERE m.user_id = people_merge.kept_id)"
    " OR EXISTS (SELECT 1 FROM organisation_guardianship g WHERE g.guardian_id = people_merge.kept_id)",
)
