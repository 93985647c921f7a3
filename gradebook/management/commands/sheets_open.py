"""Open the mark sheets that the teaching assignments of a school ask for."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from gradebook.services import sheets_open_all
from school.organisation.models import School, SchoolClass, SchoolYear


class Command(BaseCommand):
    help = "Open the mark sheets of a school's classes in the current year."

    def add_arguments(self, parser: CommandParser) -> None:
        """One school by its code."""
        parser.add_argument("--school", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Open what is missing; a second run changes nothing. Raises CommandError for an unknown school or no year."""
        school = School.objects.filter(code=options["school"]).first()
        year = SchoolYear.objects.current()
        if school is None or year is None:
            raise CommandError(_("There is no such school, or no school year yet."))
        classes = list(SchoolClass.objects.filter(school=school, year=year))
        opened = sheets_open_all(classes=classes, terms=list(year.terms.all()))
        self.stdout.write(_("%(count)s sheets opened.") % {"count": opened})
