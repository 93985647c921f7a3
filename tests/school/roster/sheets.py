"""Workbooks of any shape: cells merged, rows and columns hidden, several sheets."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

Merge = tuple[int, int, int, int, str]


def workbook(
    lines: Sequence[Sequence[Any]],
    *,
    name: str = "Danh sách",
    merges: Iterable[Merge] = (),
    hidden_rows: Iterable[int] = (),
    hidden_columns: Iterable[int] = (),
    more: Iterable[tuple[str, Sequence[Sequence[Any]]]] = (),
    hidden_sheets: Iterable[str] = (),
) -> bytes:
    """Lines as they are, blanks left empty; places count from 0."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for title, rows in [(name, lines), *more]:
        sheet = book.add_worksheet(title)
        for at, line in enumerate(rows):
            for column, value in enumerate(line):
                if isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(at, column, value)
                elif isinstance(value, str) and value:
                    sheet.write_string(at, column, value)
                elif value not in ("", None):
                    sheet.write(at, column, value)
        if title in hidden_sheets:
            sheet.hide()
    first = book.get_worksheet_by_name(name)
    for merge in merges:
        first.merge_range(*merge)
    for row in hidden_rows:
        first.set_row(row, None, None, {"hidden": True})
    for column in hidden_columns:
        first.set_column(column, column, None, None, {"hidden": True})
    book.close()
    return out.getvalue()
