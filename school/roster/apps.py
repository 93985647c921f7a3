from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RosterConfig(AppConfig):
    name = "school.roster"
    label = "roster"
    verbose_name = _("Lists of people")

    def ready(self) -> None:
        from . import navigation, policies  # noqa: F401
