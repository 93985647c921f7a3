"""From the bytes of a file to sheets of cells, whichever program wrote it."""

import csv
import io
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from school.roster.processing.formulas import Formulas, Marks, compound_names, xls_formulas, xlsx_marks

Value = str | int | float | bool | date | datetime | time | timedelta | None

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 150 * 1024 * 1024
MAX_ROWS = 30_000
MAX_COLUMNS = 300
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class TableError(Exception):
    """The file cannot be read as a list; the text says why and what to do, for the person who sent it."""


@dataclass
class Sheet:
    """A sheet as it stands in the file: rows and columns from 0, merged ranges as (first, last) places."""

    name: str
    rows: list[list[Value]]
    formulas: Formulas = field(default_factory=dict)
    merges: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)

    def value(self, row: int, column: int) -> Value:
        """The cell's value, None outside the sheet and for an empty cell."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            value = self.rows[row][column]
            return None if value == "" else value
        return None


class Book(list[Sheet]):
    """The visible sheets of a file, the names of the others, and for a text file how its letters were coded."""

    def __init__(self, sheets: list[Sheet], *, hidden: list[str] | None = None, encoding: str = "") -> None:
        super().__init__(sheets)
        self.hidden = hidden or []
        self.encoding = encoding


def row_count(content: bytes) -> int:
    """About how many rows a file has, counted without reading its cells; 0 for what cannot be opened."""
    if not content.startswith((b"PK", _COMPOUND)):
        return content.count(b"\n")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return sum(book.get_sheet_by_name(name).total_height for name in book.sheet_names)
    except (CalamineError, ValueError, OSError):
        return 0


def read_sheets(content: bytes) -> Book:
    """The visible sheets of an .xls, .xlsx or .csv file, told apart by their content and not by their name."""
    if not content.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise TableError(_("The file is empty. Choose the file that holds the list."))
    if len(content) > MAX_BYTES:
        raise TableError(
            _("The file is larger than %(size)s MB. Keep only the list in it and send it again.")
            % {"size": MAX_BYTES // 1024 // 1024}
        )
    if content.startswith(_COMPOUND):
        return _read_compound(content)
    if content.startswith(b"PK"):
        return _read_zip(content)
    return _read_text(content)


def _not_a_table() -> TableError:
    return TableError(_("This is not an Excel or CSV file. Save the list as .xlsx in Excel and send that file."))


def _damaged() -> TableError:
    return TableError(_("The Excel file is damaged and cannot be opened. Save it again in Excel and resend it."))


def _read_compound(content: bytes) -> Book:
    names = compound_names(content)
    if "EncryptedPackage" in names:
        raise _protected()
    if not {"Workbook", "Book"} & set(names):
        raise _not_a_table() if "WordDocument" in names else _damaged()
    formulas = xls_formulas(content)
    return _read_workbook(content, {}, formulas)


def _protected() -> TableError:
    return TableError(_("The file is locked by a password. Open it in Excel, remove the password and send it again."))


def _read_zip(content: bytes) -> Book:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
                raise TableError(_("The file unpacks to far more than a list needs. Copy the list to a new file."))
            names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            raise _not_a_table()
        marks = xlsx_marks(content)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, ParseError, ValueError, EOFError, OSError) as error:
        raise _damaged() from error
    return _read_workbook(content, marks, [])


def _read_workbook(content: bytes, by_name: dict[str, Marks], by_place: list[Formulas]) -> Book:
    sheets: list[Sheet] = []
    hidden: list[str] = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for place, meta in enumerate(book.sheets_metadata):
            source = book.get_sheet_by_name(meta.name) if meta.typ == SheetTypeEnum.WorkSheet else None
            if source is None or meta.visible != SheetVisibleEnum.Visible:
                if source is not None and source.total_height:
                    hidden.append(meta.name)
                continue
            if source.total_height > MAX_ROWS or source.total_width > MAX_COLUMNS:
                raise _too_large()
            rows: list[list[Value]] = [list(row) for row in source.to_python(skip_empty_area=False)]
            marks = by_name.get(meta.name) or Marks(by_place[place] if place < len(by_place) else {})
            merges = list(source.merged_cell_ranges or [])
            sheets.append(Sheet(meta.name, rows, marks.formulas, merges, marks.hidden_rows, marks.hidden_columns))
    except PasswordError as error:
        raise _protected() from error
    except (CalamineError, ValueError) as error:
        raise _damaged() from error
    return Book(sheets, hidden=hidden)


def _too_large() -> TableError:
    return TableError(
        _("The sheet has more than %(rows)s rows. Split the list into several files.") % {"rows": MAX_ROWS}
    )


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content[1:2] == b"\x00":
        encodings = ["utf-16-le"]
    elif content[:1] == b"\x00":
        encodings = ["utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1258"]
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise _not_a_table()


def _read_text(content: bytes) -> Book:
    start = content[:2048].lower()
    if start.startswith((b"%pdf", b"\x89png", b"\xff\xd8", b"rar!", b"7z\xbc")):
        raise _not_a_table()
    text, encoding = _decode(content)
    head = text[:2048].lstrip().lower()
    if head.startswith(("<html", "<!doctype", "<table", "<?xml", "<meta", "<style")):
        raise TableError(
            _("This is a web page under the name of a list. Open it in Excel, save it as .xlsx and send that.")
        )
    if "\x00" in text or sum(c < " " and c not in "\r\n\t" for c in text[:2048]) > 4:
        raise _not_a_table()
    separator = _separator(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise _not_a_table() from error
    if len(rows) > MAX_ROWS or max(map(len, rows), default=0) > MAX_COLUMNS:
        raise _too_large()
    formulas = {
        (at, column): value for at, row in enumerate(rows) for column, value in enumerate(row) if value.startswith("=")
    }
    return Book([Sheet("", [list(row) for row in rows], formulas)], encoding=encoding)


def _separator(text: str) -> str:
    """The separator that most lines hold equally often: titles above the list hold none or any."""
    lines = [line for line in text.splitlines()[:60] if line.strip()]
    best, score = ",", 0
    for candidate in ("\t", ";", ",", "|"):
        counts = [line.count(candidate) for line in lines]
        usual = max(set(counts) - {0}, key=lambda n: (counts.count(n), n), default=0)
        weight = counts.count(usual) * 100 + usual if usual else 0
        if weight > score:
            best, score = candidate, weight
    return best
