"""Settings common to every way of running; see dev, test and production beside this file."""

from pathlib import Path

from celery.schedules import crontab
from kombu.entity import Queue

from config import env

from . import upstream
from .assets import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR = env.folder("VAR", BASE_DIR / "var")

DEBUG = False
PLATFORM_HOST = env.text("PLATFORM_HOST", "localhost:8000")
CONTENT_HOST = env.text("CONTENT_HOST", "content.localhost:8000")
PORTAL_DOMAIN = env.text("PORTAL_DOMAIN", "localhost")
# Names beside PLATFORM_HOST under which the platform itself answers, without port.
PLATFORM_ALIASES = env.listing("PLATFORM_ALIASES", "127.0.0.1")
# config.hosts refuses every host that is neither the platform, the content host nor a school's: the list lives in the database.
ALLOWED_HOSTS = ["*"]
SCHEME = env.text("SCHEME", "http")

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "config.office",
    "config.assets",
    "parentportal",
    "gradebook",
    "lms",
    "lms.h5p",
    "lms.lti",
    "library",
    "media",
    "school.people",
    "school.portal",
    "school.impersonation",
    "school.trail",
    "school.privacy",
    "school.roster",
    "school.upstream",
    "school.oidc",
    "school.families",
    "school.sso",
    "school.organisation",
    "school.identity",
    "school.row_security",
    "school.audit",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "allauth.idp.oidc",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "config.assets.middleware.AdminPolicyMiddleware",
    "config.hosts.HostMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "school.audit.middleware.OriginMiddleware",
    "school.identity.sessions.SessionLifetimeMiddleware",
    "school.identity.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "school.oidc.middleware.FormTargetMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "school.identity.middleware.FirstPasswordMiddleware",
    "school.identity.middleware.SecondFactorMiddleware",
    "school.impersonation.middleware.LookMiddleware",
    "school.portal.middleware.EditorRightsMiddleware",
    "school.trail.middleware.RefusalMiddleware",
    "school.policy.middleware.AccessMiddleware",
    "school.policy.middleware.RowSecurityMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "school.navigation.context",
            ],
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR / 'db.sqlite3'}")}
# The role that views have on PostgreSQL (docs/decisions/0019-row-security.md); empty: the policy alone holds.
ROW_SECURITY_ROLE = env.text("ROW_SECURITY_ROLE", "mai_truong_view")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", "")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    # Rate limits must hold across processes, so the embedded mode counts in the database, not in one process's memory.
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["school.identity.backends.CodePhoneEmailBackend"]
PASSWORD_HASHERS = ["school.identity.hashers.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "school.identity.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "school.identity.passwords.CommonplaceValidator"},
    {"NAME": "school.identity.passwords.OwnDataValidator"},
    {"NAME": "school.identity.passwords.PlaceValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
# Seconds (idle, absolute): half an hour and twelve hours for staff, eight hours and fourteen days for pupils and parents.
STAFF_SESSION = (30 * 60, 12 * 3600)
FAMILY_SESSION = (8 * 3600, 14 * 86_400)
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

ACCOUNT_ADAPTER = "school.upstream.accounts.SignInAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "code"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_SESSION_REMEMBER = False
# Seconds for which a password, code or passkey proves that the same person is still there (@recently_confirmed).
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# A school stands behind one address: forty-five pupils at once pass, the sixth wrong password of one account does not.
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "login_failed": "100/m/ip,5/300s/key", "change_password": "20/m/user"}

ACCOUNT_FORMS = {"login": "school.identity.forms.SignInForm"}

# Sign-in through other institutions, off without a file. The buttons are links: a form's target may not lead off this site.
UPSTREAM, SOCIALACCOUNT_PROVIDERS = upstream.read(env.text("UPSTREAM_IDPS", ""), PLATFORM_HOST)
SOCIALACCOUNT_ADAPTER = "school.upstream.arrivals.UpstreamAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_STORE_TOKENS = False

MFA_ADAPTER = "school.identity.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Staff must set up a second factor before anything else. Off in the embedded mode, on in production.
MFA_REQUIRED = env.flag("MFA_REQUIRED")
# Until this day (2027-01-15) they are only reminded, so that a district can bring its staff along.
MFA_REQUIRED_FROM = env.day("MFA_REQUIRED_FROM")
# Keys that seal secrets kept in the database (Fernet, newest first).
SEALING_KEYS: list[str] = []

# The office as identity provider of other applications (school.oidc). Tokens never outlive the sign-in they came of.
IDP_OIDC_ADAPTER = "school.oidc.adapter.OidcAdapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 600
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 12 * 3600
IDP_OIDC_INTROSPECTION_ENABLED = True
IDP_OIDC_RP_INITIATED_LOGOUT_ASKS_FOR_OP_LOGOUT = False
# An application is one address that asks for a whole school.
IDP_OIDC_RATE_LIMITS = {
    "token_ip": "1200/m/ip",
    "introspect_ip": "1200/m/ip",
    "introspect_client": "1200/m/key",
    "refused": "30/m/ip",
}
# Requests a minute that one application may make to OneRoster REST.
ONEROSTER_RATE = env.integer("ONEROSTER_RATE", 600)
# Networks inside the house that this server may send notices to (a Moodle on 10.1.2.3: "10.1.2.0/24"); public addresses are free.
OUTBOUND_NETWORKS = env.listing("OUTBOUND_NETWORKS")

# Days for the answer to a request about personal data; its receipt is told within two working days.
PRIVACY_ANSWER_DAYS = env.integer("PRIVACY_ANSWER_DAYS", 10)

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "config" / "locale", BASE_DIR / "school" / "locale"]

STATIC_ROOT = env.folder("STATIC_ROOT", BASE_DIR / "static-built")
MEDIA_ROOT = VAR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "staticfiles": {"BACKEND": "config.assets.storage.AssetStorage"},
}
STORAGE_URL = env.text("STORAGE_URL", "")
if STORAGE_URL:
    STORAGES["default"] = env.storage(STORAGE_URL)

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

WAGTAILIMAGES_RENDITION_STORAGE = "school.portal.storage.PictureStorage"
WAGTAIL_SITE_NAME = "Mái Trường"
WAGTAILADMIN_BASE_URL = f"{SCHEME}://{PLATFORM_HOST}"
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_I18N_ENABLED = False
# A choice of every zone of the world would offer one that browsers do not know, and nobody here needs another.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES

BROKER_FOLDER = VAR / "broker"
CELERY_BROKER_URL = env.text("BROKER_URL", REDIS_URL or "filesystem://")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(BROKER_FOLDER / "queue"),
        "data_folder_out": str(BROKER_FOLDER / "queue"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "store_processed": False,
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    else {}
)
# The database is the truth of every job; results are not kept in the broker.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Long transcodes have a queue of their own: a worker without -Q serves both, a large site gives it workers (-Q media).
CELERY_TASK_QUEUES = [Queue(name) for name in ("celery", "media")]  # type: ignore[no-untyped-call]
CELERY_TASK_ROUTES = {"media.transcode": {"queue": "media"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "media-reap": {"task": "media.reap", "schedule": env.integer("MEDIA_REAP_SECONDS", 30), "options": {"expires": 30}},
    "media-sweep": {"task": "media.sweep", "schedule": crontab(hour="2", minute="40")},
    "sso-tidy": {"task": "school.sso.tasks.sso_tidy", "schedule": crontab(hour="3", minute="10")},
    "audit-seal": {"task": "school.audit.tasks.audit_seal", "schedule": 60.0, "options": {"expires": 60}},
    "oidc-sweep": {"task": "oidc.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "oidc-tidy": {"task": "oidc.tidy", "schedule": crontab(hour="3", minute="20")},
    "privacy-forget": {"task": "privacy.forget", "schedule": 3600.0},
    # After the school year: what is old enough to go is counted, never deleted without a word.
    "privacy-report": {
        "task": "privacy.report",
        "schedule": crontab(month_of_year="7", day_of_month="1", hour="3", minute="40"),
    },
    "portal-recheck": {"task": "portal.recheck", "schedule": crontab(hour="0", minute="20")},
    "lti-sweep": {"task": "lti.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "lti-tidy": {"task": "lti.tidy", "schedule": crontab(hour="3", minute="30")},
    "roster-forget": {"task": "roster.forget", "schedule": 900.0},
    "roster-pictures": {"task": "roster.pictures", "schedule": 300.0, "options": {"expires": 300}},
    "people-sweep": {"task": "people.sweep", "schedule": 300.0},
    "outbox": {"task": "parentportal.tasks.sweep_outbox", "schedule": 60.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat" / "schedule")

# Where each seal of the trail goes, so that it is known outside: file:///path, syslog://host:514, mailto:address, s3://….
AUDIT_SEAL_PLACES = env.listing("AUDIT_SEAL_PLACES", f"file://{VAR / 'seals' / 'seals.jsonl'}")
AUDIT_SEAL_STORES = {place: env.storage(place) for place in AUDIT_SEAL_PLACES if place.startswith("s3:")}

# The fields of media.conf.MediaSettings; what is not named here has its default there.
MEDIA_PIPELINE: dict[str, object] = {
    "ffmpeg": env.text("FFMPEG_BINARY", ""),
    "office": env.text("OFFICE_BINARY", ""),
    "speech_model": env.path("MEDIA_SPEECH_MODEL"),
    "speech_at_once": env.integer("MEDIA_SPEECH_AT_ONCE", 1),
    "preset": env.text("MEDIA_PRESET", "veryfast"),
    "threads": env.integer("MEDIA_THREADS", 0),
    "lease_seconds": env.integer("MEDIA_LEASE_SECONDS", 90),
    "quota_bytes": env.integer("MEDIA_QUOTA_BYTES", 50 << 30),
    "delivery": env.text("MEDIA_DELIVERY", "s3" if STORAGE_URL else "django"),
    "work_folder": env.folder("MEDIA_WORK", VAR / "work"),
    "incoming_folder": env.folder("MEDIA_INCOMING", VAR / "incoming"),
}

SMS_BACKEND = env.text("SMS_BACKEND", "file")
SMS_OUTBOX = VAR / "outbox"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}
