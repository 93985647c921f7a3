"""First passwords: start their making, fetch the sheet once."""

from functools import partial

from django.db import transaction

from school.identity.models import User
from school.organisation.models import SchoolClass
from school.roster.making import sheet_open
from school.roster.models import SlipJob
from school.roster.tasks import slips_task


@transaction.atomic
def slips_start(
    *, school_class: SchoolClass, parents: bool, sign_in_address: str, by: User, parent_codes: bool = False
) -> SlipJob:
    """Ask for a class's sheet of one-time passwords; it is made by the worker."""
    job = SlipJob.objects.create(
        school_class=school_class,
        parents=parents,
        parent_codes=parent_codes,
        sign_in_address=sign_in_address[:200],
        by=by,
    )
    transaction.on_commit(partial(slips_task.delay, job_id=job.pk))
    return job


@transaction.atomic
def slips_fetch(*, job: SlipJob) -> bytes:
    """The sheet, once: it is erased as it is handed out. Raises ValueError when there is none (any more)."""
    locked = SlipJob.objects.select_for_update().get(pk=job.pk)
    # Two clicks at once: only the one that turns the state may hand the sheet out.
    if not SlipJob.objects.filter(pk=job.pk, state=SlipJob.State.READY).update(state=SlipJob.State.FETCHED, sealed=b""):
        raise ValueError("The sheet has been fetched or is not made yet.")
    return sheet_open(locked.sealed)
