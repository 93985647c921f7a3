"""`manage.py district_import FILE.csv`: the office's list of schools."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.roster.processing.tables import TableError
from school.roster.services import district_import


class Command(BaseCommand):
    help = "Load the list of schools (code,name,level,ward,email,phone); loading it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--office", default="", help="name of the office above the schools")

    def handle(self, *args: Any, **options: Any) -> None:
        with override("vi"):
            try:
                outcome = district_import(content=options["file"].read_bytes(), office=options["office"])
            except (OSError, TableError) as error:
                raise CommandError(str(error)) from error
            for fault in outcome.faults:
                self.stderr.write(
                    _("Row %(row)s, %(column)s “%(value)s”: %(message)s")
                    % {"row": fault.row, "column": fault.column, "value": fault.value, "message": fault.message}
                )
            self.stdout.write(
                _("Schools: %(new)s new, %(changed)s changed, %(same)s unchanged, %(faults)s faults.")
                % {"new": outcome.new, "changed": outcome.changed, "same": outcome.same, "faults": len(outcome.faults)}
            )
            if outcome.faults:
                raise CommandError(_("Rows with faults were skipped."))
