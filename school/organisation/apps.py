from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "school.organisation"
    label = "organisation"
    verbose_name = _("Organisation")

    def ready(self) -> None:
        from school.audit.services import home_by

        from . import policies  # noqa: F401
        from .selectors import home_school

        home_by(home_school)
