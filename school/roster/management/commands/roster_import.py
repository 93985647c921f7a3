"""`manage.py roster_import`: a school's list of students, staff or teaching assignments."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.organisation.models import School
from school.roster.processing.columns import Layout
from school.roster.processing.fields import STAFF, STUDENTS, TEACHING
from school.roster.processing.lists import Fault
from school.roster.processing.matching import chosen_by_words
from school.roster.processing.reports import faults_csv
from school.roster.selectors import layouts_for, layouts_of
from school.roster.services import Outcome, import_record, roster_import


class Command(BaseCommand):
    help = (
        "Load a school's list. With faults nothing is written and the exit status is 1, unless --accept-valid is given."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--school", required=True, metavar="CODE", help="the school's code")
        parser.add_argument("--kind", required=True, choices=(STUDENTS, STAFF, TEACHING))
        parser.add_argument(
            "--map",
            default="",
            metavar="FILE.json|NAME",
            help='which column holds what: a file {"heading": "field", …}, or the name of a remembered layout',
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")
        parser.add_argument("--report", type=Path, metavar="OUT.csv", help="write the faults: row,column,value,message")
        parser.add_argument("--accept-valid", action="store_true", help="keep the good rows, skip the bad ones")
        parser.add_argument("--accept-repairs", action="store_true", help="take what was probably meant (lost zeros)")
        parser.add_argument(
            "--create-classes", action="store_true", help="add the named classes to a school that already has classes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with override("vi"):
            school = School.objects.filter(code=options["school"]).first()
            if school is None:
                raise CommandError(_("There is no school with the code %(code)s.") % {"code": options["school"]})
            try:
                content = options["file"].read_bytes()
            except OSError as error:
                raise CommandError(_("The file cannot be opened: %(error)s") % {"error": error}) from error
            outcome = roster_import(
                layouts=self._layouts(school, options["kind"], options["map"]),
                school=school,
                kind=options["kind"],
                content=content,
                dry_run=options["dry_run"],
                accept_valid=options["accept_valid"],
                accept_repairs=options["accept_repairs"],
                create_classes=options["create_classes"] or None,
            )
            name = options["file"].name
            import_record(school=school, kind=options["kind"], file_name=name, content=content, outcome=outcome)
            self._tell(outcome, name, options["report"])
            accepted = options["accept_valid"] and not outcome.refusal and outcome.good
            if not outcome.clean and not accepted:
                raise CommandError(outcome.refusal or _("The list has faults: nothing was written."))

    def _layouts(self, school: School, kind: str, wanted: str) -> list[Layout]:
        if not wanted:
            return layouts_for(school, kind)
        if found := layouts_of(school, kind).filter(name=wanted).first():
            return [Layout(found.columns, pk=found.pk)]
        try:
            written = json.loads(Path(wanted).read_text(encoding="utf-8"))
            if not isinstance(written, dict):
                raise ValueError(_("The file of columns must be one object: heading to field."))
            return [Layout(chosen_by_words(kind, written.get("columns", written)))]
        except FileNotFoundError as error:
            raise CommandError(
                _("There is no remembered layout and no file of the name %(name)s.") % {"name": wanted}
            ) from error
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _tell(self, outcome: Outcome, name: str, report: Path | None) -> None:
        faults = [Fault(1, "", name, outcome.refusal)] if outcome.refusal else outcome.faults
        if report:
            report.write_text(faults_csv(faults), encoding="utf-8", newline="")
        if outcome.refusal:
            return
        for fault in faults:
            self.stderr.write(
                _("Row %(row)s, %(column)s “%(value)s”: %(message)s")
                % {"row": fault.row, "column": fault.column, "value": fault.value, "message": fault.message}
            )
        counts = outcome.counts
        self.stdout.write(
            _("%(rows)s rows: %(new)s new, %(changed)s changed, %(same)s unchanged, %(bad)s with faults.")
            % {
                "rows": outcome.rows,
                "new": counts.new,
                "changed": counts.changed,
                "same": counts.same,
                "bad": outcome.rows - outcome.good,
            }
        )
        if outcome.unread:
            self.stdout.write(_("Columns that are not read: %(names)s.") % {"names": ", ".join(outcome.unread)})
        for note in outcome.notes:
            self.stdout.write(note)
        if outcome.new_classes:
            self.stdout.write(_("New classes: %(names)s.") % {"names": ", ".join(sorted(outcome.new_classes))})
        if counts.people:
            self.stdout.write(_("New parents: %(count)s.") % {"count": counts.people})
        if not outcome.written and outcome.clean:
            self.stdout.write(_("Nothing was written."))
