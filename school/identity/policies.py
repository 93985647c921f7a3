"""Who sees whom, and which views of libraries are open to whom."""

from django.db.models import Q

from school.dated import current_q
from school.policy import (
    Access,
    Actor,
    Role,
    any_of,
    child,
    declare,
    declare_view,
    homeroom,
    own,
    own_school,
    teaches,
)
from school.policy.relations import NONE, Relation
from school.row_security import excuse

_ENROLLED = ("enrolments__",)
_CHILD_ENROLLED = ("guardianships__", "guardianships__student__enrolments__")


def _today(relation: Relation, *dated: str) -> Relation:
    """The relation while the rows on its path hold: a pupil of last year's class is nobody's pupil there today."""

    def condition(actor: Actor) -> Q:
        found = relation(actor)
        for path in dated:
            found &= current_q(path)
        return found

    return condition


def _of_school(*roles: Role) -> Relation:
    """People who study, work or have a child in a school where the person holds one of the roles."""
    return any_of(
        _today(own_school("enrolments__school", *roles), *_ENROLLED),
        _today(own_school("memberships__node__school", *roles), "memberships__"),
        _today(own_school("teaching__school", *roles), "teaching__"),
        _today(own_school("guardianships__student__enrolments__school", *roles), *_CHILD_ENROLLED),
    )


def _under_office(actor: Actor) -> Q:
    found = NONE
    for path in actor.node_paths:
        for way, dated in (
            ("enrolments__school__node", _ENROLLED),
            ("memberships__node", ("memberships__",)),
            ("teaching__school__node", ("teaching__",)),
            ("guardianships__student__enrolments__school__node", _CHILD_ENROLLED),
        ):
            condition = Q(**{f"{way}__path__startswith": path})
            for prefix in dated:
                condition &= current_q(prefix)
            found |= condition
    return found


declare(
    "identity.User",
    "view",
    {
        Role.OFFICE_ADMIN: any_of(_under_office, own()),
        Role.PRINCIPAL: _of_school(Role.PRINCIPAL),
        Role.VICE_PRINCIPAL: _of_school(Role.VICE_PRINCIPAL),
        Role.SCHOOL_ADMIN: _of_school(Role.SCHOOL_ADMIN),
        Role.LIBRARIAN: any_of(_today(own_school("enrolments__school", Role.LIBRARIAN), *_ENROLLED), own()),
        Role.HOMEROOM: any_of(
            _today(homeroom("enrolments__school_class"), *_ENROLLED),
            _today(homeroom("guardianships__student__enrolments__school_class"), *_CHILD_ENROLLED),
            own(),
        ),
        Role.TEACHER: any_of(_today(teaches("enrolments__school_class"), *_ENROLLED), own()),
        Role.STUDENT: own(),
        Role.PARENT: any_of(child(), own()),
    },
)

declare_view("account_login", Access("public"))
declare_view("account_logout", Access("public"))
# Where a passkey or another institution's answer leads the owner of a closed account, who is signed in nowhere.
declare_view("account_inactive", Access("public"))
declare_view("account_change_password", Access("signed_in"))
declare_view("account_set_password", Access("signed_in"))
declare_view("account_reauthenticate", Access("signed_in"))
for _name in (
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
):
    declare_view(_name, Access("signed_in"))
# The half-way stages of signing in: the person is known to the library, not yet to us.
declare_view("mfa_authenticate", Access("public"))
declare_view("mfa_login_webauthn", Access("public"))
declare_view("wagtail_serve", Access("public"))

excuse("identity.User", "Looked up at sign-in, before anyone is known; a name stands beside whatever a person made.")
