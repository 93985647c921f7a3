"""Check the log of every mark sheet: chain, length, and that replaying it gives the stored marks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from gradebook.models import MarkSheet
from gradebook.services import log_verify


class Command(BaseCommand):
    help = "Verify the log of marks; ends with an error when any sheet's log does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write one line per fault and raise CommandError when there are any."""
        faults = checked = 0
        for sheet in MarkSheet.objects.order_by("pk").iterator():
            checked += 1
            for fault in log_verify(sheet):
                faults += 1
                place = f"{fault.sheet}" if fault.position is None else f"{fault.sheet}:{fault.position}"
                self.stderr.write(f"{place}: {fault.what}")
        if faults:
            raise CommandError(_("%(faults)s faults in the log of marks.") % {"faults": faults})
        self.stdout.write(_("The log of marks holds: %(sheets)s sheets checked.") % {"sheets": checked})
