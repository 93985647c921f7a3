from django.apps import AppConfig


class ParentportalConfig(AppConfig):
    name = "parentportal"
    label = "parentportal"
