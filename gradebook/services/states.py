"""A sheet's way from open to signed: handed in by its teacher, locked and signed by the principal, each step logged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gradebook.entry import day_text, make_up_deadline
from gradebook.models import LockDelegation, Mark, MarkLog, MarkSheet, SheetState
from gradebook.overview import gaps_of
from gradebook.regulations import Circular
from gradebook.regulations import sheets as rules
from gradebook.selectors import cell_of, marks_of
from gradebook.services.errors import SheetError
from gradebook.services.log import Entry, log_append
from gradebook.services.marks import results_recompute
from school.audit.services import record
from school.identity.models import User
from school.organisation.models import Membership, School
from school.policy import Role

OPEN, SUBMITTED, LOCKED, SIGNED = SheetState.OPEN, SheetState.SUBMITTED, SheetState.LOCKED, SheetState.SIGNED


def hold(sheet: MarkSheet) -> MarkSheet:
    """The sheet's row, locked until the transaction ends: a save, a lock and a publication never interleave."""
    return (
        MarkSheet.objects.select_for_update(of=("self",))
        .select_related("school_class", "term", "school__node")
        .get(pk=sheet.pk)
    )


def reason_of(text: str, missing: str) -> str:
    """A reason on one line, at most 300 characters; raises SheetError with the words of ``missing`` for an empty one."""
    text = " ".join(text.split())[:300]
    if not text:
        raise SheetError(missing)
    return text


def _chosen(sheet: MarkSheet, groups: Collection[str] | None) -> list[str]:
    """The groups asked for, in the order of the term; raises SheetError for one that the sheet does not have."""
    if groups is None:
        return list(sheet.states)
    unknown = set(groups) - set(sheet.states)
    if unknown or not groups:
        raise SheetError(_("The sheet has no such column."))
    return [group for group in sheet.states if group in groups]


def _step(
    held: MarkSheet,
    sheet: MarkSheet,
    states: dict[str, str],
    action: str,
    *,
    by: User,
    reason: str = "",
    approver: User | None = None,
) -> None:
    """Give groups their new states and log each; ``sheet``, the caller's copy, is brought up to date."""
    fields = held.set_states(states)
    sheet.set_states(states)
    entries = [Entry("", "", action=action, group=group, reason=reason) for group in states]
    log_append(held, entries, by=by, approver=approver)
    held.save(update_fields=[*fields, "log_length", "log_head"])


@transaction.atomic
def sheet_submit(*, sheet: MarkSheet, group: str, by: User, despite_gaps: bool = False) -> None:
    """Hand in a group (nộp): the teacher changes it no more unless taking it back; ``by`` must be allowed to edit.

    Raises SheetError when it is not open, or when marks are missing and ``despite_gaps`` is not said.
    """
    held = hold(sheet)
    (group,) = _chosen(held, [group])
    if held.states[group] != OPEN:
        raise SheetError(_("Column %(column)s is handed in already.") % {"column": group})
    gaps = 0 if despite_gaps else sum(len(gap.columns) for gap in gaps_of(held, [group]))
    if gaps:
        raise SheetError(ngettext("%(n)s mark is still missing.", "%(n)s marks are still missing.", gaps) % {"n": gaps})
    _step(held, sheet, {group: SUBMITTED}, MarkLog.Action.SUBMIT, by=by)


@transaction.atomic
def sheet_take_back(*, sheet: MarkSheet, group: str, by: User) -> None:
    """Take back what was handed in, as long as nobody has locked it. Raises SheetError otherwise."""
    held = hold(sheet)
    (group,) = _chosen(held, [group])
    if held.states[group] != SUBMITTED:
        raise SheetError(_("Only what is handed in and not locked can be taken back."))
    _step(held, sheet, {group: OPEN}, MarkLog.Action.TAKE_BACK, by=by)


def may_order(school: School) -> list[User]:
    """Whom a school's administrator may act for: the principal, and a vice principal while it is delegated to them."""
    posts = Membership.objects.current().filter(node=school.node_id, role=Role.PRINCIPAL).values("user")
    vices = Membership.objects.current().filter(node=school.node_id, role=Role.VICE_PRINCIPAL).values("user")
    given = LockDelegation.objects.in_force().filter(school=school, delegate__in=vices).values("delegate")
    people = User.objects.filter(is_active=True)
    return list((people.filter(pk__in=posts) | people.filter(pk__in=given)).order_by("sort_key"))


def _order(school: School, ordered_by: User | None, by: User, reason: str) -> str:
    """The reason of an act on somebody's order; raises SheetError unless that person may give it and it is named."""
    if ordered_by is None:
        return " ".join(reason.split())[:300]
    if ordered_by.pk == by.pk or ordered_by not in may_order(school):
        raise SheetError(_("Only the principal, or the vice principal in their place, can order that."))
    return reason_of(reason, _("Say which order this carries out: its number or its day."))


@transaction.atomic
def sheet_lock(
    *,
    sheet: MarkSheet,
    by: User,
    groups: Collection[str] | None = None,
    ordered_by: User | None = None,
    reason: str = "",
) -> None:
    """Lock groups of the sheet (khoá sổ), all of them when None. An administrator names who ordered it, and the order.

    Raises SheetError when they are locked already, or while a pupil lacks an assessment: no blank goes undecided.
    """
    held = hold(sheet)
    reason = _order(held.school, ordered_by, by, reason)
    wanted = [group for group in _chosen(held, groups) if held.states[group] in (OPEN, SUBMITTED)]
    if not wanted:
        raise SheetError(_("The sheet is locked already."))
    short = len(gaps_of(held, wanted))
    if short:
        raise SheetError(
            ngettext("%(count)s pupil still lacks an assessment.", "%(count)s pupils still lack an assessment.", short)
            % {"count": short}
        )
    _step(
        held,
        sheet,
        dict.fromkeys(wanted, LOCKED),
        MarkLog.Action.LOCK,
        by=by,
        reason=reason,
        approver=ordered_by,
    )


@transaction.atomic
def sheet_unlock(
    *,
    sheet: MarkSheet,
    by: User,
    reason: str,
    groups: Collection[str] | None = None,
    ordered_by: User | None = None,
) -> None:
    """Open locked groups again, with a reason for the log. Raises SheetError without one, or when none is locked."""
    held = hold(sheet)
    reason = reason_of(reason, _("Say why the sheet is opened again."))
    reason = _order(held.school, ordered_by, by, reason)
    wanted = [group for group in _chosen(held, groups) if held.states[group] == LOCKED]
    if not wanted:
        raise SheetError(_("The sheet is not locked."))
    _step(
        held,
        sheet,
        dict.fromkeys(wanted, OPEN),
        MarkLog.Action.UNLOCK,
        by=by,
        reason=reason,
        approver=ordered_by,
    )
    record(actor=by, action="unlocked", target=held, detail={"reason": reason, "groups": wanted})


@dataclass(frozen=True, slots=True)
class Refused:
    """A sheet that could not be locked with the others, and why."""

    sheet: MarkSheet
    why: str


def _one_by_one(
    service: Callable[..., None], sheets: Iterable[MarkSheet], groups: Collection[str], **more: Any
) -> tuple[int, list[Refused]]:
    done, refused = 0, []
    for sheet in sheets:
        # A sheet that lacks one of the groups is asked for those it has.
        wanted = [group for group in sheet.states if group in groups]
        try:
            service(sheet=sheet, groups=wanted, **more)
        except SheetError as error:
            refused.append(Refused(sheet, str(error)))
        else:
            done += 1
    return done, refused


def sheets_lock(
    *,
    sheets: Iterable[MarkSheet],
    by: User,
    groups: Collection[str],
    ordered_by: User | None = None,
    reason: str = "",
) -> tuple[int, list[Refused]]:
    """Lock the named groups of many sheets, each in its own transaction; how many, and which were refused."""
    return _one_by_one(sheet_lock, sheets, groups, by=by, ordered_by=ordered_by, reason=reason)


def sheets_unlock(
    *,
    sheets: Iterable[MarkSheet],
    by: User,
    groups: Collection[str],
    reason: str,
    ordered_by: User | None = None,
) -> tuple[int, list[Refused]]:
    """Open the named groups of many sheets again, each in its own transaction; how many, and which were refused."""
    return _one_by_one(sheet_unlock, sheets, groups, by=by, ordered_by=ordered_by, reason=reason)


@transaction.atomic
def sheet_sign(*, sheet: MarkSheet, by: User) -> None:
    """Sign a sheet that is locked as a whole: from then on it is not unlocked but by revoking the signature."""
    held = hold(sheet)
    if set(held.states.values()) != {LOCKED}:
        raise SheetError(_("Only a sheet that is locked as a whole can be signed."))
    _step(held, sheet, dict.fromkeys(held.states, SIGNED), MarkLog.Action.SIGN, by=by)


@transaction.atomic
def sheet_revoke(*, sheet: MarkSheet, by: User, reason: str) -> None:
    """Revoke the signature of a sheet, with a reason: it is locked again, and corrections may be asked for."""
    held = hold(sheet)
    reason = reason_of(reason, _("Say why the signature is revoked."))
    if set(held.states.values()) != {SIGNED}:
        raise SheetError(_("The sheet is not signed."))
    _step(held, sheet, dict.fromkeys(held.states, LOCKED), MarkLog.Action.REVOKE, by=by, reason=reason)


#: The circulars that say what a missing assessment becomes (22/2021 Art. 7(5), 26/2020 Art. 1): 0, or Chưa đạt.
_MISSING_RULE = (Circular.TT22, Circular.TT58_26)


def missing_rule_fault(sheet: MarkSheet) -> str:
    """Why the rule on missing assessments cannot be applied to the sheet today; "" when it can."""
    if sheet.circular not in _MISSING_RULE:
        return _("Circular %(circular)s has no rule that turns a missing mark into 0.") % {"circular": sheet.circular}
    deadline = make_up_deadline(sheet.school, sheet.term)
    if deadline is None:
        return _("No last day for make-up assessments is set for this term: the principal or the office sets it.")
    if timezone.localdate() <= deadline:
        return _("Make-up assessments are possible until %(day)s; until then a missing mark stays blank.") % {
            "day": day_text(deadline)
        }
    return ""


@transaction.atomic
def missing_decide(*, sheet: MarkSheet, cells: Collection[tuple[int, int]], by: User, reason: str) -> int:
    """Turn missing assessments into 0 or Chưa đạt by the rule (Art. 7(5)); ``cells`` are (student id, column id).

    Each becomes a real mark with its origin and a row of the log with the reason. Returns how many. Raises SheetError
    before the make-up deadline has passed, without a reason, and for a cell that is locked or holds something.
    """
    held = hold(sheet)
    reason = reason_of(reason, _("Say why these assessments are missing."))
    fault = missing_rule_fault(held)
    if fault:
        raise SheetError(fault)
    open_cells = {
        (gap.student.pk, column.pk): column
        for gap in gaps_of(held)
        for column in gap.columns
        if held.states[column.group] == OPEN
    }
    if not cells or not set(cells) <= set(open_cells):
        raise SheetError(_("Some of these cells are filled or locked by now: look at the list again."))
    existing = marks_of(held, (student for student, _column in cells))
    now = timezone.now()
    made, changed, entries = [], [], []
    for place in sorted(set(cells)):
        column = open_cells[place]
        mark = existing.get(place)
        if mark is None:
            mark = Mark(student_id=place[0], column=column, version=0)
            made.append(mark)
        else:
            changed.append(mark)
        if column.is_scored:
            mark.value = Decimal(0)
        else:
            mark.comment = "CD"
        mark.version, mark.by, mark.at, mark.origin = mark.version + 1, by, now, Mark.Origin.MISSING_RULE
        entries.append(
            Entry(
                "", rules.cell_text(cell_of(mark)), column=place[1], student=place[0], reason=reason, group=column.group
            )
        )
    Mark.objects.bulk_create(made)
    Mark.objects.bulk_update(changed, ["value", "comment", "version", "by", "at", "origin"])
    results_recompute(held, {student for student, _column in cells})
    log_append(held, entries, by=by, channel=MarkLog.Channel.RULE)
    held.changed_at = now
    held.save(update_fields=["log_length", "log_head", "changed_at"])
    return len(entries)
