"""Who reads the lists of people and who may load them (grading.md, table of roles: roster; accounts and assignments)."""

from school.policy import Role, any_of, declare, homeroom, office_over, own_school, teaches

_READERS = (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN, Role.LIBRARIAN)

declare(
    "organisation.School",
    "roster",
    {Role.OFFICE_ADMIN: office_over(""), **{role: own_school("pk", role) for role in _READERS}},
)
declare(
    "organisation.SchoolClass",
    "roster",
    {
        Role.OFFICE_ADMIN: office_over("school"),
        **{role: own_school("school", role) for role in _READERS},
        Role.HOMEROOM: homeroom(),
        Role.TEACHER: any_of(teaches(), homeroom()),
    },
)
# Parents' phones and addresses: the school's heads and office, and the homeroom teacher for the own class.
declare(
    "organisation.SchoolClass",
    "contacts",
    {
        **{role: own_school("school", role) for role in (Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)},
        Role.HOMEROOM: homeroom(),
    },
)
declare(
    "organisation.SchoolClass",
    "slips",
    {Role.OFFICE_ADMIN: office_over("school"), Role.SCHOOL_ADMIN: own_school("school", Role.SCHOOL_ADMIN)},
)
_LOADERS = {Role.OFFICE_ADMIN: office_over("school"), Role.SCHOOL_ADMIN: own_school("school", Role.SCHOOL_ADMIN)}
declare("roster.RosterImport", "view", _LOADERS)
declare("roster.RosterImport", "add", _LOADERS)
declare(
    "roster.SlipJob",
    "view",
    {
        Role.OFFICE_ADMIN: office_over("school_class__school"),
        Role.SCHOOL_ADMIN: own_school("school_class__school", Role.SCHOOL_ADMIN),
    },
)
