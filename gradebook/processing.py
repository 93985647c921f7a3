"""Mark sheets as Excel files: the form that is downloaded, and reading a filled one whoever made it."""

from __future__ import annotations

import datetime
import io
import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter import Workbook

from gradebook.cells import Change
from gradebook.models import MarkColumn
from gradebook.regulations import Circular
from gradebook.selectors import Grid, GridRow
from school.text import fold

HEADER_ROWS = 15
# A class has some fifty pupils; a file with thousands of rows is no mark sheet and is not read to its end.
MOST_ROWS = 1000


class FileError(Exception):
    """The file is no mark sheet of this class; the message says why, in the reader's language."""


@dataclass(slots=True)
class Table:
    """A mark sheet as read: the titles above it, and each pupil's row as column code → text."""

    title: str
    rows: list[dict[str, str]] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Found:
    """What a file would change, and what in it cannot be taken, in words."""

    changes: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    # Cells whose text in the file is the sheet's.
    same: int = 0


def sheet_workbook(grid: Grid) -> bytes:
    """The sheet as .xlsx in the order of the register's industry form; every cell is text so that Excel changes nothing."""
    sheet = grid.sheet
    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet(f"{sheet.school_class.name}"[:31])
        text = book.add_format({"num_format": "@", "border": 1})
        bold = book.add_format({"bold": True, "border": 1, "bg_color": "#F0EDE6", "align": "center"})
        title = book.add_format({"bold": True})
        # As on paper: what was corrected stands out in red, and its number leads to the words below the table.
        corrected = book.add_format({"num_format": "@", "border": 1, "font_color": "#AC1F1B"})
        page.write_string(0, 0, sheet.school.name.upper(), title)
        page.write_string(
            1,
            0,
            f"BẢNG ĐIỂM MÔN {sheet.subject.name} LỚP {sheet.school_class.name} {sheet.term.name} "
            f"NĂM HỌC {sheet.term.year.name}".upper(),
            title,
        )
        heads = ["STT", "Mã định danh Bộ GD&ĐT", "Mã học sinh", "Họ và tên", "Ngày sinh"]
        for place, head in enumerate([*heads, *(_label(column) for column in grid.columns)]):
            page.write_string(3, place, head, bold)
        for row in grid.rows:
            born = row.student.birth_date
            facts = [
                str(row.number),
                row.student.ministry_code or "",
                row.student.code,
                row.student.full_name,
                f"{born:%d/%m/%Y}" if born else "",
            ]
            for place, value in enumerate(facts):
                page.write_string(3 + row.number, place, value, text)
            for place, cell in enumerate(row.cells, len(facts)):
                page.write_string(3 + row.number, place, cell.text, corrected if cell.notes else text)
                if cell.notes:
                    page.write_comment(3 + row.number, place, f"({cell.notes})")
        for place, note in enumerate(grid.footnotes, 5 + len(grid.rows)):
            page.write_string(place, 0, f"({note.number}) {note.name}, {note.code}: {note.text}")
        page.set_column(0, 0, 5)
        page.set_column(1, 2, 16)
        page.set_column(3, 3, 28)
        page.set_column(4, 4, 12)
        page.freeze_panes(4, 4)
    return stream.getvalue()


def _label(column: MarkColumn) -> str:
    primary = column.sheet.circular == Circular.TT27
    if column.scale == MarkColumn.Scale.TEXT:
        return f"Nhận xét {column.group}" if primary else "Nhận xét"
    if primary:
        if column.scale == MarkColumn.Scale.LEVEL:
            return f"Mức đạt được {column.kind}"
        return f"Điểm KTĐK {column.kind}" + (" lần 2" if column.role == MarkColumn.Role.RETEST else "")
    if column.title:
        return f"ĐĐG{column.code.lower()}"
    return f"ĐĐGtx {column.number}" if column.kind == MarkColumn.Kind.TX else f"ĐĐG{column.code.lower()}"


def _text(value: Any) -> str:
    """A cell as text. Numbers lose what binary fractions added, and whole ones their ".0"."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 100_000 else f"{value:.0f}"
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        return f"{value:%d/%m/%Y}"
    return " ".join(str(value).split())


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(text))


# Labels as the ministry's, the industry's and schools' own forms write them, folded and without blanks.
_FIXED = {
    "stt": "stt", "lop": "lop", "tenlop": "lop", "mahocsinh": "code", "mahs": "code", "hovaten": "name", "hoten": "name",
    "ngaysinh": "born", "nhanxet": "NX", "noidungnhanxet": "NX", "danhgia": "CK",
    "giuaky": "GK", "giuaki": "GK", "cuoiky": "CK", "cuoiki": "CK", "mucdatduocgk": "GK", "mucdatduocck": "CK",
    "mucgk": "GK", "mucck": "CK", "diemktdk": "CK2", "diemktdkck": "CK2", "diemktdkgk": "GK2",
    "diemktdkgklan2": "GK3", "diemktdkcklan2": "CK3", "nhanxetgk": "NX:GK", "nhanxetck": "NX:CK",
}  # fmt: skip


def _code_of(label: str, below: str) -> str:
    """The column's code from its label and, for a merged ĐĐGtx, the number in the row below; "" for others."""
    name = _squeezed(label)
    if "dinhdanh" in name:
        return "ministry"
    if name in _FIXED:
        return _FIXED[name]
    found = re.fullmatch(r"(?:ddg|dd)?(tx|gk|ck|nx)(\d?)", name)
    if not found:
        return ""
    kind, number = found[1].upper(), found[2]
    if kind == "TX" and not number:
        number = below if re.fullmatch(r"\d", below) else "*"
    return kind + number


def tables_read(data: bytes) -> list[Table]:
    """The mark tables of a workbook, page by page: the header within 15 rows, one or two rows high.

    Raises FileError when the file cannot be opened or holds no such table.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        pages = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    except (CalamineError, ValueError, OSError) as error:
        raise FileError(_("The file cannot be opened: save it as .xlsx and choose it again.")) from error
    found = []
    for page in pages:
        table = _table_in([[_text(value) for value in row] for row in page[:MOST_ROWS]])
        if table:
            found.append(table)
    if not found:
        raise FileError(_("No mark table was found: the columns “Họ và tên” and “ĐĐG…” are missing."))
    return found


def table_read(data: bytes, grid: Grid | None = None) -> Table:
    """The workbook's table: with a grid the first that its titles do not give to another sheet, since a school's file may
    hold a page for each class; without one, or when all speak against it, the first. Raises FileError as ``tables_read``.
    """
    tables = tables_read(data)
    if grid is None:
        return tables[0]
    return next((table for table in tables if not _other_sheet(grid, table)), tables[0])


def _table_in(cells: list[list[str]]) -> Table | None:
    for place, row in enumerate(cells[:HEADER_ROWS]):
        # Merged cells hold their text in the first of them: the next ones inherit it.
        labels, last = [], ""
        for label in row:
            last = label or last
            labels.append(last if not label and _squeezed(last) == "ddgtx" else label)
        below = cells[place + 1] if place + 1 < len(cells) else []
        below = [*below, *[""] * (len(labels) - len(below))]
        codes = [_code_of(label, under) for label, under in zip(labels, below, strict=False)]
        scored = {code for code in codes if code[:2] in ("TX", "GK", "CK")}
        if not scored or not {"ministry", "code", "name"} & set(codes):
            continue
        table = Table(" ".join(text for line in cells[:place] for text in line if text), codes=scored)
        for line in cells[place + 1 :]:
            found = {code: text for code, text in zip(codes, line, strict=False) if code and text}
            # The second header row and the row of column numbers name nobody.
            if _names_somebody(found):
                table.rows.append(found)
        return table
    return None


def _names_somebody(row: dict[str, str]) -> bool:
    return any(len(row.get(key, "")) > 2 for key in ("ministry", "code", "name"))


_CLASS = re.compile(r"\blop\s+([0-9]{1,2}\s?[a-z0-9./-]*)")
_TERM = re.compile(r"\bhoc k[iy]\s+(ii|i|2|1)\b")
_YEAR = re.compile(r"\bnam hoc\s+(\d{4})\s*[-–]\s*(\d{4})")


def _other_sheet(grid: Grid, table: Table) -> str:
    """Why the file belongs to another sheet, by the titles above its table; "" when nothing speaks against it."""
    sheet, title = grid.sheet, fold(table.title)
    named = _CLASS.search(title)
    if named and _squeezed(named[1]) != _squeezed(sheet.school_class.name):
        return _("The file is of class %(other)s, this sheet is of class %(own)s.") % {
            "other": named[1].upper(),
            "own": sheet.school_class.name,
        }
    subject = re.search(r"\bmon\s+(.+?)\s*(?:[-–,]|\blop\b|\bhoc k[iy]\b|$)", title)
    if subject:
        theirs, ours = _squeezed(subject[1]), _squeezed(sheet.subject.name)
        if not (theirs.startswith(ours) or ours.startswith(theirs)):
            return _("The file is of another subject: %(other)s.") % {"other": subject[1]}
    term = _TERM.search(title)
    if term and {"i": 1, "ii": 2, "1": 1, "2": 2}[term[1]] != sheet.term.number:
        return _("The file is of another term.")
    year = _YEAR.search(title)
    if year and f"{year[1]}-{year[2]}" != sheet.term.year.name:
        return _("The file is of another school year.")
    return ""


def changes_of(grid: Grid, table: Table) -> Found:
    """The changes a file asks for: pupils by Ministry code, school code, or name with birth date; a blank changes nothing.

    Raises FileError for a file of another class, subject, term or year.
    """
    why = _other_sheet(grid, table)
    if why:
        raise FileError(why)
    people = _People(grid)
    # A primary sheet has a remark of each moment; elsewhere every remark is the one there is.
    remarks = {column.group: column.code for column in grid.columns if column.scale == MarkColumn.Scale.TEXT}
    cells = {(row.student.pk, cell.column.code): cell for row in grid.rows for cell in row.cells}
    found = Found()
    seen: set[int] = set()
    matched = 0
    for line in table.rows:
        row = people.find(line)
        who = line.get("name") or line.get("code") or line.get("ministry", "")
        if row is None:
            found.problems.append(_("%(name)s is not in this class.") % {"name": who})
            continue
        matched += 1
        if row.student.pk in seen:
            found.problems.append(_("%(name)s stands in the file twice; the first row counts.") % {"name": who})
            continue
        seen.add(row.student.pk)
        if "lop" in line and _squeezed(line["lop"]) != _squeezed(grid.sheet.school_class.name):
            found.problems.append(_("%(name)s: the row is of class %(other)s.") % {"name": who, "other": line["lop"]})
            continue
        for label, text in _spread(line).items():
            code = _remark_code(label, remarks) if label.startswith("NX") else label
            cell = cells.get((row.student.pk, code))
            if cell is None:
                found.problems.append(
                    _("%(name)s: this sheet has no column %(column)s.") % {"name": who, "column": code}
                )
            elif text == cell.text:
                found.same += 1
            else:
                found.changes.append(Change(row.student.pk, cell.column.pk, text, cell.version))
    if not matched:
        raise FileError(_("None of the file's pupils is in this class."))
    return found


def _remark_code(label: str, remarks: dict[str, str]) -> str:
    """The code of the remark's column that a label means: of its moment where it names one, else the end of term's."""
    _kind, _sep, moment = label.partition(":")
    return remarks.get(moment or "CK", next(iter(remarks.values()), label)) if not label[2:].isdigit() else label


def _spread(line: dict[str, str]) -> dict[str, str]:
    """The marks of a row by column code; regular marks written in one cell, blanks between them, are parted."""
    marks = {code: text for code, text in line.items() if code[:2] in ("TX", "GK", "CK", "NX") and code != "TX*"}
    for number, text in enumerate(re.split(r"[\s;]+", line.get("TX*", "")), 1):
        if text:
            marks[f"TX{number}"] = text
    return marks


class _People:
    """The pupils of a sheet by what identifies them; never by the name alone."""

    def __init__(self, grid: Grid) -> None:
        self.ministry = {row.student.ministry_code: row for row in grid.rows if row.student.ministry_code}
        self.code = {fold(row.student.code): row for row in grid.rows}
        self.named = {
            (fold(row.student.full_name), f"{row.student.birth_date:%d/%m/%Y}"): row
            for row in grid.rows
            if row.student.birth_date
        }

    def find(self, line: dict[str, str]) -> GridRow | None:
        ministry = re.sub(r"\D", "", line.get("ministry", ""))
        if ministry:
            # Excel eats leading zeros of a number.
            return self.ministry.get(ministry) or self.ministry.get(ministry.zfill(10))
        if line.get("code"):
            return self.code.get(fold(line["code"]))
        born = re.sub(r"\b(\d)\b", r"0\1", line.get("born", "").replace("-", "/").replace(".", "/"))
        return self.named.get((fold(line.get("name", "")), born))
