"""External tools in the menu of those who connect them."""

from django.utils.translation import gettext_lazy as _

from school.navigation import ADMINISTRATION, NavItem, register
from school.roles import Role

register(
    NavItem(
        _("External tools"),
        "external-link",
        "lti:tools",
        (Role.OFFICE_ADMIN, Role.SCHOOL_ADMIN),
        order=97,
        group=ADMINISTRATION,
    ),
    NavItem(
        _("Learning platforms"),
        "world",
        "lti:platforms",
        (Role.OFFICE_ADMIN, Role.SCHOOL_ADMIN, Role.PRINCIPAL, Role.VICE_PRINCIPAL),
        order=98,
        group=ADMINISTRATION,
    ),
)
