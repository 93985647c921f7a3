from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrailConfig(AppConfig):
    name = "school.trail"
    label = "trail"
    verbose_name = _("Reading the trail")

    def ready(self) -> None:
        from . import policies, receivers  # noqa: F401
