"""`manage.py catalogue`: compile the Vietnamese catalogue, or prove that it is complete."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.catalogue import catalogues, compile_all, examine

FOLDERS = ("config", "parentportal", "gradebook", "lms", "library", "media", "school")


class Command(BaseCommand):
    """Works without GNU gettext."""

    help = "Compile the Vietnamese catalogue (--compile) or fail on a gap in it (--check)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--compile", action="store_true", help="write the .mo file beside every django.po")
        parser.add_argument("--check", action="store_true", help="name every text without Vietnamese and fail")
        parser.add_argument("--unused", action="store_true", help="with --check: also list entries nothing asks for")

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR
        if not options["compile"] and not options["check"]:
            raise CommandError("say what to do: --compile or --check")
        if options["compile"]:
            count = compile_all(catalogues(root, FOLDERS))
            self.stdout.write(f"{count} catalogues compiled")
        if options["check"]:
            report = examine(root, FOLDERS)
            if options["unused"]:
                self.stdout.writelines(f"unused: {line}" for line in report.unused)
            if report.faults:
                raise CommandError("\n".join([*report.faults, f"{len(report.faults)} faults in the catalogue"]))
            self.stdout.write(f"{len(report.asked)} texts, all in Vietnamese ({len(report.unused)} entries unused)")
