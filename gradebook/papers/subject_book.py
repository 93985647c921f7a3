"""Sổ theo dõi và đánh giá học sinh (theo môn học): a mark sheet as the subject teacher's book on paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gradebook.models import MarkColumn
from gradebook.papers.letterhead import FORMS, day_line, letterhead
from gradebook.selectors import Grid
from school.typesetting import typeset

_RESULT = {"22/2021/TT-BGDĐT": "ĐTBmhk", "58/2011+26/2020": "ĐTBmhk", "08/2021/TT-BGDĐT": "Điểm"}
_TITLES = {"27/2020/TT-BGDĐT": "Bảng theo dõi kết quả đánh giá học sinh", "08/2021/TT-BGDĐT": "Bảng điểm học phần"}
_LEVEL = "Mức đạt"


def subject_book(
    grid: Grid,
    *,
    teachers: Iterable[str],
    at: datetime,
) -> bytes:
    """The sheet as PDF, A4 across, with its corrections after the lock. `teachers` by full name, `at` the moment of printing."""
    sheet = grid.sheet
    columns = [column for column in grid.columns if column.scale != MarkColumn.Scale.TEXT]
    rows = []
    for row in grid.rows:
        rows.append(
            {
                "code": row.student.ministry_code or row.student.code,
                "name": row.student.full_name,
                "born": f"{row.student.birth_date:%d/%m/%Y}" if row.student.birth_date else "",
                "cells": [
                    {"text": cell.text, "note": cell.notes}
                    for cell in row.cells
                    if cell.column.scale != MarkColumn.Scale.TEXT
                ],
                "result": row.shown,
                "remark": " ".join(cell.text for cell in row.cells if cell.column.scale == MarkColumn.Scale.TEXT),
            }
        )
    data = letterhead(sheet.school) | {
        "title": _TITLES.get(sheet.circular, "Sổ theo dõi và đánh giá học sinh"),
        "subject": sheet.subject.name,
        "class": sheet.school_class.name,
        "term": sheet.term.name,
        "year": sheet.term.year.name,
        "teachers": ", ".join(teachers) or "…",
        "columns": [_head(column) for column in columns],
        "result": "Kết quả" if sheet.is_comment else _RESULT.get(sheet.circular, "Kết quả"),
        "rows": rows,
        "notes": [
            {"number": note.number, "who": note.name, "column": note.code, "text": note.text} for note in grid.footnotes
        ],
        "circular": sheet.circular,
        "day": day_line(sheet.school, at),
    }
    return typeset(FORMS / "subject_book.typ", data, at=at)


def _head(column: MarkColumn) -> dict[str, str]:
    """A column's name as the form has it, and the group it stands under."""
    if column.kind == MarkColumn.Kind.TX:
        return {"group": "ĐĐGtx", "name": str(column.number)}
    if column.scale == MarkColumn.Scale.LEVEL:
        return {"group": "", "name": f"{_LEVEL} {column.kind}"}
    if column.scale == MarkColumn.Scale.WHOLE:
        return {"group": "", "name": f"Điểm {column.kind}"}
    return {"group": "", "name": f"ĐĐG{column.kind.lower()}"}
