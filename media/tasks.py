"""The Celery tasks: thin, they take ids. A message is only a hint; what is to be done stands in the job table."""

import logging
import os
import socket
import threading
from typing import Any

from celery import current_task, shared_task
from celery.signals import worker_shutting_down
from django.db import close_old_connections

from media import jobs, pipeline, sweep

logger = logging.getLogger(__name__)


def worker_name() -> str:
    """The name under which this process holds leases: the Celery node's, which its parent process knows too."""
    request = getattr(current_task, "request", None)
    return getattr(request, "hostname", None) or f"{socket.gethostname()}:{os.getpid()}"


@shared_task(name="media.transcode")
def transcode(job_id: int) -> None:
    """Carry out one job of the table."""
    pipeline.run_job(job_id, owner=worker_name())


@shared_task(name="media.reap")
def reap() -> None:
    """Put jobs of dead workers back, and send messages for waiting jobs that have none."""
    found = jobs.reap()
    for job_id in found.queued:
        transcode.delay(job_id)
    if found.failed:
        logger.error("jobs given up after their last attempt: %s", found.failed)


@shared_task(name="media.sweep")
def sweep_store() -> None:
    """Delete what nobody refers to any more."""
    swept = sweep.sweep()
    logger.info("swept %s", swept)


def release_leases(sender: Any = None, **_: Any) -> None:
    """A worker that was told to stop gives its jobs back at once; the running attempt notices and leaves.

    In a thread of its own: a signal comes at any moment, also while the main thread is using the database.
    """

    def give_back() -> None:
        try:
            jobs.release(str(sender))
        finally:
            close_old_connections()

    threading.Thread(target=give_back).start()


worker_shutting_down.connect(release_leases)
