from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "school.identity"
    label = "identity"
    verbose_name = _("People and accounts")

    def ready(self) -> None:
        from . import policies, receivers, sessions  # noqa: F401
