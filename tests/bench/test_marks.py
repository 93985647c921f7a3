"""Saving marks against a bare Django view that inserts as many rows one by one: how many marks a second each takes in."""

import itertools
import json
import time
from collections.abc import Callable
from statistics import median

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from gradebook.models import Mark, MarkSheet
from gradebook.services import sheet_open
from school.identity.models import User
from school.organisation.models import Enrolment
from tests.bench.bare import bare_client
from tests.bench.measure import Figure, keep
from tests.world import World

pytestmark = [pytest.mark.bench, pytest.mark.django_db]
PUPILS = 45


@pytest.fixture
def sheet(world: World) -> MarkSheet:
    """Maths of 6A1 with 45 pupils."""
    for number in range(PUPILS - 2):
        pupil = User.objects.create_user(code=f"b{number}", full_name=f"Nguyễn Văn {number}")
        Enrolment.objects.create(
            student=pupil, school_class=world.a.class1, school=world.a.school, starts=world.year.starts
        )
    return sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)


@pytest.mark.parametrize("cells", [1, PUPILS])
def test_marks_a_second_beside_a_bare_insert_view(
    world: World, sheet: MarkSheet, client_for: Callable[..., Client], cells: int
) -> None:
    column, bare_column = sheet.columns.get(kind="TX", number=1), sheet.columns.get(kind="TX", number=2)
    students = list(world.a.class1.enrolments.values_list("student", flat=True))[:cells]
    client, address = client_for(world.a.teacher), reverse("gradebook:sheet-save", args=[sheet.pk])
    keys, values, versions = itertools.count(), itertools.cycle(["7", "8"]), itertools.count()

    def save() -> None:
        value, version = next(values), next(versions)
        changes = [
            {"student": student, "column": column.pk, "value": value, "version": version} for student in students
        ]
        answer = client.post(
            address, json.dumps({"key": f"b{next(keys)}", "changes": changes}), content_type="application/json"
        )
        assert {outcome["status"] for outcome in answer.json()["outcomes"]} == {"ok"}

    body = json.dumps({"changes": [{"student": student, "value": 7} for student in students]})
    bare = bare_client()

    def insert() -> None:
        bare.post(f"/bare/insert/{bare_column.pk}/{world.a.teacher.pk}/", body, content_type="application/json")
        Mark.objects.filter(column=bare_column).delete()

    times: dict[str, list[float]] = {"save": [], "insert": [], "delete": []}
    for work in (save, insert):
        work()
    for _ in range(15):
        for name, work in (("save", save), ("insert", insert)):
            started = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - started)
        Mark.objects.bulk_create(
            Mark(column=bare_column, student_id=student, value=7, by=world.a.teacher, school=world.a.school)
            for student in students
        )
        started = time.perf_counter()
        Mark.objects.filter(column=bare_column).delete()
        times["delete"].append(time.perf_counter() - started)
    ours = cells / median(times["save"])
    # What the bare view is measured with is emptied again; that is not its work.
    limit = cells / max(median(times["insert"]) - median(times["delete"]), 1e-6)
    named = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}[connection.vendor]
    keep(
        f"4-marks-{connection.vendor}-{cells:02}",
        Figure(
            f"marks a second, saved {cells} at a time on {named}, beside a view that only inserts",
            f"{ours:.0f}/s",
            f"{limit:.0f}/s",
            f"{ours / limit:.2f}",
        ),
    )
    assert ours > 0.02 * limit
