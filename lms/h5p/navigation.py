"""The menu entry of the office: which H5P code may run."""

from django.utils.translation import gettext_lazy as _

from school.navigation import ADMINISTRATION, NavItem, register
from school.policy import Role

register(NavItem(_("H5P libraries"), "puzzle", "h5p:libraries", [Role.OFFICE_ADMIN], 90, group=ADMINISTRATION))
