"""Which tables' rows a district must be able to swear to. An app names its own in its ``audited.py``.

``watch("gradebook.Mark", subject="student_id", school="(SELECT …  WHERE id = {column_id})")``: from then on the database itself
writes down every change of a row, whoever makes it and by whatever way.
"""

import re
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Watch:
    """One watched table.

    ``subject`` is the column with the person concerned; ``school`` a column, or a sub-select in which ``{column}`` stands for the
    row's own columns, in the SQL that both databases know. ``leave_out`` are columns that say nothing (derived, counters);
    of ``secret`` ones only that they changed is kept. The values of a ``private`` table are not shown to everybody who reads
    the trail (school.trail.policies).
    """

    model: str
    subject: str = ""
    school: str = ""
    leave_out: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    private: bool = False

    @property
    def model_class(self) -> type[Model]:
        return apps.get_model(self.model)

    @property
    def table(self) -> str:
        return self.model_class._meta.db_table

    @property
    def key(self) -> str:
        """The primary key's column."""
        return str(self.model_class._meta.pk.column)

    @property
    def label(self) -> str:
        """As an entry's ``target`` holds it."""
        return self.model_class._meta.label_lower

    @property
    def columns(self) -> list[str]:
        """The columns whose values are kept."""
        hidden = {*self.leave_out, *self.secret}
        return [
            str(field.column)
            for field in self.model_class._meta.local_concrete_fields
            if field.column and field.column not in hidden
        ]

    def school_sql(self, column: str) -> str:
        """The SQL of the row's school; ``column`` is how a column of the row is written, with ``{}`` for its name."""
        if not self.school:
            return "NULL"
        text = self.school if "{" in self.school else f"{{{self.school}}}"
        return _PLACE.sub(lambda found: column.format(found.group(1)), text)

    def subject_sql(self, column: str) -> str:
        """The SQL of the person concerned."""
        return column.format(self.subject) if self.subject else "NULL"


_watches: dict[str, Watch] = {}


def watch(
    model: str,
    *,
    subject: str = "",
    school: str = "",
    leave_out: tuple[str, ...] = (),
    secret: tuple[str, ...] = (),
    private: bool = False,
) -> None:
    """Watch a table ("app.Model"); the triggers are made after the next migration. Naming it twice raises ValueError."""
    if model in _watches:
        raise ValueError(f"{model} is watched twice.")
    _watches[model] = Watch(model, subject, school, leave_out, secret, private)


def watches() -> list[Watch]:
    """Everything that is watched, in the order of the names."""
    return [_watches[name] for name in sorted(_watches)]


def watch_of(label: str) -> Watch | None:
    """The watch of an entry's ``target``."""
    return next((one for one in _watches.values() if one.model.lower() == label), None)
