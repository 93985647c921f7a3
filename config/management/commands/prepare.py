"""`manage.py prepare`: everything between an empty folder and a district that can be opened; `make run` calls it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.celery import folders_make


class Command(BaseCommand):
    """One process for all steps: starting Django is most of the time of a second start."""

    help = "Compile catalogues, migrate, load the demonstration when the database is empty."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("prepare is for the embedded mode; docs/operations.md tells how servers are set up.")
        Path(settings.VAR).mkdir(parents=True, exist_ok=True)
        folders_make()
        with self.step("catalogues"):
            call_command("catalogue", compile=True, stdout=self.stdout)
        with self.step("database"):
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
        with self.step("demonstration district"):
            call_command("demo_district", if_empty=True, stdout=self.stdout)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Write a step's seconds into the log of `make run`."""
        started = time.monotonic()
        yield
        self.stdout.write(f"{title}: {time.monotonic() - started:.1f} s")
