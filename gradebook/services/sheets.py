"""A sheet is opened; its marks are published and withdrawn. Its states are the matter of services.states."""

from __future__ import annotations

import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gradebook.models import Mark, MarkColumn, MarkLog, MarkSheet, SaveReceipt, SheetState, TermResult
from gradebook.regulations import circular_for
from gradebook.regulations import sheets as rules
from gradebook.selectors import periods_of
from gradebook.services.errors import SheetError
from gradebook.services.log import Entry, log_append
from gradebook.services.states import hold, reason_of
from gradebook.signals import marks_published
from school.identity.models import User
from school.organisation.models import SchoolClass, Subject, TeachingAssignment, Term

RECEIPTS_KEPT = datetime.timedelta(days=30)


@transaction.atomic
def sheet_open(*, school_class: SchoolClass, subject: Subject, term: Term) -> MarkSheet:
    """The sheet of a class, subject and term, with the columns its circular asks for; one that exists is given back.

    Raises SheetError for a term of another year and for years whose books are only imported.
    """
    if term.year_id != school_class.year_id:
        raise SheetError(_("The term belongs to another school year than the class."))
    circular = circular_for(school_class.level, school_class.grade, school_class.year.starts.year)
    periods = periods_of(school_class, subject)
    comment = subject.mode == Subject.Mode.COMMENT
    try:
        columns = rules.columns_for(
            circular,
            comment=comment,
            periods=periods,
            grade=school_class.grade,
            subject=subject.code,
            term=term.number,
        )
    except rules.UnknownSheetError as error:
        raise SheetError(_("The books of that school year are imported, not entered here.")) from error
    sheet, created = MarkSheet.objects.get_or_create(
        school_class=school_class,
        subject=subject,
        term=term,
        defaults={
            "school_id": school_class.school_id,
            "circular": circular.value,
            "mode": subject.mode,
            "periods": periods,
        },
    )
    if created:
        MarkColumn.objects.bulk_create(
            MarkColumn(
                sheet=sheet, kind=c.kind, number=c.number, weight=c.weight, scale=c.scale, group=c.part, order=order
            )
            for order, c in enumerate(columns)
        )
        sheet.save(update_fields=sheet.set_states(dict.fromkeys((c.part for c in columns), SheetState.OPEN)))
    return sheet


def sheets_open_all(*, classes: list[SchoolClass], terms: list[Term]) -> int:
    """Open every sheet that today's teaching assignments of the classes ask for; returns how many are new."""
    before = MarkSheet.objects.count()
    assigned = (
        TeachingAssignment.objects.current()
        .filter(school_class__in=classes)
        .select_related("school_class__year", "subject")
    )
    for assignment in assigned:
        for term in terms:
            sheet_open(school_class=assignment.school_class, subject=assignment.subject, term=term)
    return MarkSheet.objects.count() - before


@transaction.atomic
def sheet_publish(*, sheet: MarkSheet, by: User) -> list[int]:
    """Make the marks as they stand readable by pupils and parents; returns the ids of pupils with anything new.

    What is corrected afterwards stays the teacher's own until it is published again. Sends ``marks_published`` after
    the commit when anything is new.
    """
    held = hold(sheet)
    now = timezone.now()
    changed = [
        mark
        for mark in Mark.objects.filter(column__sheet=held)
        if (mark.value, mark.comment) != (mark.published_value, mark.published_comment)
    ]
    for mark in changed:
        mark.published_value, mark.published_comment, mark.published_at = mark.value, mark.comment, now
    Mark.objects.bulk_update(changed, ["published_value", "published_comment", "published_at"], batch_size=500)
    results = [
        result
        for result in TermResult.objects.filter(sheet=held)
        if (result.average, result.result) != (result.published_average, result.published_result)
    ]
    for result in results:
        result.published_average, result.published_result, result.published_at = result.average, result.result, now
    TermResult.objects.bulk_update(results, ["published_average", "published_result", "published_at"], batch_size=500)
    students = sorted({mark.student_id for mark in changed})
    held.published_at = now
    log_append(held, [Entry("", str(len(changed)), action=MarkLog.Action.PUBLISH)], by=by)
    held.save(update_fields=["published_at", "log_length", "log_head"])
    SaveReceipt.objects.filter(sheet=held, at__lt=now - RECEIPTS_KEPT).delete()
    sheet.published_at = now
    if students:
        transaction.on_commit(partial(marks_published.send, sender=MarkSheet, sheet=held, students=students, by=by))
    return students


@transaction.atomic
def sheet_unpublish(*, sheet: MarkSheet, by: User, reason: str) -> None:
    """Withdraw what was published. Raises SheetError without a reason, or once the sheet is no longer open."""
    held = hold(sheet)
    reason = reason_of(reason, _("Say why the marks are withdrawn."))
    if held.is_locked:
        raise SheetError(_("A locked sheet cannot be withdrawn."))
    if held.published_at is None:
        raise SheetError(_("These marks are not published."))
    Mark.objects.filter(column__sheet=held).update(published_value=None, published_comment="", published_at=None)
    TermResult.objects.filter(sheet=held).update(published_average=None, published_result="", published_at=None)
    held.published_at = sheet.published_at = None
    log_append(held, [Entry("", "", action=MarkLog.Action.UNPUBLISH, reason=reason)], by=by)
    held.save(update_fields=["published_at", "log_length", "log_head"])
