"""Through whose eyes one may look: never those of somebody with more rights than one's own.

A school's administrator helps families of the school; an office helps families and teachers of its branch. Nobody looks as a
head, an administrator or an operator, nor as somebody who also belongs to a place beyond the looker's own.
"""

from django.db.models import Q

from school.organisation.models import (
    Enrolment,
    Guardianship,
    HomeroomAssignment,
    Membership,
    School,
    TeachingAssignment,
)
from school.policy import Actor, Role, declare
from school.policy.relations import NONE

POWERS = (Role.OFFICE_ADMIN, Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)
PLAIN = Q(is_active=True, is_staff=False, is_superuser=False)


def _families(actor: Actor, inside: Q, outside: Q) -> Q:
    """Pupils of the schools and their guardians, whose every enrolment and child is inside."""
    studying = Enrolment.objects.current(actor.day)
    guarding = Guardianship.objects.current(actor.day)
    here, beyond = studying.filter(inside).values("student"), studying.filter(outside).values("student")
    family = Q(pk__in=here) | Q(pk__in=guarding.filter(student__in=here).values("guardian"))
    stray = Q(pk__in=beyond) | Q(pk__in=guarding.filter(student__in=beyond).values("guardian"))
    return family & ~stray


def _staff(actor: Actor) -> Q:
    """Whoever holds a post, teaches or leads a class anywhere today."""
    found = NONE
    for model, field in ((Membership, "user"), (TeachingAssignment, "teacher"), (HomeroomAssignment, "teacher")):
        found |= Q(pk__in=model._default_manager.current(actor.day).values(field))
    return found


def _as_school_admin(actor: Actor) -> Q:
    schools = actor.schools(Role.SCHOOL_ADMIN)
    families = _families(actor, Q(school__in=schools), ~Q(school__in=schools))
    return PLAIN & families & ~_staff(actor) & ~Q(pk=actor.user.pk)


def _as_office(actor: Actor) -> Q:
    schools, nodes = NONE, NONE
    for path in actor.node_paths:
        schools |= Q(pk__in=School.objects.filter(node__path__startswith=path).values("pk"))
        nodes |= Q(node__path__startswith=path)
    inside = Q(school__in=School.objects.filter(schools).values("pk"))
    families = _families(actor, inside, ~inside)
    posts = Membership.objects.current(actor.day)
    powerful = posts.filter(role__in=POWERS).values("user")
    elsewhere = posts.exclude(nodes).values("user")
    strangers = Enrolment.objects.current(actor.day).exclude(inside).values("student")
    parents_elsewhere = Guardianship.objects.current(actor.day).filter(student__in=strangers).values("guardian")
    staff = Q(pk__in=posts.filter(nodes).values("user")) & ~Q(pk__in=parents_elsewhere)
    return PLAIN & (families | staff) & ~Q(pk__in=powerful) & ~Q(pk__in=elsewhere) & ~Q(pk=actor.user.pk)


declare("identity.User", "look_as", {Role.OFFICE_ADMIN: _as_office, Role.SCHOOL_ADMIN: _as_school_admin})
