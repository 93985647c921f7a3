"""`make bench`: each figure as a ratio to a limit measured in the same run; the table goes to docs/performance.md."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from tools.postgres import scratch_database
from tools.setup import manage, prepare
from tools.steps import PYTHON, ROOT, VAR, Stop, main, run, say

PAGE = ROOT / "docs" / "performance.md"
RESULTS = VAR / "bench"
BEGIN, END = "<!-- table: made by make bench -->", "<!-- end of table -->"


def rows(folder: Path) -> list[dict[str, str]]:
    """What the bench modules wrote: one JSON file a figure."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def table(figures: list[dict[str, str]]) -> str:
    """The figures as a Markdown table."""
    lines = ["| figure | measured | limit, same run | ratio |", "|---|---:|---:|---:|"]
    lines += [f"| {f['figure']} | {f['measured']} | {f['limit']} | **{f['ratio']}** |" for f in figures]
    return "\n".join(lines)


def measure(path: str, *, env: Mapping[str, str]) -> None:
    """Run one file or folder of tests/bench; each figure comes back as a file in RESULTS."""
    words = ["-m", "bench", "-q", "-p", "no:xdist", "--timeout=600", path]
    values = {**env, "BENCH_RESULTS": str(RESULTS)}
    say(run([PYTHON, "-m", "pytest", *words], log="bench", env=values, timeout=1800).strip().splitlines()[-1])


def work() -> int:
    """Run tests/bench one after another (a second process would disturb the clock) and print the table."""
    say("Mái Trường: measurements")
    prepare("dev")
    env = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": os.environ.get("DATABASE_URL") or ""}
    manage("catalogue", "--compile", log="catalogue", env=env)
    RESULTS.mkdir(parents=True, exist_ok=True)
    for old in RESULTS.glob("*.json"):
        old.unlink()
    measure("tests/bench", env=env)
    # What only a server has: the price of row level security; and what costs otherwise there: the trail, lists, marks.
    with scratch_database(optional=True) as servers:
        if servers is None:
            say("  ! no PostgreSQL answers here: its figures are left out")
        else:
            measure("tests/bench/test_row_security.py", env=servers)
            measure("tests/bench/test_trail.py", env=servers)
            measure("tests/bench/test_roster.py", env=servers)
            measure("tests/bench/test_marks.py", env=servers)
    figures = rows(RESULTS)
    if not figures:
        raise Stop("no figure was measured; see var/log/bench.log")
    say("\n" + table(figures))
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{table(figures)}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    main("bench", work)
