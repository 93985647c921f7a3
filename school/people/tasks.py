"""Actions on many people."""

from celery import shared_task

from school.people.processing import doing


@shared_task(name="people.bulk")
def bulk_task(action_id: int) -> None:
    """Do a confirmed action."""
    doing.bulk_run(action_id)


@shared_task(name="people.sweep")
def sweep_task() -> int:
    """Find what a lost hint left behind; drop what waited too long."""
    return doing.sweep()
