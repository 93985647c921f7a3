"""Which marks of a sheet were corrected after its lock, as the book says it below the table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gradebook.models import MarkLog, MarkSheet


@dataclass(frozen=True, slots=True)
class Footnote:
    """One correction: its number, whose mark of which column, and the words old, new, who, when, why."""

    number: int
    student: int
    column: int
    name: str
    code: str
    old: str
    text: str


def footnotes_of(sheet: MarkSheet) -> list[Footnote]:
    """The corrections of a sheet's locked marks in the order they were made; one query."""
    rows = (
        MarkLog.objects.filter(sheet=sheet, channel=MarkLog.Channel.CORRECTION, action=MarkLog.Action.MARK)
        .select_related("column", "student", "by", "approver")
        .order_by("position")
    )
    found = []
    for number, row in enumerate(rows, 1):
        if row.column is None or row.student is None:
            continue
        said = {
            "old": row.old or "–",
            "new": row.new or "–",
            "by": row.by.full_name,
            "approver": row.approver.full_name if row.approver else "",
            "day": date_format(timezone.localtime(row.at), "SHORT_DATE_FORMAT"),
            "reason": row.reason,
        }
        text = _("%(old)s → %(new)s on %(day)s, asked for by %(by)s, approved by %(approver)s: %(reason)s") % said
        found.append(
            Footnote(number, row.student.pk, row.column.pk, row.student.full_name, row.column.code, row.old, text)
        )
    return found


def by_cell(notes: Iterable[Footnote]) -> dict[tuple[int, int], str]:
    """The numbers of a cell's footnotes, "1" or "1, 4", by (student id, column id)."""
    found: dict[tuple[int, int], str] = {}
    for note in notes:
        key = (note.student, note.column)
        found[key] = f"{found[key]}, {note.number}" if key in found else str(note.number)
    return found
