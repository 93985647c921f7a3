"""A migrated, empty SQLite database, made once for each state of the migrations and copied by every test process.

Two hundred migrations (most of them Wagtail's) take half a minute of one core; a copy takes milliseconds. The copy is
still migrated, so a migration that the template lacks is applied and a wrong one still fails.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "test-template"
APPS = ("parentportal", "gradebook", "lms", "library", "media", "school")
KEPT = 3


def fingerprint() -> str:
    """What the template depends on: our migrations and the locked versions of everybody else's."""
    digest = hashlib.sha256((ROOT / "requirements" / "base.txt").read_bytes())
    for path in sorted(path for app in APPS for path in (ROOT / app).rglob("migrations/*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:24]


def template() -> Path:
    """The template's file; made by the first process that asks, the others wait for it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = FOLDER / f"{fingerprint()}.sqlite3"
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_file():
            _make(made)
            for old in sorted(FOLDER.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                old.unlink()
    return made


def _make(made: Path) -> None:
    scratch = made.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{scratch}",
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    command = [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=900)
    with closing(sqlite3.connect(scratch)) as connection:
        # A plain copy of the file must be the whole database.
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.execute("pragma journal_mode=delete")
    scratch.rename(made)


def copy_to(target: Path) -> None:
    """Put a copy of the template where a test process expects its database."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template(), target)
