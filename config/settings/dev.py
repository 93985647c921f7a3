"""The embedded mode: one machine, SQLite, local files, a broker without a server."""

from config import env

from .base import *  # noqa: F403
from .base import VAR

SECRET_KEY = env.secret("SECRET_KEY", VAR / "secret-key")
DEBUG = env.flag("DEBUG")
EMBEDDED = True
