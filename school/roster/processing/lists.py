"""From sheets to the rows of a list. Every cell that is not what its column asks for becomes a fault with its place."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from school import text
from school.roster.processing import cells
from school.roster.processing.columns import (
    KIND_NAMES,
    Header,
    Layout,
    column_shown,
    find_header,
    missing_fields,
    other_kind,
)
from school.roster.processing.fields import FIELDS, STAFF, STUDENTS
from school.roster.processing.fonts import unicode_book
from school.roster.processing.tables import Sheet, TableError
from school.roster.processing.values import UnreadableError, as_text, class_grade, read_class_name

_FOOTERS = re.compile(
    r"(tong so|tong cong|tong:|cong:|cong \d|hieu truong|pho hieu truong|nguoi lap|thu truong|ghi chu|luu y|ky ten"
    r"|danh sach (nay )?(gom|co)|xac nhan|an dinh)\b.*|.*\bngay \S+ thang \S+ nam\b.*"
)
_IDENTITY = ("ministry_code", "local_code", "staff_code", "class_name")
# What one cell may say for the rows of several brothers and sisters, or of a whole class.
_MERGEABLE = {
    "class_name",
    "address",
    "ethnicity",
    "contact_name",
    "contact_phone",
    "position",
    "staff_code",
    "subject",
} | {f"{who}_{what}" for who in ("father", "mother", "guardian") for what in ("name", "phone")}
_SHOWN_ROWS = 8


class ColumnsError(TableError):
    """The file is a table, but what a list needs was not found among its headings: a person may say which column is what."""


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell. Rows count from 1 as Excel shows them; `column` is the heading in the file."""

    row: int
    column: str
    value: str
    message: str
    sheet: str = ""
    suggestion: str = ""


@dataclass
class Row:
    """A row of any list, with what its cells gave; a cell with a fault gives None."""

    sheet: int
    number: int
    values: dict[str, str] = field(default_factory=dict)
    birth_date: date | None = None

    def get(self, key: str) -> str:
        """The text read for a field, "" when the cell was blank or faulty or the file has no such column."""
        return self.values.get(key, "")

    @property
    def full_name(self) -> str:
        """The whole name, also when the file gives its parts."""
        return self.get("full_name") or text.clean(f"{self.get('family_middle')} {self.get('given_name')}")


@dataclass
class Reading:
    """What a file holds: its rows, what is wrong with them, and what is odd but accepted."""

    kind: str
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    sheet_names: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    accept_repairs: bool = False
    _raw: dict[tuple[int, int, str], str] = field(default_factory=dict)
    _bad: set[tuple[int, int]] = field(default_factory=set)
    _bad_cells: set[tuple[int, int, str]] = field(default_factory=set)

    def add(self, row: Row, key: str, message: str, suggestion: str = "") -> None:
        """Report a row's cell; of one cell only the first fault is told."""
        place = (row.sheet, row.number, key)
        self._bad.add(place[:2])
        if place not in self._bad_cells:
            self._bad_cells.add(place)
            self.faults.append(self._fault(row, key, message, suggestion))

    def warn(self, row: Row, key: str, message: str) -> None:
        """Tell of a cell that is odd, without refusing its row."""
        self.warnings.append(self._fault(row, key, message, ""))

    def _fault(self, row: Row, key: str, message: str, suggestion: str) -> Fault:
        several = len(self.headers) > 1
        return Fault(
            row.number,
            self.headers[row.sheet].label(key, self.kind),
            self._raw.get((row.sheet, row.number, key), ""),
            message,
            self.sheet_names[row.sheet] if several else "",
            suggestion,
        )

    def keep_raw(self, row: Row, key: str, value: str) -> None:
        """Remember a cell as the file has it, for the report."""
        self._raw[row.sheet, row.number, key] = value

    def is_faulty(self, row: Row, key: str = "") -> bool:
        """Whether anything of the row was reported, or the one cell."""
        place = (row.sheet, row.number)
        return (*place, key) in self._bad_cells if key else place in self._bad

    @property
    def good_rows(self) -> list[Row]:
        """The rows with nothing wrong."""
        return [row for row in self.rows if not self.is_faulty(row)]

    def sorted_faults(self) -> list[Fault]:
        """Faults in the order of the file."""
        return sorted(self.faults, key=lambda fault: (fault.sheet, fault.row))

    @property
    def year_name(self) -> str:
        """The school year that the titles name ("2026-2027"), or ""."""
        for title in self.titles:
            if found := re.search(r"\b(20\d\d)\s*[-–/]\s*(20\d\d)\b", title):
                return f"{found[1]}-{found[2]}"
        return ""


def read_list(
    sheets: list[Sheet], kind: str, *, accept_repairs: bool = False, layouts: Sequence[Layout] = ()
) -> Reading:
    """Read every sheet that holds a list of the kind. Raises TableError when none does, ColumnsError when only the
    headings were not understood.
    """
    reading = Reading(kind, accept_repairs=accept_repairs)
    found = [(sheet, header) for sheet in sheets if (header := find_header(sheet, kind, layouts))]
    if not found and (font := unicode_book(sheets, kind)):
        found = [(sheet, header) for sheet in sheets if (header := find_header(sheet, kind, layouts))]
        reading.notes.append(
            _("The list is written for an old font (%(font)s) and was converted. Look at the names once more.")
            % {"font": font}
        )
    if not found:
        raise _no_list(sheets, kind)
    incomplete: list[tuple[Sheet, Header]] = []
    for sheet, header in found:
        class_name = class_of_sheet(sheet, header) if kind == STUDENTS and "class_name" not in header.columns else ""
        missing = [one for one in missing_fields(header, kind) if not (one.key == "class_name" and class_name)]
        if missing:
            incomplete.append((sheet, header))
            continue
        reading.headers.append(header)
        reading.sheet_names.append(sheet.name)
        reading.titles += [as_text(cell) for line in sheet.rows[: header.row] for cell in line if as_text(cell)]
        _read_sheet(reading, sheet, header, class_name)
    if not reading.headers:
        if other_kind(sheets, kind):
            raise _no_list(sheets, kind)
        sheet, header = incomplete[0]
        names = ", ".join(f"“{one.heading}”" for one in missing_fields(header, kind))
        raise ColumnsError(
            _("The list has no column %(columns)s (headings are in row %(row)s). Add it and send the file again.")
            % {"columns": names, "row": header.row + 1}
        )
    if not reading.rows:
        raise TableError(_("The list has headings but no rows below them. Fill in the list and send it again."))
    _note_sheets(reading, sheets, incomplete)
    return reading


def _note_sheets(reading: Reading, sheets: list[Sheet], incomplete: list[tuple[Sheet, Header]]) -> None:
    """Nothing is passed over in silence: sheets that were not read, rows and columns that Excel does not show."""
    for sheet, header in incomplete:
        names = ", ".join(f"“{one.heading}”" for one in missing_fields(header, reading.kind))
        reading.notes.append(
            _("Sheet “%(sheet)s” was not read: it has no column %(columns)s.") % {"sheet": sheet.name, "columns": names}
        )
    read = {*reading.sheet_names, *(sheet.name for sheet, _header in incomplete)}
    others = [
        sheet.name for sheet in sheets if sheet.name not in read and any(as_text(c) for r in sheet.rows for c in r)
    ]
    if others:
        reading.notes.append(_("Sheets without a list, not read: %(names)s.") % {"names": ", ".join(others)})
    if hidden := getattr(sheets, "hidden", []):
        reading.notes.append(_("Hidden sheets, not read: %(names)s.") % {"names": ", ".join(hidden)})
    by_name = {sheet.name: sheet for sheet in sheets}
    for place, name in enumerate(reading.sheet_names):
        sheet, header = by_name[name], reading.headers[place]
        rows = sorted(row.number for row in reading.rows if row.sheet == place and row.number - 1 in sheet.hidden_rows)
        if rows:
            shown = ", ".join(map(str, rows[:_SHOWN_ROWS])) + ("…" if len(rows) > _SHOWN_ROWS else "")
            reading.notes.append(_("Rows hidden in Excel were read too: %(rows)s.") % {"rows": shown})
        columns = [header.name(one) for one in sorted(sheet.hidden_columns & set(header.columns.values()))]
        if columns:
            reading.notes.append(
                _("Columns hidden in Excel were read too: %(columns)s.") % {"columns": ", ".join(columns)}
            )


def _no_list(sheets: list[Sheet], kind: str) -> TableError:
    other = other_kind(sheets, kind)
    if other:
        return TableError(
            _("This file is a %(found)s and not a %(asked)s. Choose the right kind, or the right file.")
            % {"found": KIND_NAMES[other], "asked": KIND_NAMES[kind]}
        )
    if not any(as_text(cell) for sheet in sheets for row in sheet.rows for cell in row):
        return TableError(_("The file is empty. Choose the file that holds the list."))
    names = ", ".join(f"“{one.heading}”" for one in FIELDS[kind] if one.required)
    return ColumnsError(
        _("No heading row was found. A %(kind)s needs the columns %(columns)s in one row above the list.")
        % {"kind": KIND_NAMES[kind], "columns": names}
    )


def class_of_sheet(sheet: Sheet, header: Header) -> str:
    """The class that a sheet without a class column is of: its name or a title such as "DANH SÁCH LỚP 6A1"."""
    for title in [sheet.name, *(as_text(cell) for line in sheet.rows[: header.row] for cell in line)]:
        found = re.search(r"(?i)\bl[ớo]p[\s:]+(\d{1,2}\s?[A-ZĐ]?[\w./-]*)", title)
        name = read_class_name(found[1] if found else title)
        if class_grade(name) is not None and (found or title == sheet.name):
            return name
    return ""


def _read_sheet(reading: Reading, sheet: Sheet, header: Header, class_name: str) -> None:
    place = len(reading.headers) - 1
    ended = False
    merged = _merged_down(sheet, header)
    used: Counter[int] = Counter()
    for at in range(header.row + 1, len(sheet.rows)):
        written = {
            key: as_text(sheet.value(at, column)) or sheet.formulas.get((at, column), "")
            for key, column in header.columns.items()
        }
        filled = [cell for cell in written.values() if cell]
        if not filled:
            continue
        whole = {column: cell for column, value in enumerate(sheet.rows[at]) if (cell := as_text(value))}
        if _is_no_row(header, written, list(whole.values())):
            continue
        # A line of the list has its number or its code; what stands under the list (totals, signatures) has neither.
        first = next(iter(whole.values()), "")
        numbered = re.fullmatch(r"\d{1,5}", first) and len(whole) > 1
        if not numbered and not any(re.search(r"\d", written.get(key, "")) for key in _IDENTITY):
            ended = ended or any(_FOOTERS.fullmatch(text.fold(cell)) for cell in whole.values())
            if len(filled) == 1 or (ended and len(filled) <= 4):
                continue
        used.update(whole.keys())
        row = Row(place, at + 1)
        if class_name:
            row.values["class_name"] = class_name
        reading.rows.append(row)
        for key, column in header.columns.items():
            if (at, column) in merged and not written[key]:
                written[key] = as_text(merged[at, column])
        _read_row(reading, sheet, header, row, written)
    several = f"{sheet.name}: " if place else ""
    reading.unread += [several + column_shown(header.name(column)) for column in header.unread(used)]


def _is_no_row(header: Header, written: dict[str, str], whole: list[str]) -> bool:
    """The headings again, at the top of a printed page, or the numbers of the columns under the headings."""
    same = sum(cell == header.labels.get(header.columns[key]) for key, cell in written.items() if cell)
    if same > 2:
        return True
    return len(whole) > 2 and len(set(whole)) > 2 and all(re.fullmatch(r"\(?\d{1,3}\)?", cell) for cell in whole)


def _merged_down(sheet: Sheet, header: Header) -> dict[tuple[int, int], cells.Value]:
    """Values of cells merged over several rows of the list, at the places that they cover."""
    columns = {column for key, column in header.columns.items() if key in _MERGEABLE}
    return {
        (row, left): sheet.value(top, left)
        for (top, left), (bottom, right) in sheet.merges
        if left == right and left in columns and header.row < top < bottom
        for row in range(top + 1, bottom + 1)
    }


def _read_row(reading: Reading, sheet: Sheet, header: Header, row: Row, written: dict[str, str]) -> None:
    needed = _needed(reading.kind, header)
    given: dict[str, cells.Value] = {}
    for key, column in header.columns.items():
        reading.keep_raw(row, key, written[key])
        formula = sheet.formulas.get((row.number - 1, column))
        if formula:
            reading.keep_raw(row, key, formula if formula != "=…" else written[key])
            reading.add(row, key, _("The cell holds a formula. Type the value itself."))
        elif written[key]:
            value = sheet.value(row.number - 1, column)
            given[key] = written[key] if value is None else value
        elif key in needed:
            reading.add(row, key, _missing_message(key, header.label(key, reading.kind)))
    for key, value in given.items():
        if key not in cells.TOGETHER:
            _read_cell(reading, row, key, value)
    _read_together(reading, header, row, given)


def _read_cell(reading: Reading, row: Row, key: str, value: cells.Value) -> None:
    try:
        if key == "birth_date":
            row.birth_date = cells.read_date(value)
        else:
            row.values[key] = cells.READERS.get(key, cells.read_text)(value)
    except UnreadableError as problem:
        if not (reading.accept_repairs and problem.suggestion):
            reading.add(row, key, problem.message, problem.suggestion)
        else:
            _read_cell(reading, row, key, problem.suggestion)
    else:
        if key.endswith("phone") and cells.several_phones(value):
            reading.warn(row, key, _("Of several numbers in one cell the first was kept."))


def _read_together(reading: Reading, header: Header, row: Row, given: dict[str, cells.Value]) -> None:
    """What several columns say together: day, month and year; a tick or a date under “Nam” or “Nữ”."""
    columns = set(header.columns)
    # A column of its own for the birth date or the gender goes before what other columns say of it.
    ways: list[tuple[set[str], str, Callable[[dict[str, cells.Value], set[str]], object]]] = [
        ({"birth_day", "birth_month", "birth_year"}, "birth_date", cells.date_of_parts),
        ({"born_male", "born_female"}, "birth_date", cells.date_of_column),
        ({"born_male", "born_female"}, "gender", cells.gender_of_date),
        ({"male", "female"}, "gender", cells.gender_of_tick),
    ]
    for keys, result, read in ways:
        if not keys & columns or result in columns or any(reading.is_faulty(row, key) for key in (result, *keys)):
            continue
        if row.values.get(result) or (result == "birth_date" and row.birth_date):
            continue
        try:
            found = read({key: given[key] for key in keys if key in given}, columns)
        except UnreadableError as problem:
            reading.keep_raw(row, result, " ".join(as_text(given[key]) for key in sorted(keys) if key in given))
            reading.add(row, result, problem.message, problem.suggestion)
            continue
        if isinstance(found, date):
            row.birth_date = found
        elif found:
            row.values[result] = str(found)


def _missing_message(key: str, label: str) -> str:
    if key in ("full_name", "given_name"):
        return _("The name is missing. Write the full name.")
    return _("“%(column)s” is missing. Fill in the cell.") % {"column": label}


def _needed(kind: str, header: Header) -> set[str]:
    needed = {one.key for one in FIELDS[kind] if one.required}
    if kind == STUDENTS:
        needed |= {"birth_date", "gender"}
        if "ministry_code" not in header.columns:
            needed.add("local_code")
    if kind in (STUDENTS, STAFF):
        needed.add("full_name" if "full_name" in header.columns else "given_name")
    return needed


def grouped(rows: list[Row], key: str) -> Iterator[tuple[str, list[Row]]]:
    """Rows by the value of a field, in the order of first sight; rows without one are left out."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if value := row.get(key):
            groups.setdefault(value, []).append(row)
    yield from groups.items()
