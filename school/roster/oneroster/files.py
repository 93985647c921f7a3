"""A set as bytes: a checked zip to rows, every cell looked at; rows to a zip that is the same for the same rows."""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from django.utils.translation import gettext as _

from school.archive import Archive, ArchiveRefused, Limits
from school.roster.oneroster import columns
from school.roster.oneroster.columns import ABSENT, BULK, DELTA, FILES, Column, columns_of, files_of
from school.roster.processing.reports import plain

_MIB = 1024 * 1024
LIMITS = Limits(file_bytes=256 * _MIB, total_bytes=512 * _MIB, entries=64, ratio=200, ratio_from=8 * _MIB)
MAX_BYTES = 64 * _MIB
MAX_ROWS = 2_000_000
MAX_PROBLEMS = 1000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_LONGEST = 255


class SetRefused(Exception):
    """The set cannot be read; the text says why."""


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell: file, row as a spreadsheet shows it (the headings are row 1), column, value, message."""

    file: str
    row: int
    column: str
    value: str
    message: str


@dataclass
class Record:
    """A row of a file by the names of its columns, and where it stands."""

    row: int
    cells: dict[str, str]

    def get(self, name: str) -> str:
        """A cell, "" when it is blank or the version has no such column."""
        return self.cells.get(name, "")

    def ids(self, name: str) -> list[str]:
        """A cell that lists ids."""
        return [part.strip() for part in self.get(name).split(",") if part.strip()]

    @property
    def gone(self) -> bool:
        """Whether the row says that its thing is no more."""
        return self.get("status") == columns.TO_BE_DELETED


@dataclass
class Set:
    """A read set: its version, each file as bulk or delta, the rows by file, what is wrong, what was left aside."""

    version: str
    modes: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Record]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bad: set[tuple[str, int]] = field(default_factory=set)
    _told: set[tuple[str, int, str]] = field(default_factory=set)

    def note(self, message: str) -> None:
        """Tell something of the whole set, once."""
        if message not in self.notes:
            self.notes.append(message)

    def add(self, file: str, record: Record, column: str, message: str) -> None:
        """Report a cell; of one cell only the first problem."""
        if (file, record.row, column) not in self._told:
            self._told.add((file, record.row, column))
            self.problems.append(Problem(f"{file}.csv", record.row, column, record.get(column)[:200], message))
        self.bad.add((file, record.row))

    def good(self, file: str) -> list[Record]:
        """The rows of a file with nothing wrong."""
        return [record for record in self.rows.get(file, []) if (file, record.row) not in self.bad]


def read_set(content: bytes) -> Set:
    """Read a zip. Raises SetRefused when it is no set at all; every other fault is in `problems`."""
    if len(content) > MAX_BYTES:
        raise SetRefused(_("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // _MIB})
    try:
        archive = Archive(io.BytesIO(content), LIMITS)
    except ArchiveRefused as refused:
        raise SetRefused(" ".join(str(problem) for problem in refused.problems)) from refused
    if archive.problems:
        raise SetRefused(" ".join(str(problem) for problem in archive.problems))
    base = _base(archive)
    found = _manifest(archive, base)
    for name in files_of(found.version):
        if found.modes.get(name, ABSENT) == ABSENT:
            continue
        if f"{base}{name}.csv" not in archive.files:
            message = _("The manifest names this file as %(mode)s, but it is not in the archive.")
            found.problems.append(Problem(f"{name}.csv", 1, "", "", message % {"mode": found.modes[name]}))
            continue
        _read_file(found, name, archive.read(f"{base}{name}.csv"))
    _check_archive(found, archive, base)
    _check_ids(found)
    return found


def _base(archive: Archive) -> str:
    """The folder in which the set lies: the top, or the one folder that packing programs put around it."""
    places = [path for path in archive.files if path.rsplit("/", 1)[-1].lower() == "manifest.csv"]
    if not places:
        raise SetRefused(_("There is no manifest.csv in the archive: it is no OneRoster set."))
    if len(places) > 1 or places[0].count("/") > 1:
        raise SetRefused(_("There are several manifest.csv files in the archive. Send one set at a time."))
    if not places[0].endswith("manifest.csv"):
        raise SetRefused(_("The manifest must be called manifest.csv, in small letters."))
    return places[0].removesuffix("manifest.csv")


def _lines(name: str, content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = _("%(file)s is not written in UTF-8 (byte %(place)s). Save it as UTF-8.")
        raise SetRefused(message % {"file": name, "place": error.start + 1}) from error
    if "\x00" in text:
        raise SetRefused(_("%(file)s holds bytes that are no text.") % {"file": name})
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        message = _("%(file)s is no CSV as RFC 4180 has it: a quotation mark is missing or stands in a wrong place.")
        raise SetRefused(message % {"file": name}) from error


def _manifest(archive: Archive, base: str) -> Set:
    lines = _lines("manifest.csv", archive.read(f"{base}manifest.csv"))
    if not lines or [cell.strip() for cell in lines[0][:2]] != ["propertyName", "value"]:
        raise SetRefused(_("The first row of manifest.csv must be propertyName,value."))
    said = {line[0].strip(): line[1].strip() for line in lines[1:] if len(line) > 1}
    version = said.get("oneroster.version", "")
    if version not in columns.VERSIONS:
        message = _("manifest.csv says OneRoster “%(version)s”; 1.1 and 1.2 are read here.")
        raise SetRefused(message % {"version": version or "–"})
    found = Set(version)
    known = {*files_of(version), *columns.OTHER_FILES[version]}
    for row, line in enumerate(lines[1:], start=2):
        name = line[0].strip() if line else ""
        if not name.startswith("file."):
            continue
        file, mode = name.removeprefix("file."), line[1].strip() if len(line) > 1 else ""
        if file not in known:
            message = _with_guess(_("OneRoster %(version)s has no such file.") % {"version": version}, file, known)
            found.problems.append(Problem("manifest.csv", row, name, mode, message))
        elif mode not in (BULK, DELTA, ABSENT):
            message = _("Write bulk, delta or absent.")
            found.problems.append(Problem("manifest.csv", row, name, mode, message))
        elif file in FILES:
            found.modes[file] = mode
        elif mode != ABSENT:
            found.notes.append(_("%(file)s.csv is not kept here and was not read.") % {"file": file})
    for file in [*columns.NEEDED[version]]:
        if found.modes.get(file, ABSENT) == ABSENT and DELTA not in found.modes.values():
            message = _("A set without this file cannot be read. Export it again with this file.")
            found.problems.append(Problem("manifest.csv", 1, f"file.{file}", said.get(f"file.{file}", ""), message))
    for file in sorted(known - {name.removeprefix("file.") for name in said}):
        message = _("The manifest does not say whether this file is bulk, delta or absent.")
        found.problems.append(Problem("manifest.csv", 1, f"file.{file}", "", message))
    return found


def _with_guess(message: str, word: str, known: Collection[str]) -> str:
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.75)
    return f"{message} {_('Did you mean %(word)s?') % {'word': close[0]}}" if close else message


def _check_archive(found: Set, archive: Archive, base: str) -> None:
    """Files beside the manifest's are named, not passed over."""
    read = {f"{base}{name}.csv" for name, mode in found.modes.items() if mode != ABSENT} | {f"{base}manifest.csv"}
    others = sorted(path.removeprefix(base) for path in archive.files if path not in read)
    known = [path for path in others if path.removesuffix(".csv") in found.modes]
    for path in known:
        message = _("The file is in the archive, but the manifest calls it absent.")
        found.problems.append(Problem(path, 1, "", "", message))
    strange = [
        path
        for path in others
        if path not in known and path.removesuffix(".csv") not in columns.OTHER_FILES[found.version]
    ]
    if strange:
        found.notes.append(_("Not read: %(names)s.") % {"names": ", ".join(strange[:20])})


def _read_file(found: Set, name: str, content: bytes) -> None:
    lines = _lines(f"{name}.csv", content)
    file = f"{name}.csv"
    wanted = columns_of(name, found.version)
    head = [cell.strip() for cell in lines[0]] if lines else []
    while head and not head[-1]:
        head.pop()  # spreadsheets write commas for columns that were once there
    names = {column.name for column in wanted}
    unknown = [cell for cell in head if cell not in names and not cell.startswith(("metadata.", "ext:"))]
    missing = sorted(names - set(head))
    for cell in unknown:
        message = _with_guess(
            _("OneRoster %(version)s has no such column in this file.") % {"version": found.version},
            cell,
            set(missing) or names,
        )
        found.problems.append(Problem(file, 1, cell, cell, message))
    guessed = {close[0] for cell in unknown if (close := get_close_matches(cell, missing, n=1, cutoff=0.75))}
    for cell in missing:
        # Profiles of 1.2 leave this one out, and it tells nothing that is kept here.
        if cell not in guessed and cell != "resourceSourcedIds":
            message = _("The column is missing. Its heading must stand in the first row.")
            found.problems.append(Problem(file, 1, cell, "", message))
    if len(set(head)) < len(head):
        twice = next(cell for cell in head if head.count(cell) > 1)
        found.problems.append(Problem(file, 1, twice, twice, _("The column stands there twice. Delete one.")))
    if len(lines) > MAX_ROWS:
        raise SetRefused(_("%(file)s has more than %(rows)s rows.") % {"file": file, "rows": MAX_ROWS})
    by_name = {column.name: column for column in wanted}
    rows = found.rows.setdefault(name, [])
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        record = Record(number, {key: cell.strip() for key, cell in zip(head, line, strict=False)})
        rows.append(record)
        if len(line) < len(head) or any(cell.strip() for cell in line[len(head) :]):
            message = _("The row has %(found)s cells, the headings are %(wanted)s.")
            found.problems.append(Problem(file, number, "", "", message % {"found": len(line), "wanted": len(head)}))
            found.bad.add((name, number))
            continue
        for key in head:
            column = by_name.get(key)
            if record.gone and not record.get(key):
                continue  # of what is no more, some tell the id alone
            if column and (message := fault_of(column, record.get(key), name, found.version)):
                found.problems.append(Problem(file, number, key, record.get(key)[:200], message))
                found.bad.add((name, number))
        _check_mode(found, name, record)


def _check_mode(found: Set, name: str, record: Record) -> None:
    if found.modes[name] != DELTA:
        return
    for key in ("status", "dateLastModified"):
        if not record.get(key):
            message = _("A delta file says the status and the date of the last change in every row.")
            found.problems.append(Problem(f"{name}.csv", record.row, key, "", message))
            found.bad.add((name, record.row))


def fault_of(column: Column, cell: str, file: str, version: str) -> str:
    """What is wrong with a cell by its column's rule, "" when nothing is."""
    if not cell:
        return _("The cell must not be blank.") if column.required else ""
    if len(cell) > (4000 if column.kind == "ids" else _LONGEST):
        return _("This is longer than %(count)s letters. Shorten it.") % {"count": _LONGEST}
    if column.kind == "date" and not (_DATE.fullmatch(cell) and _real(cell)):
        return _("This is not a date. OneRoster writes it as yyyy-mm-dd, for example 2026-09-05.")
    if (column.kind == "datetime" and not (_MOMENT.fullmatch(cell) or _DATE.fullmatch(cell))) or (
        column.kind == "datetime" and not _real(cell[:10])
    ):
        return _("This is not a moment. OneRoster writes it as 2026-09-05T07:00:00Z.")
    if column.kind == "bool" and cell.lower() not in ("true", "false"):
        return _("Write true or false.")
    if column.kind == "year" and not re.fullmatch(r"(?:19|20)\d\d", cell):
        return _("This is not a year of four digits.")
    if column.kind == "email" and not _EMAIL.fullmatch(cell):
        return _("This is not an e-mail address. Correct it or leave it blank.")
    if column.words and cell not in column.words:
        if version == columns.V12 and (file, column.name) in columns.EXTENSIBLE and re.fullmatch(r"ext:[\w.]+", cell):
            return ""
        message = _("This word is not allowed here. Allowed: %(words)s.") % {"words": ", ".join(sorted(column.words))}
        return _with_guess(message, cell, column.words)
    return ""


def _real(day: str) -> bool:
    try:
        dt.date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _check_ids(found: Set) -> None:
    """No id twice in a file. What points into other files is checked by whoever knows what is here already."""
    for name, rows in found.rows.items():
        first: dict[str, int] = {}
        for record in rows:
            key = record.get("sourcedId")
            if key and first.setdefault(key, record.row) != record.row:
                message = _("This sourcedId stands twice: also in row %(row)s.") % {"row": first[key]}
                found.problems.append(Problem(f"{name}.csv", record.row, "sourcedId", key, message))
                found.bad.add((name, record.row))


def write_set(version: str, modes: Mapping[str, str], rows: Mapping[str, Sequence[Mapping[str, str]]]) -> bytes:
    """A zip with the manifest and the files; the same rows give the same bytes, whatever the day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "manifest.csv", [("propertyName", "value"), *columns.manifest_rows(version, modes)])
        for name in sorted(files_of(version)):
            if modes.get(name, ABSENT) == ABSENT:
                continue
            heads = [column.name for column in columns_of(name, version)]
            lines = sorted(rows.get(name, ()), key=lambda row: row["sourcedId"])
            _put(archive, f"{name}.csv", [heads, *([row.get(head, "") for head in heads] for row in lines)])
    return out.getvalue()


def _put(archive: zipfile.ZipFile, name: str, lines: Sequence[Sequence[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, text.getvalue().encode("utf-8"))


def problems_csv(problems: Sequence[Problem]) -> str:
    """The faults as `file,row,column,value,message`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "row", "column", "value", "message"])
    for one in problems:
        writer.writerow([plain(one.file), one.row, plain(one.column), plain(one.value), plain(one.message)])
    return out.getvalue()
