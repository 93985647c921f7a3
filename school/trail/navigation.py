"""The trail in the menu of those who answer for a school or an office; one's own stands in the account."""

from django.utils.translation import gettext_lazy as _

from school.navigation import ADMINISTRATION, NavItem, register
from school.roles import Role

register(
    NavItem(
        _("Trail"),
        "history",
        "trail:trail",
        (Role.OFFICE_ADMIN, Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN),
        order=95,
        group=ADMINISTRATION,
    )
)
