from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "school.portal"
    label = "portal"
    verbose_name = _("Portals")

    def ready(self) -> None:
        from . import policies  # noqa: F401
