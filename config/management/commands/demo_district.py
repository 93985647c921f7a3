"""`manage.py demo_district`: load the demonstration, or see that it is loaded."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.files import sign_ins_file
from config.demo.load import is_other_district, load
from school.organisation.models import School


class Command(BaseCommand):
    """Adds only what is missing; a database with other schools is left alone."""

    help = "Load the demonstration district (the embedded mode only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when schools are there already")

    def handle(self, *args: Any, **options: Any) -> None:
        if is_other_district():
            if options["if_empty"]:
                return
            raise CommandError("This database holds another district; the demonstration wants one of its own.")
        # The file is written last: without it an earlier loading was broken off and is taken up again.
        if options["if_empty"] and School.objects.exists() and sign_ins_file().is_file():
            return
        try:
            people = load(self.stdout.write)
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        for person in people:
            self.stdout.write(f"{person.role}: {person.code} / {person.password} ({person.name})")
