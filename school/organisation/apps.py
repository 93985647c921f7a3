from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "school.organisation"
    label = "organisation"
    verbose_name = _("Organisation")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "Enrolment.student": "join",
        "TeachingAssignment.teacher": "join",
        "HomeroomAssignment.teacher": "move",
        "Guardianship.guardian": "join",
        "Guardianship.student": "join",
        "Membership.user": "join",
    }

    def ready(self) -> None:
        from school.audit.services import home_by

        from . import policies  # noqa: F401
        from .selectors import home_of_entry

        home_by(home_of_entry)
