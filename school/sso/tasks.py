from celery import shared_task

from .processing import tidy


@shared_task
def sso_tidy() -> int:
    """Nightly: forget sessions and tickets that are gone."""
    return tidy()
