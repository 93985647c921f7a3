from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ParentportalConfig(AppConfig):
    name = "parentportal"
    label = "parentportal"
    verbose_name = _("Contact book")

    def ready(self) -> None:
        for module in ("policies", "navigation", "receivers"):
            import_module(f"parentportal.{module}")
