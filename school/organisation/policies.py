"""Who sees the organisation (grading.md's table: roster, accounts and assignments)."""

from school.policy import (
    Role,
    child_enrolled,
    declare,
    enrolled,
    office_over,
    own_school,
)

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
