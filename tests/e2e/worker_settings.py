"""Settings of the worker process of the browser tests: the embedded mode on the test's own database, files and broker."""

import os
from pathlib import Path

from config.settings.test import *  # noqa: F403

MEDIA_ROOT = Path(os.environ["WORKER_FILES"])
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SEALING_KEYS = [os.environ["WORKER_SEALING"]]
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": os.environ["WORKER_QUEUE"],
    "data_folder_out": os.environ["WORKER_QUEUE"],
    "control_folder": os.environ["WORKER_CONTROL"],
}
