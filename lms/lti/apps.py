from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LtiConfig(AppConfig):
    name = "lms.lti"
    label = "lti"
    verbose_name = _("External tools")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "Choice.user": "stay",
        "Pseudonym.user": "move",
        "Score.student": "move",
    }

    def ready(self) -> None:
        from lms.lti import navigation, policies  # noqa: F401
        from lms.lti.tool import reading  # noqa: F401  the content host asks it who a guest is
