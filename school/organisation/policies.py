"""Who sees the organisation (grading.md's table: roster, accounts and assignments)."""

from school.policy import (
    Role,
    child_enrolled,
    declare,
    enrolled,
    office_over,
    own_school,
)
from school.row_security import excuse, when

SCHOOL_STAFF = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN, Role.LIBRARIAN, Role.TEACHER, Role.HOMEROOM)

declare(
    "organisation.School",
    "view",
    {
        Role.EMPLOYEE: own_school("pk", Role.EMPLOYEE),
        Role.OFFICE_ADMIN: office_over(""),
        **{role: own_school("pk", role) for role in SCHOOL_STAFF},
        Role.STUDENT: own_school("pk", Role.STUDENT),
        Role.PARENT: own_school("pk", Role.PARENT),
    },
)
declare(
    "organisation.School",
    "manage",
    {Role.OFFICE_ADMIN: office_over(""), Role.SCHOOL_ADMIN: own_school("pk", Role.SCHOOL_ADMIN)},
)
declare("organisation.School", "oversee", {Role.OFFICE_ADMIN: office_over("")})
declare(
    "organisation.SchoolClass",
    "view",
    {
        Role.OFFICE_ADMIN: office_over("school"),
        **{role: own_school("school", role) for role in SCHOOL_STAFF},
        Role.STUDENT: enrolled(),
        Role.PARENT: child_enrolled(),
    },
)

for _model in ("NodeKind", "Node", "School", "SchoolLevel", "SchoolYear", "Term", "Week", "Subject"):
    excuse(f"organisation.{_model}", "The shape of the district and its calendar, which the public portals show.")
# A pupil's guardians are seen where the pupil is.
when(
    "organisation.Guardianship",
    "guardian_id = ANY {people} OR student_id = ANY {people} OR EXISTS (SELECT 1 FROM organisation_enrolment e"
    " WHERE e.student_id = organisation_guardianship.student_id)",
)
# Who holds a post at an office is no secret of any school.
when(
    "organisation.Membership",
    "user_id = ANY {people} OR NOT EXISTS (SELECT 1 FROM organisation_school s"
    " WHERE s.node_id = organisation_membership.node_id AND NOT s.id = ANY {schools})",
)
