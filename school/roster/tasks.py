"""The slow and the regular work of the lists."""

from celery import shared_task

from school.roster import making


@shared_task(name="roster.slips")
def slips_task(job_id: int) -> None:
    """Make a class's sheet of slips."""
    making.slips_make(job_id)


@shared_task(name="roster.forget")
def forget_task() -> None:
    """Drop files and sheets whose time is over."""
    making.imports_expire()
    making.sheets_forget()
