"""From sheets to the rows of a list. Every cell that is not what its column asks for becomes a fault with its place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from school import text
from school.roster.processing import values
from school.roster.processing.columns import (
    FIELDS,
    KIND_NAMES,
    STAFF,
    STUDENTS,
    Header,
    find_header,
    missing_fields,
    other_kind,
)
from school.roster.processing.tables import Sheet, TableError, Value
from school.roster.processing.values import UnreadableError, as_text

_FOOTERS = re.compile(
    r"(tong so|tong cong|tong:|cong:|cong \d|hieu truong|pho hieu truong|nguoi lap|thu truong|ghi chu|luu y|ky ten"
    r"|danh sach (nay )?(gom|co)|xac nhan|an dinh)\b.*|.*\bngay \S+ thang \S+ nam\b.*"
)
_IDENTITY = ("ministry_code", "local_code", "staff_code", "class_name")


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


def read_list(sheets: list[Sheet], kind: str, *, accept_repairs: bool = False) -> Reading:
    """Read every sheet that holds a list of the kind. Raises TableError when none does."""
    reading = Reading(kind, accept_repairs=accept_repairs)
    found = [(sheet, header) for sheet in sheets if (header := find_header(sheet, kind))]
    if not found:
        raise _no_list(sheets, kind)
    incomplete: list[tuple[Sheet, Header]] = []
    for sheet, header in found:
        class_name = _class_of_sheet(sheet, header) if kind == STUDENTS and "class_name" not in header.columns else ""
        missing = [one for one in missing_fields(header, kind) if not (one.key == "class_name" and class_name)]
        if missing:
            incomplete.append((sheet, header))
            continue
        reading.headers.append(header)
        reading.sheet_names.append(sheet.name)
        reading.titles += [as_text(cell) for line in sheet.rows[: header.row] for cell in line if as_text(cell)]
        _read_sheet(reading, sheet, header, class_name)
    if not reading.headers:
        other = other_kind(sheets, kind)
        if other:
            raise _no_list(sheets, kind)
        sheet, header = incomplete[0]
        names = ", ".join(f"“{one.heading}”" for one in missing_fields(header, kind))
        raise TableError(
            _("The list has no column %(columns)s (headings are in row %(row)s). Add it and send the file again.")
            % {"columns": names, "row": header.row + 1}
        )
    if not reading.rows:
        raise TableError(_("The list has headings but no rows below them. Fill in the list and send it again."))
    return reading


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
    return TableError(
        _("No heading row was found. A %(kind)s needs the columns %(columns)s in one row above the list.")
        % {"kind": KIND_NAMES[kind], "columns": names}
    )


def _class_of_sheet(sheet: Sheet, header: Header) -> str:
    """The class that a sheet without a class column is of: its name or a title such as "DANH SÁCH LỚP 6A1"."""
    for title in [sheet.name, *(as_text(cell) for line in sheet.rows[: header.row] for cell in line)]:
        found = re.search(r"(?i)\bl[ớo]p[\s:]+(\d{1,2}\s?[A-ZĐ]?[\w./-]*)", title)
        name = values.read_class_name(found[1] if found else title)
        if values.class_grade(name) is not None and (found or title == sheet.name):
            return name
    return ""


def _read_sheet(reading: Reading, sheet: Sheet, header: Header, class_name: str) -> None:
    place = len(reading.headers) - 1
    ended = False
    for at in range(header.row + 1, len(sheet.rows)):
        written = {
            key: as_text(sheet.value(at, column)) or sheet.formulas.get((at, column), "")
            for key, column in header.columns.items()
        }
        filled = [cell for cell in written.values() if cell]
        whole = [cell for value in sheet.rows[at] if (cell := as_text(value))]
        if sum(cell == header.labels[header.columns[key]] for key, cell in written.items() if cell) > 2:
            continue  # the headings again, at the top of a printed page
        if len(whole) > 2 and all(re.fullmatch(r"\(?\d{1,3}\)?", cell) for cell in whole) and len(set(whole)) > 2:
            continue  # the numbers of the columns, under the headings
        if not filled:
            continue
        # A line of the list has its number or its code; what stands under the list (totals, signatures) has neither.
        numbered = re.fullmatch(r"\d{1,5}", whole[0]) and len(whole) > 1
        if not numbered and not any(re.search(r"\d", written.get(key, "")) for key in _IDENTITY):
            ended = ended or any(_FOOTERS.fullmatch(text.fold(cell)) for cell in whole)
            if len(filled) == 1 or (ended and len(filled) <= 4):
                continue
        row = Row(place, at + 1)
        if class_name:
            row.values["class_name"] = class_name
        reading.rows.append(row)
        _read_row(reading, sheet, header, row, written)


def _read_row(reading: Reading, sheet: Sheet, header: Header, row: Row, written: dict[str, str]) -> None:
    needed = _needed(reading.kind, header)
    for key, column in header.columns.items():
        reading.keep_raw(row, key, written[key])
        formula = sheet.formulas.get((row.number - 1, column))
        if formula:
            reading.keep_raw(row, key, formula if formula != "=…" else written[key])
            reading.add(row, key, _("The cell holds a formula. Type the value itself."))
            continue
        if not written[key]:
            if key in needed:
                reading.add(row, key, _missing_message(key, header.label(key, reading.kind)))
            continue
        if key == "female":
            row.values["gender"] = "F"
            continue
        _read_cell(reading, sheet, row, key, column)
    if "female" in header.columns and "gender" not in header.columns:
        row.values.setdefault("gender", "M")


def _read_cell(reading: Reading, sheet: Sheet, row: Row, key: str, column: int) -> None:
    value = sheet.value(row.number - 1, column)
    try:
        if key == "birth_date":
            row.birth_date = values.read_date(value)
        else:
            row.values[key] = _READERS.get(key, as_text)(value)
    except UnreadableError as problem:
        if not (reading.accept_repairs and problem.suggestion):
            reading.add(row, key, problem.message, problem.suggestion)
        elif key == "birth_date":
            row.birth_date = date.fromisoformat(problem.suggestion)
        else:
            row.values[key] = problem.suggestion


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


def _ministry_code(value: Value) -> str:
    return values.read_digits(value, 10, _("The Ministry's code"))


def _citizen_id(value: Value) -> str:
    return values.read_digits(value, 12, _("The citizen's number"))


def _mark(value: Value) -> str:
    """A tick in a column: anything that does not say no."""
    return "" if text.fold(as_text(value)) in {"khong", "0", "false", "k", "-"} else "x"


def _plain_code(value: Value) -> str:
    return as_text(value).lstrip("'").replace(" ", "").upper()


_READERS: dict[str, Callable[[Value], str]] = {
    "ministry_code": _ministry_code,
    "local_code": _plain_code,
    "citizen_id": _citizen_id,
    "full_name": values.read_name,
    "family_middle": values.read_name,
    "given_name": values.read_name,
    "father_name": values.read_name,
    "mother_name": values.read_name,
    "guardian_name": values.read_name,
    "father_phone": values.read_phone,
    "mother_phone": values.read_phone,
    "guardian_phone": values.read_phone,
    "phone": values.read_phone,
    "email": values.read_email,
    "gender": values.read_gender,
    "class_name": values.read_class_name,
    "staff_code": values.read_staff_code,
    "homeroom_code": values.read_staff_code,
    "is_homeroom": _mark,
}


def grouped(rows: list[Row], key: str) -> Iterator[tuple[str, list[Row]]]:
    """Rows by the value of a field, in the order of first sight; rows without one are left out."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if value := row.get(key):
            groups.setdefault(value, []).append(row)
    yield from groups.items()
