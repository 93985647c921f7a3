"""Files that were sent and never answered are forgotten."""

from datetime import timedelta

from django.utils import timezone

from school.roster.models import RosterImport

KEPT_FOR = timedelta(days=1)


def imports_expire() -> int:
    """Forget the files that nobody answered within a day; how many."""
    late = RosterImport.objects.filter(state=RosterImport.State.PREVIEW, created__lt=timezone.now() - KEPT_FOR)
    return late.update(state=RosterImport.State.EXPIRED, content=b"", faults=[], warnings=[])
