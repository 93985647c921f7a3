"""Who manages applications, and how the provider's own addresses are guarded."""

from django.db.models import Q

from school.policy import Access, Actor, Role, declare, declare_view
from school.policy.relations import NONE
from school.row_security import excuse


def _of_office(actor: Actor) -> Q:
    found = NONE
    for path in actor.node_paths:
        found |= Q(office__path__startswith=path)
    return found


# An application reads people of every school, so it belongs to an office and its administrators alone.
declare("oidc.Application", "manage", {Role.OFFICE_ADMIN: _of_office})

for _name in ("configuration", "jwks"):
    declare_view(f"idp:oidc:{_name}", Access("public"))
declare_view("idp:oidc:authorization", Access("public"))
declare_view("idp:oidc:logout", Access("public"))
for _name in ("token", "revoke", "introspect", "userinfo"):
    declare_view(f"idp:oidc:{_name}", Access("token", reason="An application speaks, with its secret or a token."))

for _model in ("Application", "Consent", "Grant", "Notice", "SigningKey", "SpentRefresh"):
    excuse(f"oidc.{_model}", "An application belongs to the office, and speaks for itself before any person is known.")
