"""`manage.py audit_verify`: is the trail what it was?"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from school.audit.verifying import PlaceError, faults, summary


class Command(BaseCommand):
    """Says in words what was changed or removed, and ends with 1 then."""

    help = "Check every seal of the trail, its chain, and the copies of the seals that left the house."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--copy", action="append", default=[], type=Path, help="a further copy of the seals, one a line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            copies = [(str(path), path.read_text(encoding="utf-8").splitlines()) for path in options["copy"]]
            found = list(faults(copies))
        except (OSError, PlaceError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary())
        for fault in found:
            self.stderr.write(fault)
        if found:
            raise CommandError(_("The trail is not what it was: %(count)d faults.") % {"count": len(found)})
        self.stdout.write(_("The trail is whole."))
