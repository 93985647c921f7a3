from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UpstreamConfig(AppConfig):
    name = "school.upstream"
    label = "upstream"
    verbose_name = _("Sign-in through other institutions")

    def ready(self) -> None:
        from . import policies, receivers  # noqa: F401
