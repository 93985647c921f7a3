"""`manage.py oneroster_export --version 1.2 OUT.zip`: a OneRoster set of all schools, or of some."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import override

from school.organisation.models import School
from school.roster.oneroster.columns import VERSIONS
from school.roster.services import oneroster_export


class Command(BaseCommand):
    help = "Write a OneRoster CSV set: bulk, or with --since the delta of what has changed."

    def add_arguments(self, parser: CommandParser) -> None:
        # "--version" is Django's own word for its version; here it is the set's.
        for action in parser._actions:
            if "--version" in action.option_strings:
                parser._handle_conflict_resolve(None, [("--version", action)])  # type: ignore[arg-type]
                break
        parser.add_argument("--version", choices=VERSIONS, default="1.2", dest="oneroster")
        parser.add_argument(
            "--school", action="append", default=[], metavar="CODE", help="only this school; repeatable"
        )
        parser.add_argument(
            "--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="only what has changed since"
        )
        parser.add_argument("out", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        with override("vi"):
            found = School.objects.select_related("node").order_by("pk")
            schools = list(found.filter(code__in=options["school"]) if options["school"] else found)
            if lost := set(options["school"]) - {school.code for school in schools}:
                raise CommandError(_("There is no school with the code %(code)s.") % {"code": ", ".join(sorted(lost))})
            content = oneroster_export(version=options["oneroster"], schools=schools, by=None, since=options["since"])
            try:
                options["out"].write_bytes(content)
            except OSError as error:
                raise CommandError(_("The file cannot be written: %(error)s") % {"error": error}) from error
            self.stdout.write(_("%(count)s schools written.") % {"count": len(schools)})
