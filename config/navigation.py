"""The menu's first entry, everybody's."""

from django.utils.translation import gettext_lazy as _

from school.navigation import NavItem, register

register(NavItem(_("Today"), "home", "home", order=0))
