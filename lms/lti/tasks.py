from celery import shared_task

from . import processing


@shared_task(name="lti.tidy")
def tidy() -> int:
    """Nightly: forget spent words, tokens and choices that are over."""
    return processing.tidy()
