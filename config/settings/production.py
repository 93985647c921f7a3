"""A district's servers: every secret and address comes from the environment, cookies travel over TLS alone."""

from config import env

from .base import *  # noqa: F403

SECRET_KEY = env.text("SECRET_KEY")
DATABASES = {"default": env.database("DATABASE_URL", env.text("DATABASE_URL"))}
SEALING_KEYS = env.text("SEALING_KEYS").split(",")
MFA_REQUIRED = env.flag("MFA_REQUIRED", True)
SCHEME = "https"
EMBEDDED = False
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXIES", 1)
