"""Actions on several people: prepare, confirm, take back, fetch the sheet once."""

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from school.identity.models import User
from school.people.models import BulkAction
from school.people.processing import doing
from school.people.processing.planning import plan
from school.people.tasks import bulk_task
from school.policy import visible
from school.roster.making import sheet_open

State = BulkAction.State
# Above this many people the worker does it and the page shows how far it is.
AT_ONCE = 300
LIMIT = 5000


@transaction.atomic
def bulk_prepare(*, verb: str, people: list[int], options: dict[str, Any], by: User) -> BulkAction:
    """Note whom an action would concern; ids that ``by`` may not even see are left out without a word.

    Raises ValidationError when nobody is left, too many are, or an option is not ``by``'s to choose.
    """
    seen = sorted(visible(by, User, "look").filter(pk__in=people[: LIMIT + 1]).values_list("pk", flat=True))
    if not seen:
        raise ValidationError(_("Choose at least one person."))
    if len(seen) > LIMIT:
        raise ValidationError(_("These are more than %(count)s people. Narrow the list first.") % {"count": LIMIT})
    action: BulkAction = BulkAction.objects.create(verb=verb, people=seen, options=options, by=by, total=len(seen))
    plan(action)
    return action


def bulk_confirm(*, action: BulkAction) -> None:
    """Do it: at once in one transaction, or by the worker when it takes long; a second yes does nothing."""
    with transaction.atomic():
        if not BulkAction.objects.filter(pk=action.pk, state=State.PREVIEW).update(state=State.QUEUED):
            return
        if action.verb in doing.SLOW or len(action.people) > AT_ONCE:
            transaction.on_commit(partial(bulk_task.delay, action_id=action.pk))
            return
    doing.bulk_run(action.pk)


@transaction.atomic
def bulk_cancel(*, action: BulkAction) -> None:
    """Drop a prepared action."""
    BulkAction.objects.filter(pk=action.pk, state=State.PREVIEW).update(state=State.CANCELLED, people=[])


@transaction.atomic
def bulk_undo(*, action: BulkAction) -> None:
    """Take a done action back. Raises ValidationError when it cannot be (any more); then nothing is changed."""
    doing.bulk_undo(action)


@transaction.atomic
def sheet_fetch(*, action: BulkAction) -> bytes:
    """The sheet of slips, once: it is erased as it is handed out. Raises ValueError when there is none (any more)."""
    locked = BulkAction.objects.select_for_update().get(pk=action.pk)
    if not BulkAction.objects.filter(pk=action.pk).exclude(sealed=b"").update(sealed=b""):
        raise ValueError("The sheet has been fetched or is not made yet.")
    return sheet_open(locked.sealed)
