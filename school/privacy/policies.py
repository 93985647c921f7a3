"""Who answers requests about personal data, who sees which consents are missing, and who sets how long things are kept."""

from django.db.models import Q

from school.policy import Actor, Role, any_of, child, declare, everyone, office_over, own, own_school
from school.policy.relations import NONE
from school.row_security import excuse, when

_HEADS = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)


def _under_office(actor: Actor) -> Q:
    found = NONE
    for path in actor.node_paths:
        found |= Q(node__path__startswith=path)
    return found


declare(
    "privacy.DataRequest",
    "answer",
    {
        Role.OFFICE_ADMIN: _under_office,
        **{role: own_school("node__school", role) for role in (Role.PRINCIPAL, Role.SCHOOL_ADMIN)},
    },
)
declare(
    "organisation.School",
    "consents",
    {Role.OFFICE_ADMIN: office_over(""), **{role: own_school("pk", role) for role in _HEADS}},
)
# The rules of keeping are the district's, not a school's.
declare("privacy.RetentionRule", "manage", {Role.OFFICE_ADMIN: everyone()})
declare("privacy.RetentionRun", "manage", {Role.OFFICE_ADMIN: everyone()})
# Whose data a person may have copied, corrected, deleted, agreed to: their own and their children's, whatever their role.
_OWN = {role: own() for role in Role}
declare("identity.User", "own_data", _OWN | {Role.PARENT: any_of(own(), child())})

_OF_THE_PLACE = (
    "person_id = ANY {people} OR asked_by_id = ANY {people} OR NOT EXISTS (SELECT 1 FROM organisation_school s"
    " WHERE s.node_id = privacy_datarequest.node_id AND NOT s.id = ANY {schools})"
)
when("privacy.DataRequest", _OF_THE_PLACE)
when("privacy.DataExport", "person_id = ANY {people} OR asked_by_id = ANY {people}")
# A pupil's consents are seen where the pupil is.
when(
    "privacy.Consent",
    "child_id = ANY {people} OR by_id = ANY {people} OR EXISTS (SELECT 1 FROM organisation_enrolment e"
    " WHERE e.student_id = privacy_consent.child_id)",
)
excuse("privacy.RetentionRule", "The district's own table, without anybody's data.")
excuse("privacy.RetentionRun", "Numbers of rows by kind, without anybody's data.")
