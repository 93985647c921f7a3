"""The role of a connection follows the running code, also through transactions that are taken back."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import connection, transaction

from school.row_security import Reach, fenced, unfenced

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has row level security"),
    pytest.mark.django_db(transaction=True),
]
REACH = Reach(frozenset({1, 2}), frozenset({3}))


def role() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('app.schools', true)")
        found = cursor.fetchone()
    return ("view" if found[0] == "mai_truong_view" else "owner", found[1] or "")


class Undone(Exception):
    """Takes a transaction back."""


def taken_back(work: Callable[[], None]) -> None:
    """Do it in a transaction that is then taken back; the driver begins it with the first question."""
    with suppress(Undone), transaction.atomic():
        work()
        raise Undone


def test_a_transaction_taken_back_leaves_the_fence_where_it_was() -> None:
    def unfenced_first() -> None:
        with unfenced():
            assert role() == ("owner", "")

    with fenced(REACH):
        taken_back(unfenced_first)
        assert role() == ("view", "1,2")
    assert role() == ("owner", "")


def test_a_fence_within_a_transaction_taken_back_is_gone_with_it() -> None:
    def fenced_first() -> None:
        with fenced(REACH):
            assert role() == ("view", "1,2")

    taken_back(fenced_first)
    assert role() == ("owner", "")


def test_a_transaction_that_breaks_off_unfenced_leaves_the_fence_standing() -> None:
    with fenced(REACH):
        with suppress(Undone), transaction.atomic(), unfenced():
            raise Undone
        assert role() == ("view", "1,2")
