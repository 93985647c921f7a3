"""Who answers a parent's request and makes codes: the class's homeroom teacher and the school's administrator."""

from django.db.models import Q

from school.dated import current_q
from school.organisation.models import Enrolment
from school.policy import Actor, Relation, Role, declare
from school.policy.relations import NONE
from school.row_security import when


def _pupils(path: str, role: Role) -> Relation:
    """Rows about pupils who today study in the person's homeroom class or administered school."""

    def condition(actor: Actor) -> Q:
        name, ids = "school_class__in", actor.homeroom_classes
        if role != Role.HOMEROOM:
            name, ids = "school__in", actor.schools(role)
        if not ids:
            return NONE
        return Q(**{f"{path}__in": Enrolment.objects.filter(current_q(), **{name: ids}).values("student")})

    return condition


_ANSWERS = (Role.HOMEROOM, Role.SCHOOL_ADMIN)
declare("families.ParentRequest", "answer", {role: _pupils("student", role) for role in _ANSWERS})
declare("identity.User", "parent-code", {role: _pupils("pk", role) for role in _ANSWERS})

# A code and a request are seen where the pupil is.
_PUPIL = "EXISTS (SELECT 1 FROM organisation_enrolment e WHERE e.student_id = "
when("families.ParentCode", _PUPIL + "families_parentcode.student_id)")
when("families.ParentRequest", _PUPIL + "families_parentrequest.student_id)")
