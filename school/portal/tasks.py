"""The portals' regular work."""

from celery import shared_task

from school.portal.processing import news_recheck


@shared_task(name="portal.recheck")
def recheck_task() -> None:
    """Each night: news whose pupils' consents have ended go off line."""
    news_recheck()
