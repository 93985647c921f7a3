"""The role of a connection follows the running code, also through transactions that are taken back."""

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


def test_a_transaction_taken_back_leaves_the_fence_where_it_was() -> None:
    with fenced(REACH):
        # Nothing was asked in the transaction before the fence is opened: the driver has not begun it yet.
        with pytest.raises(Undone), transaction.atomic():
            with unfenced():
                assert role() == ("owner", "")
            raise Undone
        assert role() == ("view", "1,2")
    assert role() == ("owner", "")


def test_a_fence_within_a_transaction_taken_back_is_gone_with_it() -> None:
    with pytest.raises(Undone), transaction.atomic():
        with fenced(REACH):
            assert role() == ("view", "1,2")
        raise Undone
    assert role() == ("owner", "")


def test_a_transaction_that_failed_within_the_fence_leaves_it_standing() -> None:
    with fenced(REACH):
        with pytest.raises(Undone), transaction.atomic(), unfenced():
            raise Undone
        assert role() == ("view", "1,2")
