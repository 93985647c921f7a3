"""Addresses for the matrix of rights."""

import io
from typing import Any

from library.services import ebook_add, loan_open
from library.tokens import token_make
from tests.library.books import book, epub, page
from tests.world import Cast, World


def _of(cast: Cast) -> dict[str, int]:
    record = book(cast, copies=2)
    data = epub({"c1.xhtml": page("Chữ")})
    ebook = ebook_add(record=record, source=io.BytesIO(data), size=len(data), name="sach.epub", by=cast.librarian)
    item = record.items.all()[0]
    loan = loan_open(item=item, borrower=cast.student, by=cast.librarian)
    return {"record_id": record.pk, "ebook_id": ebook.pk, "item_id": item.pk, "loan_id": loan.pk}


def examples(world: World) -> dict[str, dict[str, Any]]:
    """One book, e-book, copy and loan of either school."""
    ids = {"own": _of(world.a), "other": _of(world.b)}
    takes = {
        "library:record": "record_id",
        "library:read": "ebook_id",
        "library:position": "ebook_id",
        "library:renew": "loan_id",
        "library:catalogue-edit": "record_id",
        "library:copies": "record_id",
        "library:epub": "record_id",
        "library:copy": "item_id",
    }
    given = {name: {whose: {key: ids[whose][key]} for whose in ids} for name, key in takes.items()}
    token = token_make(ids["own"]["ebook_id"], world.a.student.pk)
    return {
        **given,
        "library-content:frame": {"own": {"token": token}},
        "library-content:book": {"own": {"token": token}},
    }
