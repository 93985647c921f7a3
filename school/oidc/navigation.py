"""The office's applications in the menu."""

from django.utils.translation import gettext_lazy as _

from school.navigation import ADMINISTRATION, NavItem, register
from school.roles import Role

register(
    NavItem(
        _("Applications"), "plug-connected", "oidc:applications", (Role.OFFICE_ADMIN,), order=96, group=ADMINISTRATION
    )
)
