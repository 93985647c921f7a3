"""`make test`: every test; with CI=true once more on PostgreSQL with Redis."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from tools import apache, chromium
from tools.setup import manage, prepare
from tools.steps import PYTHON, ROOT, VAR, Stop, environment, main, run, say, step

PROCESSES = os.environ.get("TEST_PROCESSES") or "2"
STAGE_SECONDS = 30 * 60
STORY = "tests/e2e/test_story.py"
MATRIX_COUNT = VAR / "matrix-count.txt"
POSTGRES = "postgres://postgres@127.0.0.1:5432/mai_truong"
# Number 15: the tests clear their cache, and a developer's own Redis is most likely number 0.
REDIS = "redis://127.0.0.1:6379/15"
CREATE = """
import sys, psycopg
from psycopg import sql
server, name = sys.argv[1:]
with psycopg.connect(server, autocommit=True) as connection:
    connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
"""
DROP = """
import sys, psycopg
from psycopg import sql
server, *prefixes = sys.argv[1:]
with psycopg.connect(server, autocommit=True) as connection:
    for prefix in prefixes:
        names = connection.execute("select datname from pg_database where starts_with(datname, %s)", [prefix]).fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
"""


def pytest(title: str, *words: str, env: Mapping[str, str]) -> int:
    """Run one stage with its output on the terminal; returns pytest's exit status. A stage has a time limit."""
    say(f"\n── {title}")
    started = time.monotonic()
    command = [str(PYTHON), "-m", "pytest", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(env), start_new_session=True)
    try:
        code = process.wait(STAGE_SECONDS)
    except subprocess.TimeoutExpired:
        say(f"  ✗ {title}: stopped after {STAGE_SECONDS // 60} minutes")
        code = 124
    except KeyboardInterrupt:
        code = 130
    finally:
        _end_group(process)
    say(f"── {title}: {time.monotonic() - started:.0f} s")
    if code == 130:
        raise KeyboardInterrupt
    return code


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Whatever a stage left running (a browser, ffmpeg, a worker) ends with it."""
    for number in (15, 9):
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.5)


def stages(browser: str | None, env: Mapping[str, str], where: str, *, second: bool = False) -> list[tuple[str, int]]:
    """The suite once on one database: first the tests without a browser on all cores, then the browser's.

    A second database is not asked what cannot differ on it: tests marked `pure`, and pages looked at one by one; the
    story walks through all of them.
    """
    parallel: Sequence[str] = ["-n", PROCESSES, "--dist", "loadgroup", "-q"]
    words = "not browser and not bench" + (" and not pure" if second else "")
    results = [(f"tests on {where}", pytest(f"tests on {where}", *parallel, "-m", words, env=env))]
    if browser:
        title = f"browser tests on {where}"
        story = [STORY] if second else []
        # The story walks through the whole house in one test.
        # One browser at a time: films play and are transcoded. What a busy machine spoilt is repeated, and told (R).
        choice = ["-q", "-rR", "--reruns", "2", "--reruns-delay", "5", "--timeout=900", "-m", "browser", *story]
        results.append((title, pytest(title, *choice, env={**env, "CHROMIUM": browser})))
    return results


def on_servers(browser: str | None) -> list[tuple[str, int]]:
    """The suite on PostgreSQL with Redis, in databases of its own that are removed afterwards."""
    base = urlsplit(os.environ.get("DATABASE_URL") or POSTGRES)
    name = f"mai_truong_{os.getpid()}"
    server = base._replace(scheme="postgresql", path="/postgres").geturl()
    env = {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": base._replace(path=f"/{name}").geturl(),
        "REDIS_URL": os.environ.get("REDIS_URL") or REDIS,
    }
    try:
        with step("a migrated database on PostgreSQL, copied by every process"):
            run([PYTHON, "-c", CREATE, server, name], log="create-database", timeout=60)
            manage("migrate", "--verbosity", "0", log="migrate-postgres", env=env)
        return stages(browser, {**env, "TEST_TEMPLATE": name}, "PostgreSQL with Redis", second=True)
    finally:
        run([PYTHON, "-c", DROP, server, name, f"test_{name}"], log="drop-databases", timeout=60)


def work() -> int:
    """The whole of `make test`. ARGS narrows it to a few tests on SQLite."""
    say("Mái Trường: tests")
    prepare("dev")
    browser = chromium.ensure()
    server = apache.ensure()
    embedded = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": "", "REDIS_URL": ""}
    with step("catalogues"):
        manage("catalogue", "--compile", log="catalogue", env=embedded)
    if words := shlex.split(os.environ.get("ARGS") or ""):
        return pytest("some tests", *words, env={**embedded, "CHROMIUM": browser or ""})
    MATRIX_COUNT.unlink(missing_ok=True)
    results = stages(browser, embedded, "SQLite")
    if os.environ.get("CI") == "true":
        results += on_servers(browser)
    say("")
    for title, code in results:
        say(f"  {'✓' if code == 0 else '✗'} {title}")
    if not browser:
        say("  ! browser tests were skipped: there is no Chromium")
    if not server:
        say("  ! signing in to another application was not tried: there is no Apache with mod_auth_openidc")
    if MATRIX_COUNT.is_file():
        say(f"  {MATRIX_COUNT.read_text(encoding='utf-8').strip()}")
    failed = [title for title, code in results if code]
    if failed:
        raise Stop("failed: " + ", ".join(failed))
    return 0


if __name__ == "__main__":
    main("test", work)
