from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RosterConfig(AppConfig):
    name = "school.roster"
    label = "roster"
    verbose_name = _("Lists of people")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "RosterImport.by": "move",
        "SlipJob.by": "move",
        "ColumnLayout.by": "move",
        "OneRosterSet.by": "move",
    }

    def ready(self) -> None:
        from . import policies  # noqa: F401
