"""Families ask to look at a published mark again (phúc khảo), teachers answer."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gradebook.models import Mark, MarkReview
from gradebook.regulations import sheets as rules
from gradebook.selectors import published_cell
from gradebook.services.errors import SheetError
from gradebook.signals import review_answered
from school.identity.models import User


def review_ask(*, mark: Mark, by: User, text: str) -> MarkReview:
    """A family asks to look at a published mark again (phúc khảo); ``by`` must be allowed to.

    Raises SheetError without a reason, for a mark that is not published, and while an earlier request is unanswered.
    """
    text = " ".join(text.split())[:500]
    if not text:
        raise SheetError(_("Say what should be looked at again."))
    seen = rules.cell_text(published_cell(mark))
    if mark.published_at is None or not seen:
        raise SheetError(_("This mark is not published."))
    review, created = MarkReview.objects.get_or_create(
        column_id=mark.column_id,
        student_id=mark.student_id,
        state=MarkReview.State.OPEN,
        defaults={"by": by, "text": text, "seen": seen},
    )
    if not created:
        raise SheetError(_("You have asked already; the teacher has not answered yet."))
    return review


@transaction.atomic
def review_answer(*, review: MarkReview, by: User, answer: str, changed: bool) -> MarkReview:
    """Answer a family: the mark stays, or it was changed in the open sheet and published. Sends ``review_answered``.

    Raises SheetError without words, for a request that is answered already, and when ``changed`` is said of a mark whose
    published value is still the one the family read.
    """
    found = MarkReview.objects.select_for_update().get(pk=review.pk)
    if found.state != MarkReview.State.OPEN:
        raise SheetError(_("This request is answered already."))
    answer = " ".join(answer.split())[:500]
    if not answer:
        raise SheetError(_("Write the answer that the family reads."))
    if changed:
        mark = Mark.objects.filter(column=found.column_id, student=found.student_id).first()
        if mark is None or rules.cell_text(published_cell(mark)) == found.seen:
            raise SheetError(_("The family still reads the old mark: change it in the sheet and publish first."))
    found.state = MarkReview.State.CHANGED if changed else MarkReview.State.KEPT
    found.answer, found.answered_by, found.answered_at = answer, by, timezone.now()
    found.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    transaction.on_commit(partial(review_answered.send, sender=MarkReview, review=found))
    return found
