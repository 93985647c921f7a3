"""What a sheet takes today: the state of each of its groups, and the days on which the office and the school let marks in."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gradebook.models import EntryWindow, MarkSheet, SheetState
from school.organisation.models import Node, School, Term

Part = EntryWindow.Part


@dataclass(frozen=True, slots=True)
class Window:
    """The days, both included, between which something is taken; None is no limit."""

    opens: datetime.date | None = None
    closes: datetime.date | None = None

    def narrowed(self, opens: datetime.date | None, closes: datetime.date | None) -> Window:
        """The days that lie in both."""
        return Window(
            max((day for day in (self.opens, opens) if day), default=None),
            min((day for day in (self.closes, closes) if day), default=None),
        )

    def holds(self, day: datetime.date) -> bool:
        """Whether the day lies within."""
        return (self.opens is None or self.opens <= day) and (self.closes is None or day <= self.closes)


NO_LIMIT = Window()


def line_of(node: Node) -> list[int]:
    """The ids of a place and of everything above it, from the top."""
    return [int(pk) for pk in node.path.split("/") if pk]


def windows_of(node: Node, terms: Iterable[Term]) -> dict[tuple[int, str], Window]:
    """The windows that hold at a place by (term id, part): the days that lie in those of every place above; one query."""
    found: dict[tuple[int, str], Window] = defaultdict(Window)
    for row in EntryWindow.objects.filter(node__in=line_of(node), term__in=list(terms)):
        key = (row.term_id, row.part)
        found[key] = found[key].narrowed(row.opens, row.closes)
    return found


def make_up_deadline(school: School, term: Term) -> datetime.date | None:
    """The last day for make-up assessments of a term at a school; None when nobody has set one."""
    return windows_of(school.node, [term]).get((term.pk, Part.MAKE_UP), NO_LIMIT).closes


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """What a group of a sheet takes: every cell, blanks alone (make-up tests), or nothing, and why."""

    group: str
    state: str
    window: Window
    cells: bool
    blanks: bool
    why: str = ""

    def takes(self, *, blank: bool) -> bool:
        """Whether a cell may be written that is blank now, or that holds something."""
        return self.cells or (blank and self.blanks)


def day_text(day: datetime.date) -> str:
    """A day as people write it here: 20/12/2026."""
    return date_format(day, "SHORT_DATE_FORMAT")


def entries_of(sheet: MarkSheet, day: datetime.date | None = None) -> dict[str, GroupEntry]:
    """What each group of the sheet takes on a day (today by the server's clock in the office's time zone); one query.

    ``sheet.school.node`` and ``sheet.term`` should be at hand.
    """
    windows = windows_of(sheet.school.node, [sheet.term])
    return entries_by(sheet.states, {part: window for (_term, part), window in windows.items()}, day)


def entries_by(
    states: Mapping[str, str], windows: Mapping[str, Window], day: datetime.date | None = None
) -> dict[str, GroupEntry]:
    """The same from the states of the groups and the windows by part."""
    day = day or timezone.localdate()
    return {group: _entry(group, state, windows, day) for group, state in states.items()}


def _entry(group: str, state: str, windows: Mapping[str, Window], day: datetime.date) -> GroupEntry:
    window = windows.get(group, NO_LIMIT)
    if state != SheetState.OPEN:
        why = {
            SheetState.SUBMITTED: _("Column %(column)s is handed in: take it back to change a mark."),
            SheetState.LOCKED: _("Column %(column)s is locked: ask for a correction."),
            SheetState.SIGNED: _("Column %(column)s is signed."),
        }[SheetState(state)]
        return GroupEntry(group, state, window, False, False, why % {"column": group})
    if window.opens and day < window.opens:
        why = _("Column %(column)s opens on %(day)s.") % {"column": group, "day": day_text(window.opens)}
        return GroupEntry(group, state, window, False, False, why)
    if window.closes and day > window.closes:
        why = _("Column %(column)s has been locked since %(day)s.") % {
            "column": group,
            "day": day_text(window.closes + datetime.timedelta(days=1)),
        }
        make_up = windows.get(Part.MAKE_UP, NO_LIMIT)
        if make_up.closes and make_up.holds(day):
            why = _("%(why)s Make-up marks may go into blank cells until %(day)s.") % {
                "why": why,
                "day": day_text(make_up.closes),
            }
            return GroupEntry(group, state, window, False, True, why)
        return GroupEntry(group, state, window, False, False, why)
    return GroupEntry(group, state, window, True, True)
