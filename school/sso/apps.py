from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SsoConfig(AppConfig):
    name = "school.sso"
    label = "sso"
    verbose_name = _("One session over many hosts")

    def ready(self) -> None:
        from . import policies, receivers  # noqa: F401
