from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top of the house: commands and start pages that need every app."""

    name = "config"
