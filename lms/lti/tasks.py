from celery import shared_task

from . import processing
from .tool import reporting


@shared_task(name="lti.report")
def report_send(report_id: int) -> bool:
    """Send a learner's score home; what fails waits for the sweep."""
    return reporting.report_send(report_id)


@shared_task(name="lti.sweep")
def sweep() -> int:
    """Every half minute: scores that are due (again)."""
    return processing.sweep()


@shared_task(name="lti.tidy")
def tidy() -> int:
    """Nightly: forget what is over."""
    return processing.tidy()
