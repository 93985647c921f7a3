"""The house's account adapter with one more way to confirm: the linked institution."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from school.identity.adapter import AccountAdapter

from .selectors import idps, links_of


class SignInAdapter(AccountAdapter):
    """Password, authenticator and passkey first, then the institutions that can say when they asked for the password."""

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The means of this person to show that it is still them, the default first."""
        means: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        asked = [idp for idp in idps() if idp.kind == "oidc"] if user.is_authenticated else []
        links = links_of(user) if asked else {}
        return means + [
            {
                "id": f"upstream:{idp.id}",
                "description": _("Confirm with %(name)s") % {"name": idp.name},
                "url": reverse("upstream_confirm", args=[idp.id]),
            }
            for idp in asked
            if idp.id in links
        ]
