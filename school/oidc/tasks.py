from celery import shared_task

from . import processing


@shared_task(name="oidc.notice")
def notice_send(notice_id: int) -> bool:
    """Tell an application of a sign-out; what fails waits for the sweep."""
    return processing.notice_send(notice_id)


@shared_task(name="oidc.sweep")
def sweep() -> int:
    """Every half minute: notices that are due again."""
    return processing.sweep()


@shared_task(name="oidc.tidy")
def tidy() -> int:
    """Nightly: forget what is over."""
    return processing.tidy()
