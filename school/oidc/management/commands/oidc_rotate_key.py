import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.formats import date_format

from school.audit.services import record
from school.oidc.keys import LTI, OIDC, key_rotate


class Command(BaseCommand):
    """Make the provider's next signing key, published a day before it signs; or replace all keys at once."""

    help = "Make the next signing key of the sign-in for other applications."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hours", type=int, default=24, help="hours it is published before it signs (24)")
        parser.add_argument("--for", dest="purpose", choices=[OIDC, LTI], default=OIDC, help="whose key (oidc)")
        parser.add_argument("--now", action="store_true", help="a key was stolen: forget the old ones at once")

    def handle(self, *args: Any, **options: Any) -> None:
        """An old key is kept for the longest sign-in, for applications show old tokens when they sign out."""
        if options["now"]:
            made = key_rotate(ahead=datetime.timedelta(0), keep=datetime.timedelta(0), purpose=options["purpose"])
        else:
            longest = max(settings.FAMILY_SESSION[1], settings.STAFF_SESSION[1])
            made = key_rotate(
                ahead=datetime.timedelta(hours=max(0, options["hours"])),
                keep=datetime.timedelta(seconds=longest + 3600),
                purpose=options["purpose"],
            )
        told = {"at_once": options["now"], "purpose": options["purpose"]}
        record(actor=None, action="key_rotated", target=made, detail=told)
        starts = date_format(timezone.localtime(made.not_before), "SHORT_DATETIME_FORMAT")
        self.stdout.write(f"Khoá số {made.number} ký từ {starts}.")
