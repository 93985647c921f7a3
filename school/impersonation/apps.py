from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImpersonationConfig(AppConfig):
    name = "school.impersonation"
    label = "impersonation"
    verbose_name = _("Looking as another person")

    def ready(self) -> None:
        from . import policies, receivers  # noqa: F401
