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
    )
)
