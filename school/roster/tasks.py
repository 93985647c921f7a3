"""The slow and the regular work of the lists."""

from celery import shared_task

from school.roster import jobs, making, pictures
from school.roster.models import RosterImport
from school.roster.oneroster.taking import set_run, sets_lost


@shared_task(name="roster.slips")
def slips_task(job_id: int) -> None:
    """Make a class's sheet of slips."""
    making.slips_make(job_id)


@shared_task(name="roster.check")
def check_task(import_id: int) -> None:
    """Read a long list and say what it would change."""
    jobs.import_check(import_id)


@shared_task(name="roster.write")
def write_task(import_id: int) -> None:
    """Write a long list that a person said yes to."""
    jobs.import_write(import_id)


@shared_task(name="roster.oneroster")
def oneroster_task(set_id: int) -> None:
    """Read or write a OneRoster set that an office's administrator sent."""
    set_run(set_id)


@shared_task(name="roster.forget")
def forget_task() -> None:
    """Drop files and sheets whose time is over; ask again for lists that no worker took."""
    for record in jobs.imports_lost():
        task = check_task if record.state == RosterImport.State.QUEUED else write_task
        task.delay(import_id=record.pk)
    for pk in sets_lost():
        oneroster_task.delay(set_id=pk)
    making.imports_expire()
    making.sheets_forget()


@shared_task(name="roster.picture")
def picture_task(school_id: int) -> None:
    """Picture a school for those who read the roster over REST."""
    pictures.picture_take(school_id)


@shared_task(name="roster.pictures")
def pictures_task() -> None:
    """Picture every school that is read and whose picture is no longer fresh."""
    pictures.pictures_forget()
    for pk in pictures.pictures_due():
        pictures.picture_take(pk)
