"""Who reads the trail: an office its branch, heads and administrators their school, everybody what concerns themselves.

``private`` says whose reading includes the values of marks, remarks, absences and loans: the heads' alone, as the table of rights
over marks has it (gradebook.policies); others see that such a record changed, when and by whom.
"""

from django.db.models import Q

from school.organisation.models import Membership, School
from school.policy import Actor, Role, declare, own_school
from school.policy.relations import NONE

LEADERS = (Role.PRINCIPAL, Role.VICE_PRINCIPAL)


def _branch(actor: Actor) -> Q:
    """Entries of the schools below the office, and those without a school that concern the office's own people.

    What concerns nobody known (a sign-in with a code that does not exist) is read by the office at the root of the tree.
    """
    found = NONE
    for path in actor.node_paths:
        schools = School.objects.filter(node__path__startswith=path).order_by().values("pk")
        people = Membership.objects.filter(node__path__startswith=path).order_by().values("user")
        homeless = Q(subject_id__in=people) | Q(subject_id=None, actor_id__in=people)
        if path.count("/") == 1:
            homeless |= Q(subject_id=None, actor_id=None)
        found |= Q(school_id__in=schools) | (Q(school_id=None) & homeless)
    return found


declare(
    "audit.Entry",
    "view",
    {
        Role.OFFICE_ADMIN: _branch,
        **{role: own_school("school_id", role) for role in (*LEADERS, Role.SCHOOL_ADMIN)},
    },
)
declare("audit.Entry", "private", {role: own_school("school_id", role) for role in LEADERS})
