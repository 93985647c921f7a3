"""Which column of a sheet holds what: the heading row is found by its words, wherever it stands, or by what a person said."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from school import text
from school.roster.processing.fields import COUNTING, FIELDS, STAFF, STUDENTS, TEACHING, Field, field_of
from school.roster.processing.tables import Sheet
from school.roster.processing.values import as_text

SEARCHED_ROWS = 30

KIND_NAMES: dict[str, StrPromise] = {
    STUDENTS: gettext_lazy("list of students"),
    STAFF: gettext_lazy("list of staff"),
    TEACHING: gettext_lazy("teaching assignments"),
}


@dataclass(frozen=True)
class Layout:
    """What a person said of a file's columns: name of a column to field, "" for one that is not to be read.

    With a fingerprint it holds for rows of exactly those headings, with a row (from 0) for that row; with neither for
    the row that has most of the names.
    """

    columns: Mapping[str, str]
    fingerprint: str = ""
    row: int | None = None
    pk: int | None = None


@dataclass
class Header:
    """Where the heading row is and which columns were known: key to column; labels as the file writes them."""

    row: int
    columns: dict[str, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    layout: Layout | None = None

    def label(self, key: str, kind: str) -> str:
        """The heading of a field's column in this file, else its usual heading."""
        if key in self.columns:
            return self.name(self.columns[key])
        key = next((other for other in _INSTEAD.get(key, ()) if other in self.columns), key)
        if key in self.columns:
            return self.name(self.columns[key])
        return next(one.heading for one in FIELDS[kind] if one.key == key)

    def name(self, column: int) -> str:
        """What a column is called: its heading, else its letter ("[F]"); the same heading again gets a number."""
        label = self.labels.get(column, "")
        if not label:
            return f"[{column_letter(column)}]"
        place = [at for at in sorted(self.labels) if self.labels[at] == label].index(column)
        return label if not place else f"{label} ({place + 1})"

    @property
    def fingerprint(self) -> str:
        """The same for every file with these headings in this order, whatever stands above and below them."""
        words = [f"{column}:{folded_heading(label)}" for column, label in sorted(self.labels.items())]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()

    def unread(self, used: Mapping[int, int]) -> list[int]:
        """Columns that hold something (`used`: column to filled cells) and are not read; running numbers are nothing."""
        taken = set(self.columns.values())
        return [
            column
            for column, count in sorted(used.items())
            if count
            and column not in taken
            and not (column in self.labels and folded_heading(self.labels[column]) in COUNTING)
        ]


# A field that other columns may give instead, to name the column in which a fault is.
_INSTEAD = {
    "gender": ("female", "male"),
    "birth_date": ("birth_day", "born_male", "born_female"),
    "full_name": ("given_name",),
}


def column_letter(column: int) -> str:
    """A column as Excel calls it: A, B, …, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_place(letters: str) -> int:
    """The place (from 0) of the column that Excel calls so."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def column_shown(name: str) -> str:
    """A column's name for people: one without heading is called by its letter."""
    place = _unnamed(name)
    return name if place is None else _("column %(letter)s, without heading") % {"letter": column_letter(place)}


def folded_heading(label: str) -> str:
    """A heading's words: no marks, no signs, nothing of what stands in brackets after it."""
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text.fold(label))
    words = re.sub(r"[^a-z0-9]+", " ", bare).strip()
    return words or re.sub(r"[^a-z0-9]+", " ", text.fold(label)).strip()


def labels_of(sheet: Sheet, row: int) -> dict[int, str]:
    """The filled cells of a row, as text."""
    return {c: found for c in range(len(sheet.rows[row])) if (found := as_text(sheet.value(row, c)))}


def _spread(sheet: Sheet, row: int) -> dict[int, str]:
    """Labels of a row, those of cells merged across standing over each of their columns."""
    labels = labels_of(sheet, row)
    for (top, left), (bottom, right) in sheet.merges:
        if top <= row <= bottom and top < len(sheet.rows) and (label := as_text(sheet.value(top, left))):
            for column in range(left, right + 1):
                labels[column] = label
    return labels


def candidates(sheet: Sheet, row: int) -> Iterator[dict[int, str]]:
    """The headings that a row may stand for: its own cells, and those joined to the cells above it."""
    under = labels_of(sheet, row)
    yield under
    if row:
        over = _spread(sheet, row - 1)
        yield {c: over.get(c, "") for c in over} | {
            c: f"{over[c]} {label}" if c in over and over[c] != label else label for c, label in under.items()
        }


def _match(kind: str, row: int, labels: dict[int, str], layout: Layout | None = None) -> Header:
    header = Header(row, labels=labels, layout=layout)
    said = layout.columns if layout else {}
    for column in sorted(labels):
        if (key := said.get(header.name(column))) and key in _keys(kind):
            header.columns.setdefault(key, column)
    if layout:
        for name, key in said.items():
            if (place := _unnamed(name)) is not None and place not in labels and key in _keys(kind):
                header.columns.setdefault(key, place)
    for column in sorted(labels):
        if header.name(column) not in said and (key := field_of(kind, folded_heading(labels[column]))):
            header.columns.setdefault(key, column)
    # "Ngày sinh" over "Ngày", "Tháng", "Năm" and over "Nam", "Nữ" fold alike.
    if "birth_month" in header.columns and "born_female" not in header.columns and "born_male" in header.columns:
        header.columns.setdefault("birth_year", header.columns.pop("born_male"))
    return header


def _keys(kind: str) -> set[str]:
    return {one.key for one in FIELDS[kind]}


def _unnamed(name: str) -> int | None:
    """The place of a column that has no heading, by the name that `Header.name` gave it."""
    found = re.fullmatch(r"\[([A-Z]{1,3})\]", name)
    return column_place(found[1]) if found else None


def find_header(sheet: Sheet, kind: str, layouts: Sequence[Layout] = ()) -> Header | None:
    """The heading row that names most of a kind's fields; headings of two rows are joined. None when there is none.

    What a person said about these headings goes before what their words say.
    """
    rows = range(min(len(sheet.rows), SEARCHED_ROWS))
    for layout in layouts:
        if found := _laid_out(sheet, kind, layout, rows):
            return found
    best: Header | None = None
    for row in rows:
        for labels in candidates(sheet, row):
            header = _match(kind, row, labels)
            if best is None or len(header.columns) > len(best.columns):
                best = header
    needed = sum(one.required for one in FIELDS[kind])
    return best if best and len(best.columns) >= max(2, needed) else None


def _laid_out(sheet: Sheet, kind: str, layout: Layout, rows: range) -> Header | None:
    best: tuple[int, Header] | None = None
    for row in rows if layout.row is None else [one for one in rows if one == layout.row]:
        for labels in candidates(sheet, row):
            header = _match(kind, row, labels, layout)
            if layout.fingerprint:
                if header.fingerprint == layout.fingerprint:
                    return header
                continue
            hits = sum(header.name(column) in layout.columns for column in labels)
            if (layout.row is not None or hits) and (best is None or hits > best[0]):
                best = (hits, header)
    return best[1] if best else None


def guess_header(sheet: Sheet, kind: str) -> Header | None:
    """A heading row to begin with when `find_header` finds none: the first row about as wide as the table."""
    rows = range(min(len(sheet.rows), SEARCHED_ROWS))
    wide = max((len(labels_of(sheet, row)) for row in rows), default=0)
    for row in rows:
        labels = labels_of(sheet, row)
        if len(labels) >= max(2, wide * 0.6):
            return _match(kind, row, labels)
    return None


def header_at(sheet: Sheet, kind: str, row: int) -> Header | None:
    """The headings of a row that a person pointed at, alone or joined to those above: whichever are understood better."""
    if not 0 <= row < len(sheet.rows):
        return None
    found = [_match(kind, row, labels) for labels in candidates(sheet, row)]
    best = max(found, key=lambda header: len(header.columns))
    return best if best.labels else None


def missing_fields(header: Header, kind: str) -> list[Field]:
    """Required fields that the heading row does not name; a name may be given in two columns, a code by the school."""
    given = set(header.columns)
    missing = [one for one in FIELDS[kind] if one.required and one.key not in given]
    if kind == STUDENTS and "local_code" in given:
        missing = [one for one in missing if one.key != "ministry_code"]
    if kind != TEACHING and not given & {"full_name", "given_name"}:
        missing += [one for one in FIELDS[kind] if one.key == "full_name"]
    if kind == STUDENTS:
        parts = {"birth_day", "birth_month", "birth_year"} <= given
        if not (parts or given & {"birth_date", "born_male", "born_female"}):
            missing += [one for one in FIELDS[kind] if one.key == "birth_date"]
        if not given & {"gender", "female", "male", "born_male", "born_female"}:
            missing += [one for one in FIELDS[kind] if one.key == "gender"]
    return missing


def other_kind(sheets: list[Sheet], kind: str) -> str:
    """The kind that the sheets fit when they do not fit the asked one, or ""."""
    for other in FIELDS:
        if other != kind and any(
            (header := find_header(sheet, other)) and not missing_fields(header, other) for sheet in sheets
        ):
            return other
    return ""
