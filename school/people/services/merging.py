"""Two accounts become one, in one transaction, recorded."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from school.audit.services import record
from school.identity.models import User
from school.people.models import Merge
from school.people.processing import merging
from school.people.processing.doing import accounts_close
from school.people.signals import people_merged
from school.policy import can
from school.row_security import unfenced


@transaction.atomic
def merge_do(*, kept: User, closed: User, chosen: dict[str, str], by: User) -> Merge:
    """Give everything of ``closed`` to ``kept`` and close it; ``chosen`` names the facts taken from it ({"phone": "closed"}).

    Raises PermissionDenied without the right over both, or for one's own account; ValidationError with the reasons when the two
    cannot be made one.
    """
    if by.pk in {kept.pk, closed.pk} or not (can(by, "merge", kept) and can(by, "merge", closed)):
        raise PermissionDenied
    # Rights were asked; what follows is the system's: rows of both accounts at every school, reached by ``by`` or not.
    with unfenced():
        return _merge(kept, closed, chosen, by)


def _merge(kept: User, closed: User, chosen: dict[str, str], by: User) -> Merge:
    # In the order of ids, so that two clerks who merge the same pair wait for each other instead of for ever.
    locked = {
        one.pk: one for one in User.objects.select_for_update().filter(pk__in=[kept.pk, closed.pk]).order_by("pk")
    }
    kept, closed = locked[kept.pk], locked[closed.pk]
    if problems := merging.plan(kept, closed).problems:
        raise ValidationError(problems)
    before = {"kept": merging.facts_of(kept), "closed": merging.facts_of(closed)}
    merging.values_take(kept, closed, chosen)
    moved, left = merging.move_all(kept, closed)
    merging.foreign_ids_follow(kept, closed)
    accounts_close([closed])
    merge: Merge = Merge.objects.create(kept=kept, closed=closed, by=by, before=before, moved=moved, left=left)
    record(actor=by, action="accounts_merged", target=kept, detail={"closed": closed.code, "merge": merge.pk})
    record(actor=by, action="account_closed", target=closed, detail={"merged into": kept.code})
    people_merged.send(sender=Merge, kept=kept, closed=closed, by=by)
    return merge
