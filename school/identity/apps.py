from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "school.identity"
    label = "identity"
    verbose_name = _("People and accounts")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "User_groups.user": "move",
        "User_user_permissions.user": "move",
    }

    def ready(self) -> None:
        from . import policies, receivers, sessions  # noqa: F401
