from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "school.portal"
    label = "portal"
