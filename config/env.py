"""Typed readers of the environment; settings never touch ``os.environ`` themselves.

Every reader names the variable in its error, so that an operator knows what to set.
"""

import base64
import datetime
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """The variable's text; without a default it must be set.

    Raises ImproperlyConfigured when it is missing.
    """
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


def flag(name: str, default: bool = False) -> bool:
    """A yes/no variable (1/true/yes/on or 0/false/no/off); raises ImproperlyConfigured on anything else."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw.strip().lower() in TRUE:
        return True
    if raw.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {raw!r}.")


def integer(name: str, default: int) -> int:
    """A whole number; raises ImproperlyConfigured on anything else."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    try:
        return int(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.") from error


def day(name: str) -> datetime.date | None:
    """A date like 2027-01-15, None when unset; raises ImproperlyConfigured on anything else."""
    raw = os.environ.get(name, "").strip()
    try:
        return datetime.date.fromisoformat(raw) if raw else None
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a date like 2027-01-15, not {raw!r}.") from error


def listing(name: str, default: str = "") -> list[str]:
    """A comma-separated list without blanks."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def folder(name: str, default: Path) -> Path:
    """A folder's path; it is not created here."""
    raw = os.environ.get(name)
    return Path(raw).expanduser() if raw else default


def path(name: str) -> Path | None:
    """A file's or folder's path, None when unset; whoever uses it looks whether it is there."""
    raw = os.environ.get(name, "").strip()
    return Path(raw).expanduser().absolute() if raw else None


def database(name: str, default: str) -> dict[str, Any]:
    """A database entry of Django from ``sqlite:///path`` or ``postgres://user:password@host:port/name?sslmode=require``.

    SQLite runs in WAL mode with immediate transactions, so that two writers wait for each other instead of failing.
    Raises ImproperlyConfigured on another scheme.
    """
    url = urlsplit(os.environ.get(name, default))
    if url.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.path[1:] if url.path.startswith("//") else url.path.lstrip("/") or ":memory:",
            # A new connection reads the whole schema first: several milliseconds of each request.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    if url.scheme in {"postgres", "postgresql"}:
        # The rules of rights join so many tables that PostgreSQL expects millions of rows and compiles the query first (JIT):
        # a second of work for an answer of a millisecond.
        # Questions are prepared at their third asking, so that rights and row security are rewritten and planned once for each
        # connection and not for each request: two thirds of the database's work on a page.
        options: dict[str, Any] = {
            "options": "-c jit=off",
            "server_side_binding": True,
            "prepare_threshold": 3,
            **dict(parse_qsl(url.query)),
        }
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path.lstrip("/"),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(url.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    raise ImproperlyConfigured(f"{name} must start with sqlite:// or postgres://, not {url.scheme!r}.")


def random_text() -> str:
    """64 random bytes in URL-safe base64."""
    return secrets.token_urlsafe(64)


def fernet_key() -> str:
    """A new key for ``school.sealing``: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def secret(name: str, file: Path, make: Callable[[], str] = random_text) -> str:
    """A secret from the environment or, in the embedded mode, from a file written once with what ``make`` gives.

    The file is readable by its owner alone; there is no default secret.
    """
    value = os.environ.get(name)
    if value:
        return value
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            # link() fails when another process was first: both then read the same secret.
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()


def storage_origins(url: str) -> list[str]:
    """The origins from which browsers fetch files of an S3 store, for the content security policy; [] without one."""
    if not url:
        return []
    parts = urlsplit(url)
    bucket = parts.path.strip("/")
    query = dict(parse_qsl(parts.query))
    if not parts.hostname:
        return [f"https://{bucket}.s3.amazonaws.com", f"https://{bucket}.s3.{query.get('region', '*')}.amazonaws.com"]
    scheme = "https" if query.get("secure", "1") in TRUE else "http"
    place = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    return [f"{scheme}://{place}", f"{scheme}://{bucket}.{place}"]


def storage(url: str) -> dict[str, Any]:
    """A storage entry of Django from ``s3://key:secret@host:port/bucket?region=…&secure=1`` (any S3 server).

    Raises ImproperlyConfigured on another scheme or a missing bucket.
    """
    parts = urlsplit(url)
    bucket = parts.path.strip("/")
    if parts.scheme != "s3" or not bucket:
        raise ImproperlyConfigured("STORAGE_URL must look like s3://key:secret@host/bucket.")
    query = dict(parse_qsl(parts.query))
    scheme = "https" if query.get("secure", "1") in TRUE else "http"
    port = f":{parts.port}" if parts.port else ""
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "access_key": unquote(parts.username or ""),
            "secret_key": unquote(parts.password or ""),
            "endpoint_url": f"{scheme}://{parts.hostname}{port}" if parts.hostname else None,
            "region_name": query.get("region", "us-east-1"),
            # without it boto signs addresses in the old way, which newer S3 servers refuse
            "signature_version": "s3v4",
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": True,
            # what is opened is fetched whole; beyond this many bytes into a file, not into memory
            "max_memory_size": 8 << 20,
        },
    }
