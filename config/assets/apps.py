from django.apps import AppConfig


class AssetsConfig(AppConfig):
    """Front-end files: npm packages without a bundler, fonts, icons, import map, template tags."""

    name = "config.assets"
    label = "assets"
