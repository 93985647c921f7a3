"""The Celery application: a broker without a server by default, Redis or RabbitMQ by BROKER_URL."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init, before_task_publish, celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("mai_truong")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def folders_make(**_: Any) -> None:
    """Make the folders that the embedded broker and the scheduler write to."""
    from django.conf import settings

    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get(name)
        if folder:
            Path(str(folder)).mkdir(parents=True, exist_ok=True)
    Path(settings.CELERY_BEAT_SCHEDULE_FILENAME).parent.mkdir(parents=True, exist_ok=True)


celeryd_init.connect(folders_make)
beat_init.connect(folders_make)
# Whoever is first, a worker or the web that sends the first message, finds the folders there.
before_task_publish.connect(folders_make)
