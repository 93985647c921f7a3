"""A row's own copy of its parent's school: right from the first, and filled in where a table had rows before."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.db import connection

from gradebook.models import Mark, MarkColumn
from school.audit import triggers
from school.audit.models import Entry
from school.row_security import SchoolOf
from school.row_security.fields import fill
from tests.architecture.test_matrix import examples
from tests.school.audit.test_rows import column_of, mark_of
from tests.world import World

COPIES = [(m, f) for m in apps.get_models() for f in m._meta.concrete_fields if isinstance(f, SchoolOf)]


def test_there_are_copies_at_all() -> None:
    assert {m._meta.label for m, _f in COPIES} >= {"gradebook.Mark", "gradebook.MarkColumn", "lms.LessonProgress"}


def test_every_row_of_the_example_world_has_its_parents_school(world: World) -> None:
    examples(world)
    seen = 0
    for model, field in COPIES:
        for row in model._default_manager.all():
            assert row.school_id == getattr(row, field.parent).school_id, row
            seen += 1
    assert seen >= len(COPIES)


def test_what_somebody_sets_for_a_new_row_does_not_count(world: World) -> None:
    sheet = column_of(world).sheet
    made = MarkColumn.objects.create(sheet=sheet, kind="GK", number=1, school=world.b.school)
    (bulk,) = MarkColumn.objects.bulk_create([MarkColumn(sheet=sheet, kind="CK", number=1, school=world.b.school)])
    assert made.school_id == bulk.school_id == world.a.school.pk
    assert set(sheet.columns.values_list("school", flat=True)) == {world.a.school.pk}


def test_making_many_rows_of_one_parent_asks_nothing_of_it(
    world: World, django_assert_num_queries: Callable[..., Any]
) -> None:
    sheet = column_of(world).sheet
    with django_assert_num_queries(1):
        MarkColumn.objects.bulk_create([MarkColumn(sheet=sheet, kind="GK", number=n) for n in range(1, 9)])


def test_a_migration_copies_the_schools_of_the_rows_there_were_and_the_trail_says_nothing(world: World) -> None:
    mark = mark_of(world)
    Mark.objects.update(school=world.b.school)
    triggers.step_aside(connection)
    before = Entry.objects.count()
    with connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=lambda sql: cursor.execute(sql))
        fill("gradebook", "mark", "column").code(apps, editor)
    assert Mark.objects.get(pk=mark.pk).school_id == world.a.school.pk
    assert Entry.objects.count() == before
