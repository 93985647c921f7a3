"""The menu's entries of the media rooms."""

from django.utils.translation import gettext_lazy as _

from school.navigation import ADMINISTRATION, NavItem, register
from school.policy import APPOINTED, Role

register(
    NavItem(_("Files"), "video", "media:mine", (*APPOINTED, Role.HOMEROOM), order=70),
    NavItem(_("My notes"), "writing", "media:my-notes", (Role.STUDENT,), order=65),
    NavItem(
        _("Processing queue"),
        "progress",
        "media:queue",
        (Role.OFFICE_ADMIN, Role.SCHOOL_ADMIN, Role.PRINCIPAL),
        order=95,
        group=ADMINISTRATION,
    ),
)
