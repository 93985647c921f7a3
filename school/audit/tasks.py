from celery import shared_task

from .processing import deliver, seal_all


@shared_task
def audit_seal() -> None:
    """Every minute: seal what is settled and send what waits."""
    seal_all()
    deliver()
