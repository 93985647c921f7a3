"""What row level security adds to a page: the same request with it and without it, in turns, by the clock.

The clock, because the price is paid in the database's process.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from config.demo.people import MATHS_TEACHER, STUDENT, person
from tests.bench.measure import Figure, keep
from tests.bench.test_pages import district, maths_sheet

__all__ = ["district"]
pytestmark = [
    pytest.mark.bench,
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has row level security"),
]
ROUNDS = 150
# The aim is 1 ms on a quiet machine; a busy one multiplies it before a test fails for it.
CEILING_MS = 10


def price(name: str, title: str, work: Callable[[], Any], settings: Any) -> float:
    """Milliseconds that the second line adds to ``work``: the median difference of neighbours, which a busy spell slows alike."""
    role = settings.ROW_SECURITY_ROLE
    times: dict[str, list[float]] = {role: [], "": []}
    for _ in range(ROUNDS):
        for chosen, kept in times.items():
            settings.ROW_SECURITY_ROLE = chosen
            started = time.perf_counter()
            assert work().status_code == 200
            kept.append((time.perf_counter() - started) * 1000)
    settings.ROW_SECURITY_ROLE = role
    with_it, without = statistics.median(times[role][5:]), statistics.median(times[""][5:])
    added = statistics.median(a - b for a, b in zip(times[role][5:], times[""][5:], strict=True))
    figure = Figure(
        f"row level security on {title}, PostgreSQL, by the clock: {added:+.2f} ms",
        f"{with_it:.1f} ms",
        f"{without:.1f} ms",
        f"{with_it / without:.2f}",
    )
    keep(name, figure)
    return added


def test_the_second_line_costs_little_on_a_students_home(
    district: None, client_for: Callable[..., Client], settings: Any
) -> None:
    client = client_for(person(STUDENT))
    assert price("8-rls-home", "a student's home", lambda: client.get("/"), settings) < CEILING_MS


def test_the_second_line_costs_little_on_a_mark_sheet(
    district: None, client_for: Callable[..., Client], settings: Any
) -> None:
    client = client_for(person(MATHS_TEACHER))
    address = reverse("gradebook:sheet", args=[maths_sheet().pk])
    assert price("9-rls-sheet", "a mark sheet of 44 pupils", lambda: client.get(address), settings) < CEILING_MS
