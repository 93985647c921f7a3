from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "school.identity"
    label = "identity"
