"""Entry windows of an office or a school, and the delegation of the principal's locking to a vice principal."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gradebook.entry import NO_LIMIT, Window, day_text, windows_of
from gradebook.models import EntryWindow, LockDelegation
from gradebook.services.errors import SheetError
from school.dated import today
from school.identity.models import User
from school.organisation.models import Membership, Node, School, Term
from school.policy import Role


def _check(part: str, mine: Window, above: Window) -> None:
    """Refuse days that are turned round or lie beyond those of the place above."""
    title = EntryWindow.Part(part).label
    if mine.opens and mine.closes and mine.closes < mine.opens:
        raise SheetError(_("%(part)s: the last day lies before the first.") % {"part": title})
    if mine.closes and above.closes and mine.closes > above.closes:
        raise SheetError(
            _("%(part)s: the office lets marks in until %(day)s at the latest; choose that day or an earlier one.")
            % {"part": title, "day": day_text(above.closes)}
        )
    if mine.opens and above.opens and mine.opens < above.opens:
        raise SheetError(
            _("%(part)s: the office lets marks in from %(day)s on; choose that day or a later one.")
            % {"part": title, "day": day_text(above.opens)}
        )
    both = above.narrowed(mine.opens, mine.closes)
    if both.opens and both.closes and both.closes < both.opens:
        raise SheetError(_("%(part)s: together with the office's dates no day is left.") % {"part": title})


@transaction.atomic
def windows_set(*, node: Node, windows: Mapping[tuple[int, str], Window], by: User) -> int:
    """Set the windows of a place by (term id, part); a window without days removes what was set. Returns how many changed.

    ``by`` must be allowed to set them for the place. Raises SheetError, and changes nothing, for days beyond the office's.
    """
    terms = list(Term.objects.filter(pk__in={term for term, _part in windows}))
    above = windows_of(node.parent, terms) if node.parent else {}
    school = School.objects.filter(node=node).first()
    known = {(row.term_id, row.part): row for row in EntryWindow.objects.filter(node=node, term__in=terms)}
    changed = 0
    for (term, part), window in windows.items():
        _check(part, window, above.get((term, part), NO_LIMIT))
        row = known.get((term, part))
        if window == (Window(row.opens, row.closes) if row else NO_LIMIT):
            continue
        changed += 1
        if window == NO_LIMIT and row:
            row.delete()
            continue
        EntryWindow.objects.update_or_create(
            node=node,
            term_id=term,
            part=part,
            defaults={
                "school": school,
                "opens": window.opens,
                "closes": window.closes,
                "by": by,
                "at": timezone.now(),
            },
        )
    return changed


def vice_principals(school: School) -> list[User]:
    """The school's vice principals of today, to whom locking may be delegated."""
    posts = Membership.objects.current().filter(node=school.node_id, role=Role.VICE_PRINCIPAL)
    return list(User.objects.filter(pk__in=posts.values("user"), is_active=True).order_by("sort_key"))


@transaction.atomic
def delegation_give(
    *, school: School, delegate: User, by: User, starts: datetime.date, ends: datetime.date, note: str
) -> LockDelegation:
    """Delegate locking, and deciding corrections, to a vice principal from one day to another (both included).

    ``note`` is the number of the decision. Raises SheetError for somebody who is no vice principal of the school, for days
    that are past or turned round, and when they overlap a delegation to the same person.
    """
    note = " ".join(note.split())[:200]
    if delegate not in vice_principals(school):
        raise SheetError(_("Only a vice principal of the school can be given this."))
    if not note:
        raise SheetError(_("Write the number of the decision."))
    if ends < starts or ends < today():
        raise SheetError(_("The last day lies before the first, or is past already."))
    same = LockDelegation.objects.select_for_update().filter(
        school=school, delegate=delegate, withdrawn_at__isnull=True, starts__lte=ends, ends__gte=starts
    )
    if same.exists():
        raise SheetError(_("%(name)s has a delegation for these days already.") % {"name": delegate.full_name})
    made: LockDelegation = LockDelegation.objects.create(
        school=school, delegate=delegate, by=by, starts=starts, ends=ends, note=note
    )
    return made


def delegation_withdraw(delegation: LockDelegation) -> bool:
    """Withdraw a delegation from now on; says whether it was still given. What was locked under it stays locked."""
    changed: int = LockDelegation.objects.filter(pk=delegation.pk, withdrawn_at__isnull=True).update(
        withdrawn_at=timezone.now()
    )
    return changed == 1
