from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OidcConfig(AppConfig):
    name = "school.oidc"
    label = "oidc"
    verbose_name = _("Sign-in for other applications")

    def ready(self) -> None:
        from . import navigation, policies, receivers  # noqa: F401
