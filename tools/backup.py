"""`make backup`: the embedded database and the uploads in one archive, also while the district runs."""

from __future__ import annotations

import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tools.steps import VAR, Stop, main, relative, say, step

DATABASE = VAR / "db.sqlite3"
KEPT = ("files", "outbox", "seals", "secret-key", "sealing-key")


def copy_database(target: Path) -> None:
    """SQLite's own backup: a consistent copy while others write; then its integrity is asked."""
    address = f"file:{DATABASE}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy, pages=2000, sleep=0.01)
        (verdict,) = copy.execute("pragma integrity_check").fetchone()
    if verdict != "ok":
        raise Stop(f"the copy of the database is damaged: {verdict}")


def work() -> int:
    """Database first, files second: every file that the copied rows name is then in the archive."""
    if not DATABASE.is_file():
        raise Stop("there is no embedded database yet; `make run` makes one. For PostgreSQL see docs/operations.md.")
    folder = VAR / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"mai-truong-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
    partial = target.with_suffix(".partial")
    with step("database and uploads"), tempfile.TemporaryDirectory(dir=folder) as scratch:
        database = Path(scratch) / DATABASE.name
        copy_database(database)
        with tarfile.open(partial, "w") as archive:
            archive.add(database, arcname=DATABASE.name)
            for name in KEPT:
                if (VAR / name).exists():
                    archive.add(VAR / name, arcname=name)
        partial.chmod(0o600)
        partial.rename(target)
    say(f"  {relative(target)}  {target.stat().st_size / 1e6:.1f} MB")
    say("  To restore: stop the district, unpack the archive into var/, make run.")
    return 0


if __name__ == "__main__":
    main("backup", work)
