from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "school.audit"
    label = "audit"
    verbose_name = _("The trail")

    def ready(self) -> None:
        """Every app says in its ``audited.py`` which of its tables are watched."""
        from . import checks, policies, receivers  # noqa: F401

        autodiscover_modules("audited")
