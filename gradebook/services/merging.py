"""When two accounts turn out to be one pupil's: the log says where the marks went, and results are worked out anew."""

from django.db import transaction
from django.utils.translation import gettext as _

from gradebook.models import Mark, MarkLog, MarkSheet
from gradebook.regulations import sheets as rules
from gradebook.selectors import cell_of
from gradebook.services.log import Entry, log_append
from gradebook.services.marks import results_recompute
from school.identity.models import User


@transaction.atomic
def marks_follow(*, kept: User, closed: User, by: User) -> int:
    """Log the cells that changed hands and recompute both rows; how many cells. The rows themselves have moved already.

    The log is not rewritten: what was logged of the closed account stays, and new rows lead from it to the kept one.
    """
    pair = {kept.pk, closed.pk}
    concerned = MarkLog.objects.filter(student__in=pair).values("sheet")
    count = 0
    for sheet in MarkSheet.objects.select_for_update().filter(pk__in=concerned).order_by("pk"):
        logged = {
            (row.column_id, row.student_id): row.new
            for row in MarkLog.objects.filter(sheet=sheet, student__in=pair, action=MarkLog.Action.MARK).order_by(
                "position"
            )
        }
        stored: dict[tuple[int | None, int | None], str] = {
            (mark.column_id, mark.student_id): rules.cell_text(cell_of(mark))
            for mark in Mark.objects.filter(column__sheet=sheet, student__in=pair)
        }
        reason = _("Accounts %(closed)s and %(kept)s were merged.") % {"closed": closed.code, "kept": kept.code}
        entries = [
            Entry(logged.get(cell, ""), stored.get(cell, ""), column=cell[0], student=cell[1], reason=reason)
            for cell in sorted(logged.keys() | stored.keys(), key=str)
            if logged.get(cell, "") != stored.get(cell, "")
        ]
        if entries:
            log_append(sheet, entries, by=by, channel=MarkLog.Channel.SYSTEM)
            sheet.save(update_fields=["log_length", "log_head"])
            count += len(entries)
        results_recompute(sheet, {kept.pk})
    return count
