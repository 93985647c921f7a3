"""Celery's side of the outbox: thin, takes ids."""

from celery import shared_task

from parentportal import processing


@shared_task(ignore_result=True)
def send_deliveries(delivery_ids: list[int]) -> int:
    """Send these messages; how many left the house now."""
    return sum(processing.delivery_send(delivery_id) for delivery_id in delivery_ids)


@shared_task(ignore_result=True)
def sweep_outbox() -> int:
    """Send what is due and was forgotten by the broker (each minute by the scheduler)."""
    return sum(processing.delivery_send(delivery_id) for delivery_id in processing.outbox_sweep())
