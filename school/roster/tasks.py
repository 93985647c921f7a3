"""The slow and the regular work of the lists."""

from celery import shared_task

from school.roster.processing import expiry, slips


@shared_task(name="roster.slips")
def slips_task(job_id: int) -> None:
    """Make a class's sheet of slips."""
    slips.slips_make(job_id)


@shared_task(name="roster.forget")
def forget_task() -> None:
    """Drop files and sheets whose time is over."""
    expiry.imports_expire()
    slips.sheets_forget()
