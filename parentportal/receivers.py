"""News of the gradebook becomes messages to the families."""

from datetime import timedelta
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from gradebook.models import AbsenceSession, Correction, MarkReview, MarkSheet
from gradebook.signals import absence_recorded, marks_corrected, marks_published, review_answered
from parentportal.notices import absence_deliveries, correction_deliveries, marks_deliveries, review_deliveries
from parentportal.services import deliveries_queue

NEWS = timedelta(days=2)  # an absence that is entered later is read in the contact book; no telephone rings for it


@receiver(absence_recorded, dispatch_uid="parentportal.absence")
def absence_tell(sender: Any, *, absence: AbsenceSession, created: bool, **_kwargs: Any) -> None:
    """Tell the family of an absence without leave; one with leave they know of already."""
    if created and not absence.excused and absence.date >= timezone.localdate() - NEWS:
        deliveries_queue(absence_deliveries(absence), urgent=False)


@receiver(marks_published, dispatch_uid="parentportal.marks")
def marks_tell(sender: Any, *, sheet: MarkSheet, students: list[int], **_kwargs: Any) -> None:
    """Tell the families that there are new marks, without the marks."""
    deliveries_queue(marks_deliveries(sheet, students))


@receiver(marks_corrected, dispatch_uid="parentportal.correction")
def correction_tell(sender: Any, *, correction: Correction, students: list[int], **_kwargs: Any) -> None:
    """Tell the families who had read the old mark that it was corrected."""
    deliveries_queue(correction_deliveries(correction, students))


@receiver(review_answered, dispatch_uid="parentportal.review")
def review_tell(sender: Any, *, review: MarkReview, **_kwargs: Any) -> None:
    """Tell the family that the teacher has answered."""
    deliveries_queue(review_deliveries(review))
