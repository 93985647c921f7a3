from importlib import import_module
from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    name = "library"
    label = "library"
    verbose_name = _("Library")

    # What becomes of these rows when two accounts turn out to be one person's (school.people.processing.merging).
    merges: ClassVar[dict[str, str]] = {
        "Record.created_by": "move",
        "Loan.borrower": "move",
        "Loan.lent_by": "move",
        "Loan.returned_to": "move",
        "EBook.created_by": "move",
        "ReadingPosition.reader": "move",
    }

    def ready(self) -> None:
        for module in ("policies", "navigation"):
            import_module(f"library.{module}")
