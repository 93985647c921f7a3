from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "school.privacy"
    label = "privacy"
    verbose_name = _("Personal data")

    def ready(self) -> None:
        from . import navigation, policies  # noqa: F401

        # Every room says itself which of its rows are about whom.
        autodiscover_modules("personal")
