"""Figures as ratios: the thing and its limit are measured in turns, in one process, by processor time."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.bench.bare import bare_client

WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Figure:
    """One line of the table, in words."""

    figure: str
    measured: str
    limit: str
    ratio: str


def keep(name: str, figure: Figure) -> None:
    """Write a figure where `make bench` reads it; without `make bench` it is only measured."""
    if folder := os.environ.get("BENCH_RESULTS"):
        Path(folder, f"{name}.json").write_text(json.dumps(asdict(figure), ensure_ascii=False), encoding="utf-8")


def in_turns(one: Callable[[], object], other: Callable[[], object], *, rounds: int) -> tuple[float, float]:
    """Median processor time of each in seconds; in turns, so that a busy machine disturbs both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for work in (one, other):
        work()
    for _ in range(rounds):
        for work, kept in zip((one, other), times, strict=True):
            started = time.process_time()
            work()
            kept.append(time.process_time() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def queries_of(work: Callable[[], object]) -> tuple[int, int]:
    """How many reads and writes a request makes; transactions' own statements are not counted."""
    work()
    with CaptureQueriesContext(connection) as caught:
        work()
    statements = [query["sql"].lstrip().upper() for query in caught]
    writes = sum(statement.startswith(WRITES) for statement in statements)
    return sum(statement.startswith("SELECT") for statement in statements), writes


def page_figure(name: str, title: str, work: Callable[[], object], *, rounds: int = 40) -> float:
    """Measure a request against the bare view with as many reads and writes, keep the figure, return the ratio."""
    reads, writes = queries_of(work)
    client: Client = bare_client()
    page, limit = in_turns(work, lambda: client.get(f"/bare/{reads}/{writes}/"), rounds=rounds)
    figure = Figure(
        f"{title} ({reads} reads, {writes} writes)",
        f"{page * 1000:.1f} ms",
        f"{limit * 1000:.1f} ms",
        f"{page / limit:.1f}",
    )
    keep(name, figure)
    return page / limit
