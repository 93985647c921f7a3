"""Requests of parents in the menu of those who answer them."""

from django.utils.translation import gettext_lazy as _

from school.families.selectors import waiting_count
from school.navigation import NavItem, register
from school.roles import Role

register(
    NavItem(
        _("Approve parents"),
        "user-check",
        "families:requests",
        (Role.HOMEROOM, Role.SCHOOL_ADMIN),
        order=65,
        badge=waiting_count,
    )
)
