"""The slow and the regular work on personal data."""

from celery import shared_task

from school.privacy import processing


@shared_task(name="privacy.export")
def export_task(export_id: int) -> None:
    """Make a person's copy of their data."""
    processing.export_make(export_id)


@shared_task(name="privacy.forget")
def forget_task() -> None:
    """Drop copies older than a day."""
    processing.exports_forget()


@shared_task(name="privacy.report")
def report_task() -> None:
    """Once a year: what the rules of keeping would delete."""
    processing.report_make()


@shared_task(name="privacy.carry_out")
def carry_out_task(run_id: int) -> None:
    """Delete what a confirmed report has counted."""
    processing.report_carry_out(run_id)
