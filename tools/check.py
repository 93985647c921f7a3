"""`make check`: what can be said of the code without running its tests. All faults are shown, not the first."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tools.setup import prepare
from tools.steps import PYTHON, VENV, Stop, main, run, say

APPS = ("config", "parentportal", "gradebook", "lms", "library", "media", "school")
TEST = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": "", "REDIS_URL": ""}


@dataclass(frozen=True)
class Check:
    """One check: what it is called in words, its command and what it needs of the environment."""

    title: str
    command: Sequence[str | Path]
    log: str
    env: dict[str, str] = field(default_factory=dict)


def tool(name: str) -> Path:
    """A program of the virtual environment."""
    return VENV / "bin" / name


def production() -> dict[str, str]:
    """What a production server is given; nothing is opened, so the names need not answer."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "SEALING_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "PLATFORM_HOST": "hoc.truong.example",
        "CONTENT_HOST": "noidung.truong.example",
        "ALLOWED_HOSTS": "hoc.truong.example,noidung.truong.example,.truong.example",
        "DATABASE_URL": "postgres://app@127.0.0.1:5432/app",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "STORAGE_URL": "s3://key:secret@127.0.0.1:9000/mai-truong?secure=0",
    }


def checks() -> list[Check]:
    """All checks, the longest first so that two at a time end soonest."""
    manage: list[str | Path] = [PYTHON, "manage.py"]
    deploy = [*manage, "check", "--deploy", "--fail-level", "WARNING"]
    return [
        Check("types (mypy --strict)", [tool("mypy"), *APPS, "tools"], "mypy", TEST),
        Check("import contracts", [tool("lint-imports"), "--no-cache"], "imports"),
        Check("templates (djlint)", [tool("djlint"), "--lint", "--quiet", *APPS], "djlint"),
        Check("no migration is missing", [*manage, "makemigrations", "--check", "--dry-run"], "migrations", TEST),
        Check("deploy check with production settings", deploy, "deploy", production()),
        Check("Vietnamese catalogue", [*manage, "catalogue", "--check"], "catalogue-check", TEST),
        Check("style (ruff)", [tool("ruff"), "check", "."], "ruff"),
        Check("format (ruff)", [tool("ruff"), "format", "--check", "."], "ruff-format"),
    ]


def perform(check: Check) -> str | None:
    """Run one check; the text of its fault, or None."""
    started = time.monotonic()
    try:
        run(check.command, log=check.log, env=check.env, timeout=1200)
    except Stop as stop:
        say(f"  ✗ {check.title}  {time.monotonic() - started:.1f} s")
        return str(stop)
    say(f"  ✓ {check.title}  {time.monotonic() - started:.1f} s")
    return None


def work() -> int:
    """The whole of `make check`."""
    say("Mái Trường: checks")
    prepare("dev")
    with ThreadPoolExecutor(max_workers=2) as pool:
        faults = [fault for fault in pool.map(perform, checks()) if fault]
    for fault in faults:
        say(f"\n{'─' * 100}\n{fault}")
    if faults:
        raise Stop(f"{len(faults)} of {len(checks())} checks found something")
    return 0


if __name__ == "__main__":
    main("check", work)
