from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ConfigConfig(AppConfig):
    """The top of the house: commands and start pages that need every app."""

    name = "config"

    def ready(self) -> None:
        """Let every app put its entries into the menu and its cards on the start page (its ``navigation.py``)."""
        autodiscover_modules("navigation")
