"""The mark sheets of the cast's class, and short ways to fill them."""

from collections.abc import Callable

import pytest

from gradebook.models import MarkSheet
from gradebook.services import Change, marks_save, sheet_open
from school.identity.models import User
from tests.world import World


@pytest.fixture
def sheet(world: World) -> MarkSheet:
    """Maths of 6A1 of school A in the first term: four regular marks, midterm, end of term, remark."""
    return sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)


@pytest.fixture
def fill(world: World) -> Callable[..., None]:
    """Fill a pupil's row with texts in the order of the columns, as the class's teacher types them."""

    def write(sheet: MarkSheet, student: User, *texts: str, by: User | None = None) -> None:
        columns = list(sheet.columns.all())
        changes = [Change(student.pk, column.pk, text, 0) for column, text in zip(columns, texts, strict=False) if text]
        saved = marks_save(sheet=sheet, changes=changes, by=by or world.a.teacher)
        assert all(outcome.status == "ok" for outcome in saved.outcomes), saved.outcomes

    return write
