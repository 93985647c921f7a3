"""The embedded mode: one machine, SQLite, local files, a broker without a server."""

from config import env

from .base import *  # noqa: F403
from .base import STORAGES, VAR

SECRET_KEY = env.secret("SECRET_KEY", VAR / "secret-key")
DEBUG = env.flag("DEBUG")
EMBEDDED = True
# Static files straight from their folders: nothing to collect before `make run` starts, an edit shows at once.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
ICONS_STRICT = DEBUG
SEALING_KEYS = env.listing("SEALING_KEYS") or [env.secret("SEALING_KEY", VAR / "sealing-key", env.fernet_key)]
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
