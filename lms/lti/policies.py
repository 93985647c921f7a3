"""Who connects tools, who places them in lessons, and which rows belong to which school."""

from django.db.models import Q

from school.organisation.models import Node, School
from school.policy import Actor, Relation, Role, declare, nobody
from school.policy.relations import NONE
from school.row_security import excuse, through, when


def _of_office(actor: Actor) -> Q:
    found = NONE
    for path in actor.node_paths:
        found |= Q(node__path__startswith=path)
    return found


def _of_school(actor: Actor) -> Q:
    schools = actor.schools(Role.SCHOOL_ADMIN)
    return Q(node__school__in=schools) if schools else NONE


def _above(actor: Actor, role: Role) -> Q:
    """What belongs to a school where the person holds the role, or to an office above it."""
    schools = actor.schools(role)
    paths = School.objects.filter(pk__in=schools).values_list("node__path", flat=True) if schools else []
    nodes = {int(part) for path in paths for part in path.split("/") if part}
    return Q(node__in=nodes, enabled=True) if nodes else NONE


def _above_posts(role: Role) -> Relation:
    return lambda actor: _above(actor, role)


def covers(node: Node, school: School) -> bool:
    """Whether what belongs to the place may be used in the school: it is the school's own or an office's above it."""
    return school.node.path.startswith(node.path)


declare("lti.Tool", "manage", {Role.OFFICE_ADMIN: _of_office, Role.SCHOOL_ADMIN: _of_school})
declare("lti.Tool", "use", {Role.TEACHER: _above_posts(Role.TEACHER)})

# Who connects a platform, and who decides what of a school is shown there: the school, not the office.
declare("lti.Platform", "manage", {Role.OFFICE_ADMIN: _of_office, Role.SCHOOL_ADMIN: _of_school})
declare(
    "lti.Platform",
    "offer",
    {role: _above_posts(role) for role in (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)},
)

# The page of the list shows each what they may do; its rows come from the two rules above.
declare(
    "lti.Platform",
    "list",
    {role: nobody() for role in (Role.OFFICE_ADMIN, Role.SCHOOL_ADMIN, Role.PRINCIPAL, Role.VICE_PRINCIPAL)},
)

for _model in ("Tool", "AccessToken", "Spent", "Platform", "Learner", "Visit", "GuestResult", "Report"):
    excuse(
        f"lti.{_model}",
        "Tools and platforms speak before any person is known; foreign learners are not ours.",
    )
through("lti.Link", "lesson")
through("lti.Choice", "lesson")
through("lti.LineItem", "course")
through("lti.Score", "item")
when("lti.Pseudonym", '"lti_pseudonym"."user_id" = ANY {people}')
