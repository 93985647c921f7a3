"""What the trail costs: two thousand marks changed by one statement, and one mark saved, with its triggers and without."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import connection

from gradebook.models import Mark, MarkColumn, MarkSheet
from school.audit import triggers
from school.audit.context import acting
from school.audit.models import Entry
from school.audit.processing import seal_rows
from school.identity.models import User
from tests.bench.measure import Figure, keep
from tests.world import World

pytestmark = [pytest.mark.bench, pytest.mark.django_db]
ROWS, ROUNDS = 2_000, 9


def clock(work: Callable[[], object]) -> float:
    """Seconds by the clock: the database's own work counts, and on PostgreSQL another process does it."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def unwatched() -> Iterator[None]:
    """The marks' table without its triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE gradebook_mark DISABLE TRIGGER USER")
            yield
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE gradebook_mark ENABLE TRIGGER USER")
        else:
            triggers.step_aside(connection)
            yield
            triggers.install(connection)


@pytest.fixture
def marks(world: World) -> list[Mark]:
    """Two thousand marks of two thousand pupils in one column."""
    sheet = MarkSheet.objects.create(
        school=world.a.school,
        school_class=world.a.class1,
        subject=world.maths,
        term=world.term1,
        circular="22/2021",
        mode="score",
        periods=140,
    )
    column = MarkColumn.objects.create(sheet=sheet, kind="TX", number=1)
    pupils = User.objects.bulk_create(
        User(code=f"b-{number}", full_name=f"Học Sinh {number}", password="!").derive() for number in range(ROWS)
    )
    return list(
        Mark.objects.bulk_create(
            Mark(column=column, student=pupil, value=Decimal(5), by=world.a.teacher) for pupil in pupils
        )
    )


def compare(name: str, title: str, work: Callable[[int], object], person: User) -> float:
    """Median of the work with triggers over that without, in turns; the figure is kept."""
    watched, plain = [], []
    with acting(person):
        work(1)
        for turn in range(1, ROUNDS + 1):
            watched.append(clock(lambda: work(2 * turn)))  # noqa: B023
            with unwatched():
                plain.append(clock(lambda: work(2 * turn + 1)))  # noqa: B023
    one, other = statistics.median(watched), statistics.median(plain)
    title = f"{title} on {connection.display_name}"
    keep(
        f"{name}-{connection.vendor}",
        Figure(title, f"{one * 1000:.1f} ms", f"{other * 1000:.1f} ms", f"{one / other:.1f}"),
    )
    print(f"{title}: {one * 1000:.2f} ms, without triggers {other * 1000:.2f} ms")  # noqa: T201
    return one


def test_two_thousand_rows_at_once_stay_well_under_a_second(world: World, marks: list[Mark]) -> None:
    def work(turn: int) -> None:
        assert Mark.objects.update(value=Decimal(turn % 2 + 6)) == ROWS

    before = Entry.objects.count()
    assert compare("5-trail-bulk", "2,000 marks changed by one statement", work, world.a.teacher) < 0.5
    assert Entry.objects.count() - before == (ROUNDS + 1) * ROWS


def test_one_row_costs_no_more_than_a_few_queries(world: World, marks: list[Mark]) -> None:
    mark = marks[0]

    def work(turn: int) -> None:
        for step in range(20):
            mark.value = Decimal((turn + step) % 2 + 6)
            mark.save()

    assert compare("6-trail-save", "20 marks saved one by one", work, world.a.teacher) < 0.5


def test_sealing_eight_thousand_entries_takes_a_moment(world: World, marks: list[Mark]) -> None:
    for turn in range(4):
        Mark.objects.update(value=Decimal(turn + 1))
    rows = Entry.objects.count()
    seconds = clock(lambda: seal_rows(Entry.objects.order_by("-pk").values_list("pk", flat=True)[0]))
    print(f"{rows} entries sealed in {seconds * 1000:.0f} ms on {connection.display_name}")  # noqa: T201
    assert seconds < 5
