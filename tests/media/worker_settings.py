"""Settings of the worker processes that tests start: on the test's own data, in the embedded mode or, told so, on servers."""

import json
import os
from pathlib import Path

from config import env
from config.settings.test import *  # noqa: F403
from config.settings.test import CELERY_BEAT_SCHEDULE, STORAGES

FOLDER = Path(os.environ["WORKER_TEST_FOLDER"])
MEDIA_ROOT = Path(os.environ["WORKER_TEST_FILES"])
STORE = os.environ.get("WORKER_TEST_STORE", "")
folder_store = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}}
STORAGES = STORAGES | {"default": env.storage(STORE) if STORE else folder_store}
MEDIA_PIPELINE = {
    "ffmpeg": os.environ.get("WORKER_TEST_FFMPEG", ""),
    "lease_seconds": int(os.environ["WORKER_TEST_LEASE"]),
    "hint_seconds": 5,
    "threads": 2,
    "max_attempts": 10,
    "speech_model": env.path("WORKER_TEST_SPEECH_MODEL"),
    "work_folder": FOLDER / "work",
    "incoming_folder": FOLDER / "incoming",
} | json.loads(os.environ.get("WORKER_TEST_PIPELINE", "{}"))
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = os.environ.get("WORKER_TEST_BROKER", "filesystem://")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(FOLDER / "queue"),
        "data_folder_out": str(FOLDER / "queue"),
        "control_folder": str(FOLDER / "control"),
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    else {}
)
CELERY_BEAT_SCHEDULE = {"media-reap": CELERY_BEAT_SCHEDULE["media-reap"] | {"schedule": 1.0, "options": {"expires": 5}}}
CELERY_BEAT_SCHEDULE_FILENAME = str(FOLDER / "beat")
