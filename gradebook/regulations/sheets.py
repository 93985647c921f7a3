"""What a mark sheet looks like under each circular: its columns, what a cell may hold, and a row's result."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from gradebook.regulations import Circular, marks, tt08, tt22, tt27, tt58
from gradebook.regulations.marks import Tenths

Kind = Literal["TX", "GK", "CK", "NX"]
Scale = Literal["tenths", "whole", "pass", "level", "text"]

_LEVELS = {"t": "T", "h": "H", "c": "C"}
TEXT_LIMIT = 300
# The default shares of a university course's two components, in per cent; the course outline may say otherwise.
_PROCESS_SHARE, _EXAM_SHARE = 40, 60


class UnknownSheetError(ValueError):
    """No sheet is kept under this circular: years of 58/2011 before 26/2020 are imported, not entered."""


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column as planned: kind, number within the kind, coefficient (a share in per cent under 08/2021), scale."""

    kind: Kind
    number: int
    weight: int
    scale: Scale
    role: Literal["", "cluster", "retest"] = ""
    group: str = ""

    @property
    def part(self) -> str:
        """The part of the sheet it is handed in with: a remark's as planned, else its kind's."""
        return self.group or ("CK" if self.kind == "NX" else self.kind)

    @property
    def counts(self) -> bool:
        """Whether a blank in it is a gap: remarks and second tests may stay blank."""
        return self.scale != "text" and self.role != "retest"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell holds: tenths in a scored column, text elsewhere. Both empty is a blank."""

    tenths: Tenths | None = None
    text: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing was entered; a 0 is no blank."""
        return self.tenths is None and not self.text


BLANK = Cell()


@dataclass(frozen=True, slots=True)
class CellReading:
    """A typed cell: the cell, or why it is refused (format range whole pass level long)."""

    cell: Cell
    fault: str = ""


@dataclass(frozen=True, slots=True)
class RowResult:
    """A pupil's result: an average in tenths, a comment result or letter, and how many assessments are missing."""

    average: Tenths | None
    result: str
    missing: int


def columns_for(
    circular: Circular, *, comment: bool, periods: int, grade: int, subject: str, term: int
) -> list[ColumnSpec]:
    """The columns of a new sheet. ``subject`` is its code, ``term`` its number in the year; raises UnknownSheetError."""
    remark = ColumnSpec("NX", 1, 0, "text")
    if circular in (Circular.TT22, Circular.TT58_26):
        scale: Scale = "pass" if comment else "tenths"
        count = tt22.COMMENT_TX if comment else tt22.tx_count(periods)
        regular = [ColumnSpec("TX", number, 1, scale) for number in range(1, count + 1)]
        return [*regular, ColumnSpec("GK", 1, 2, scale), ColumnSpec("CK", 1, 3, scale), remark]
    if circular == Circular.TT27:
        planned: list[ColumnSpec] = []
        moments: tuple[tuple[Kind, tt27.Moment], ...] = (
            (("GK", "GK1"), ("CK", "CK1")) if term == 1 else (("GK", "GK2"), ("CK", "CN"))
        )
        for kind, moment in moments:
            planned.append(ColumnSpec(kind, 1, 0, "level"))
            if not comment and tt27.has_test(grade, subject, moment):
                planned.append(ColumnSpec(kind, 2, 0, "whole"))
            # Art. 6: a remark at each of the four moments of the year, two of them in a term.
            planned.append(ColumnSpec("NX", 1 if kind == "GK" else 2, 0, "text", group=kind))
        return planned
    if circular == Circular.TT08:
        return [ColumnSpec("GK", 1, _PROCESS_SHARE, "tenths"), ColumnSpec("CK", 1, _EXAM_SHARE, "tenths"), remark]
    raise UnknownSheetError(circular)


def cell_read(scale: str, raw: str | None) -> CellReading:
    """Read what was typed into a column of a scale; text is composed to NFC and its blanks collapsed."""
    if scale in ("tenths", "whole"):
        read = marks.mark_read(raw) if scale == "tenths" else marks.whole_mark_read(raw)
        return CellReading(Cell(read.tenths), read.fault)
    text = " ".join(unicodedata.normalize("NFC", raw or "").split())
    if scale == "pass":
        valid, result = marks.comment_read(text)
        return CellReading(Cell(text=result), "" if valid else "pass")
    if scale == "level" and text:
        level = _LEVELS.get(text.lower())
        return CellReading(Cell(text=level)) if level else CellReading(BLANK, "level")
    return CellReading(Cell(text=text)) if len(text) <= TEXT_LIMIT else CellReading(BLANK, "long")


def row_result(
    circular: str,
    *,
    comment: bool,
    columns: Sequence[ColumnSpec],
    cells: Sequence[Cell],
    pass_only: bool = False,
) -> RowResult:
    """One pupil's result from the cells in the order of the columns; the make-up window is open, a blank stays open.

    ``pass_only`` is for university courses that are passed or failed without a letter.
    """
    pairs = [(column, cell) for column, cell in zip(columns, cells, strict=True) if column.counts]
    missing = sum(cell.blank for _, cell in pairs)
    if circular == Circular.TT27:
        level = next((cell.text for column, cell in pairs if column.kind == "CK" and column.scale == "level"), "")
        return RowResult(None, level, missing)
    if circular == Circular.TT08:
        if missing or not pairs:
            return RowResult(None, "", missing)
        parts = [(Decimal(column.weight) / 100, Decimal(cell.tenths or 0) / 10) for column, cell in pairs]
        done = tt08.course(parts, pass_only=pass_only)
        return RowResult(done.score, done.letter, 0)
    tx = [cell for column, cell in pairs if column.kind == "TX"]
    gk = next((cell for column, cell in pairs if column.kind == "GK"), BLANK)
    ck = next((cell for column, cell in pairs if column.kind == "CK"), BLANK)
    if comment:
        if circular == Circular.TT58_26:
            tests = [cell.text for cell in (*tx, gk)]
            return RowResult(None, "" if missing else tt58.comment_term(tests, ck.text), missing)
        result = tt22.comment_term([cell.text or None for cell in tx], gk.text or None, ck.text or None)
        return RowResult(None, result or "", missing)
    term = tt22.subject_term([cell.tenths for cell in tx], gk.tenths, ck.tenths)
    return RowResult(term.average, "", term.missing)


def test_mark(columns: Sequence[ColumnSpec], cells: Sequence[Cell], kind: Kind) -> Tenths | None:
    """A primary pupil's test mark of a moment: the last one taken counts (27/2020 Art. 7(1)(c)); None without one."""
    taken = [
        cell.tenths
        for column, cell in zip(columns, cells, strict=True)
        if column.kind == kind and column.scale == "whole" and cell.tenths is not None
    ]
    return taken[-1] if taken else None


def cell_text(cell: Cell) -> str:
    """The cell as a teacher writes it: "7,5", "Đ", "CĐ", "T", or the text."""
    if cell.tenths is not None:
        return marks.vietnamese(cell.tenths)
    return {"D": "Đ", "CD": "CĐ"}.get(cell.text, cell.text)
