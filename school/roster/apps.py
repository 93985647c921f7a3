from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "school.roster"
    label = "roster"
