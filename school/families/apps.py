from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FamiliesConfig(AppConfig):
    name = "school.families"
    label = "families"
    verbose_name = _("Parents who join")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "ParentCode.student": "move",
        "ParentCode.by": "move",
        "ParentRequest.student": "move",
        "ParentRequest.by": "move",
        "ParentRequest.account": "move",
    }

    def ready(self) -> None:
        from . import navigation, policies  # noqa: F401
