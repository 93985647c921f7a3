"""`make test`: every test; with CI=true once more on PostgreSQL with Redis."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence

from tools import apache, chromium, office
from tools.postgres import scratch_database
from tools.setup import manage, prepare
from tools.steps import PYTHON, ROOT, VAR, Stop, environment, main, say, step

PROCESSES = os.environ.get("TEST_PROCESSES") or "2"
STAGE_SECONDS = 30 * 60
STORY = "tests/e2e/test_story.py"
MATRIX_COUNT = VAR / "matrix-count.txt"


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
    with scratch_database() as env:
        return stages(browser, env or {}, "PostgreSQL with Redis", second=True)


def work() -> int:
    """The whole of `make test`. ARGS narrows it to a few tests on SQLite."""
    say("Mái Trường: tests")
    prepare("dev")
    browser = chromium.ensure()
    server = apache.ensure()
    office_program = office.ensure()
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
    if not office_program:
        say("  ! Office documents were not turned into pages: there is no LibreOffice")
    if MATRIX_COUNT.is_file():
        say(f"  {MATRIX_COUNT.read_text(encoding='utf-8').strip()}")
    failed = [title for title, code in results if code]
    if failed:
        raise Stop("failed: " + ", ".join(failed))
    return 0


if __name__ == "__main__":
    main("test", work)
