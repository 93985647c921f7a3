"""Help through another's eyes, for those who give it."""

from django.utils.translation import gettext_lazy as _

from school.navigation import ADMINISTRATION, NavItem, register
from school.roles import Role

register(
    NavItem(
        _("Look as a person"),
        "eye",
        "impersonation:find",
        (Role.OFFICE_ADMIN, Role.SCHOOL_ADMIN),
        order=97,
        group=ADMINISTRATION,
    )
)
