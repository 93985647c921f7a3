"""Settings of the test suite: the embedded mode with fast, private stores."""

import tempfile
from pathlib import Path

from config import env

from .base import *  # noqa: F403
from .base import REDIS_URL

SECRET_KEY = "only-for-tests-" + "x" * 50
EMBEDDED = True
PLATFORM_ALIASES = ["127.0.0.1", "testserver"]
VAR = Path(tempfile.mkdtemp(prefix="mai-truong-test-"))
DATABASES = {"default": env.database("DATABASE_URL", "sqlite:///:memory:")}
# A file, not memory: the browser's server answers on threads of its own, each with its connection.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
else:
    # A migrated database to copy, where `make test` has made one.
    DATABASES["default"]["TEST"] = {"TEMPLATE": env.text("TEST_TEMPLATE", "") or None}
if REDIS_URL:
    # A test clears its cache, so each process of the suite has a database of its own on the server, counted downwards.
    server, _, number = REDIS_URL.rpartition("/")
    process = int("".join(filter(str.isdigit, env.text("PYTEST_XDIST_WORKER", ""))) or 0)
    own = f"{server}/{max(int(number) - process, 0)}"
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": own}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# The trail holds what tests did; it is not given back to the next one.
TEST_NON_SERIALIZED_APPS = ["school.audit"]
AUDIT_SEAL_PLACES = [f"file://{VAR / 'seals' / 'seals.jsonl'}"]
MEDIA_ROOT = VAR / "files"
SMS_OUTBOX = VAR / "outbox"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_PIPELINE = {"threads": 2}
WHITENOISE_AUTOREFRESH = True
ICONS_STRICT = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "school.identity.hashers.Argon2Hasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
SEALING_KEYS = [env.fernet_key()]
MFA_REQUIRED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True

# One broker folder for the whole process, whoever asks first: Celery keeps its connection once it has sent a message.
BROKER_FOLDER = VAR / "broker"
CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(BROKER_FOLDER / "queue"),
    "data_folder_out": str(BROKER_FOLDER / "queue"),
    "control_folder": str(BROKER_FOLDER / "control"),
}
