"""The directory in the menu."""

from django.utils.translation import gettext_lazy as _

from school.navigation import NavItem, register
from school.roles import Role

register(
    NavItem(
        _("Lists"),
        "users-group",
        "people:list",
        (
            Role.OFFICE_ADMIN,
            Role.PRINCIPAL,
            Role.VICE_PRINCIPAL,
            Role.SCHOOL_ADMIN,
            Role.LIBRARIAN,
            Role.HOMEROOM,
            Role.TEACHER,
        ),
        order=60,
    )
)
