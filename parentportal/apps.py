from importlib import import_module
from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ParentportalConfig(AppConfig):
    name = "parentportal"
    label = "parentportal"
    verbose_name = _("Contact book")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "Thread.student": "move",
        "Thread.opened_by": "move",
        "Thread.last_author": "move",
        "Message.author": "move",
        "Receipt.user": "move",
        "Delivery.student": "move",
        "Delivery.recipient": "move",
    }

    def ready(self) -> None:
        for module in ("policies", "navigation", "receivers"):
            import_module(f"parentportal.{module}")
