"""The school of a row that belongs to one through its parent, kept on the row itself."""

from collections.abc import Mapping
from typing import Any

from django.db import connections, models
from django.db.migrations.operations import AddField, AlterField, RunPython
from django.db.migrations.operations.base import Operation


class SchoolOf(models.ForeignKey):
    """The school of ``parent`` (the name of a foreign key to a row with a ``school``), copied when the row is made.

    Row level security then asks the row alone; through the parent it had to plan a sub-query for each table of each question.
    Nobody sets it: what stands there before the row is made is overwritten. A row never moves to a parent of another school.
    """

    def __init__(self, parent: str, *, null: bool = False, **kwargs: Any) -> None:
        self.parent = parent
        defaults: dict[str, Any] = {"related_name": "+", "db_index": False, "editable": False}
        super().__init__("organisation.School", models.PROTECT, null=null, **(defaults | kwargs))

    def deconstruct(self) -> Any:
        """As migrations write it: with its parent, without what is always so."""
        name, path, _args, kwargs = super().deconstruct()
        for key in ("to", "on_delete", "editable", "related_name", "db_index"):
            kwargs.pop(key, None)
        return name, path, [self.parent], kwargs

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """The parent's school for a new row, asked once of a parent that is not at hand; later what stands there."""
        if add or getattr(model_instance, self.attname) is None:
            setattr(model_instance, self.attname, getattr(model_instance, self.parent).school_id)
        return super().pre_save(model_instance, add)


def fill(app: str, model: str, parent: str) -> RunPython:
    """For the migration that adds the field to a table with rows: copy the schools, without a word in the trail.

    PostgreSQL's triggers are silent meanwhile; on SQLite the trail's have stepped aside before any migration.
    """

    def copy(apps: Any, editor: Any) -> None:
        rows = apps.get_model(app, model)
        above = rows._meta.get_field(parent)
        quote = editor.connection.ops.quote_name
        table, other = quote(rows._meta.db_table), quote(above.related_model._meta.db_table)
        column, key = quote(above.column), quote(above.related_model._meta.pk.column)
        quiet = connections[editor.connection.alias].vendor == "postgresql"
        if quiet:
            # A table is not altered while checks of foreign keys wait for the end of the transaction.
            editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            editor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        editor.execute(
            f"UPDATE {table} SET school_id = (SELECT p.school_id FROM {other} p WHERE p.{key} = {table}.{column})"  # noqa: S608
        )
        if quiet:
            editor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            editor.execute("SET CONSTRAINTS ALL DEFERRED")

    return RunPython(copy, RunPython.noop)


def school_of_rows(app: str, parents: Mapping[str, str], *, null: bool = False) -> list[Operation]:
    """The operations that give these models ({model: parent}, parents before their children) their school.

    ``null`` for rows whose parent may belong to no school.
    """
    made: list[Operation] = []
    for model, parent in parents.items():
        made += [AddField(model, "school", SchoolOf(parent, null=True)), fill(app, model, parent)]
        if not null:
            made.append(AlterField(model, "school", SchoolOf(parent)))
    return made
