"""Who reads the lists of people and who may load them (grading.md, table of roles: roster; accounts and assignments)."""

from django.db.models import Q

from school.policy import Actor, Role, any_of, declare, homeroom, office_over, own_school, teaches
from school.row_security import excuse, through

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


def _of_own_office(actor: Actor) -> Q:
    """Rows of a place (not of a school) at or below one that the person administers."""
    found = Q(pk__in=[])
    for path in actor.node_paths:
        found |= Q(node__path__startswith=path)
    return found


declare(
    "roster.ColumnLayout",
    "manage",
    {
        Role.OFFICE_ADMIN: any_of(office_over("school"), _of_own_office),
        Role.SCHOOL_ADMIN: own_school("school", Role.SCHOOL_ADMIN),
    },
)
declare("roster.OneRosterSet", "manage", {Role.OFFICE_ADMIN: _of_own_office})
declare(
    "roster.SlipJob",
    "view",
    {
        Role.OFFICE_ADMIN: office_over("school_class__school"),
        Role.SCHOOL_ADMIN: own_school("school_class__school", Role.SCHOOL_ADMIN),
    },
)

through("roster.SlipJob", "school_class")
excuse("roster.OneRosterSet", "Of a place and no school; its content is read by the worker alone.")
