"""Settings of the worker processes that test_worker_killed starts: the embedded mode on the test's own data."""

import os
from pathlib import Path

from config.settings.test import *  # noqa: F403
from config.settings.test import CELERY_BEAT_SCHEDULE

FOLDER = Path(os.environ["WORKER_TEST_FOLDER"])
MEDIA_ROOT = Path(os.environ["WORKER_TEST_FILES"])
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_PIPELINE = {
    "ffmpeg": os.environ["WORKER_TEST_FFMPEG"],
    "lease_seconds": int(os.environ["WORKER_TEST_LEASE"]),
    "hint_seconds": 5,
    "threads": 2,
    "max_attempts": 10,
    "work_folder": FOLDER / "work",
    "incoming_folder": FOLDER / "incoming",
}
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(FOLDER / "queue"),
    "data_folder_out": str(FOLDER / "queue"),
    "control_folder": str(FOLDER / "control"),
}
CELERY_BEAT_SCHEDULE = {"media-reap": CELERY_BEAT_SCHEDULE["media-reap"] | {"schedule": 1.0, "options": {"expires": 5}}}
CELERY_BEAT_SCHEDULE_FILENAME = str(FOLDER / "beat")
