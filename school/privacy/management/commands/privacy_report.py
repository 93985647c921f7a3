"""`manage.py privacy_report`: what the office's rules of keeping would delete today. Nothing is deleted."""

from typing import Any

from django.core.management.base import BaseCommand

from school.privacy.processing import report_make


class Command(BaseCommand):
    """The same report as once a year; the office confirms it on the page "How long data is kept"."""

    help = "Count what the rules of keeping would delete; the office confirms it on the web."

    def handle(self, *args: Any, **options: Any) -> None:
        run = report_make()
        for line in run.counts:
            self.stdout.write(f"{line['rows']:>10}  {line['model']} ({line['kind']})")
        total = sum(line["rows"] for line in run.counts)
        self.stdout.write(f"{total} rows are old enough to go; nothing was deleted")
