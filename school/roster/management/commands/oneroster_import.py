"""`manage.py oneroster_import FILE.zip`: a OneRoster set, 1.1 or 1.2, bulk or delta."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.roster.oneroster.files import Problem, problems_csv
from school.roster.services import oneroster_import


class Command(BaseCommand):
    help = (
        "Take over a OneRoster CSV set. With faults nothing is written and the exit status is 1, unless --accept-valid."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")
        parser.add_argument(
            "--report", type=Path, metavar="OUT.csv", help="write the faults: file,row,column,value,message"
        )
        parser.add_argument("--accept-valid", action="store_true", help="keep the good rows, skip the bad ones")

    def handle(self, *args: Any, **options: Any) -> None:
        with override("vi"):
            try:
                content = options["file"].read_bytes()
            except OSError as error:
                raise CommandError(_("The file cannot be opened: %(error)s") % {"error": error}) from error
            taken = oneroster_import(content=content, dry_run=options["dry_run"], accept_valid=options["accept_valid"])
            problems = taken.problems
            if taken.refusal:
                problems = [Problem(options["file"].name, 1, "", "", taken.refusal)]
            if options["report"]:
                options["report"].write_text(problems_csv(problems), encoding="utf-8", newline="")
            for one in taken.problems:
                self.stderr.write(
                    _("%(file)s, row %(row)s, %(column)s “%(value)s”: %(message)s")
                    % {
                        "file": one.file,
                        "row": one.row,
                        "column": one.column,
                        "value": one.value,
                        "message": one.message,
                    }
                )
            for note in taken.notes:
                self.stdout.write(note)
            if not taken.refusal:
                new, changed, ended = (
                    sum(part.values()) for part in (taken.done.new, taken.done.changed, taken.done.ended)
                )
                self.stdout.write(
                    _("OneRoster %(version)s, %(rows)s rows: %(new)s new, %(changed)s changed, %(ended)s ended.")
                    % {"version": taken.version, "rows": taken.rows, "new": new, "changed": changed, "ended": ended}
                )
            if not taken.written and not taken.refusal:
                self.stdout.write(_("Nothing was written."))
            if taken.refusal or (taken.problems and not taken.written):
                raise CommandError(taken.refusal or _("The set has faults: nothing was written."))
