from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SsoConfig(AppConfig):
    name = "school.sso"
    label = "sso"
    verbose_name = _("One session over many hosts")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "HostSession.user": "stay",
    }

    def ready(self) -> None:
        from . import policies, receivers  # noqa: F401
