"""A file's columns side by side with what a list may hold, for a person who says which is which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from school.roster.processing.columns import (
    SEARCHED_ROWS,
    Header,
    Layout,
    column_shown,
    find_header,
    folded_heading,
    guess_header,
    header_at,
    labels_of,
    missing_fields,
)
from school.roster.processing.fields import COUNTING, FIELDS, STUDENTS
from school.roster.processing.lists import class_of_sheet
from school.roster.processing.tables import Sheet, TableError
from school.roster.processing.values import as_text

_SAMPLES = 3
_SAMPLED_ROWS = 200


@dataclass(frozen=True)
class Column:
    """A column of the file: its place, its name in a layout, what people call it, some values, the field guessed."""

    place: int
    name: str
    shown: str
    samples: tuple[str, ...]
    key: str


@dataclass(frozen=True)
class Matching:
    """The columns of the sheet that holds the list, with the row (from 0) whose headings were taken."""

    sheet: str
    row: int
    rows: tuple[tuple[int, str], ...]
    columns: tuple[Column, ...]
    fingerprint: str
    has_class: bool = False


def matching_of(
    sheets: Sequence[Sheet], kind: str, *, layouts: Sequence[Layout] = (), row: int | None = None
) -> Matching:
    """The columns with the best guess. Raises TableError when no sheet has a row that could be headings."""
    sheet, header = _found(sheets, kind, layouts, row)
    used = _samples(sheet, header.row)
    guessed = {column: key for key, column in header.columns.items()}
    columns = tuple(
        Column(place, header.name(place), column_shown(header.name(place)), used.get(place, ()), guessed.get(place, ""))
        for place in sorted(set(used) | set(header.labels))
        if not (place in header.labels and folded_heading(header.labels[place]) in COUNTING)
    )
    rows = tuple(
        (at, " · ".join(list(labels.values())[:4]))
        for at in range(min(len(sheet.rows), SEARCHED_ROWS))
        if len(labels := labels_of(sheet, at)) > 1
    )
    return Matching(
        sheet.name,
        header.row,
        rows,
        columns,
        header.fingerprint,
        kind == STUDENTS and bool(class_of_sheet(sheet, header)),
    )


def _found(sheets: Sequence[Sheet], kind: str, layouts: Sequence[Layout], row: int | None) -> tuple[Sheet, Header]:
    for sheet in sheets:
        header = header_at(sheet, kind, row) if row is not None else find_header(sheet, kind, layouts)
        if header:
            return sheet, header
    guesses = [(sheet, header) for sheet in sheets if (header := guess_header(sheet, kind))]
    if not guesses:
        raise TableError(_("The file is empty. Choose the file that holds the list."))
    return max(guesses, key=lambda one: len(one[0].rows))


def _samples(sheet: Sheet, row: int) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for at in range(row + 1, min(len(sheet.rows), row + 1 + _SAMPLED_ROWS)):
        for column, value in enumerate(sheet.rows[at]):
            values = found.setdefault(column, [])
            if len(values) < _SAMPLES and (cell := as_text(value)) and cell not in values:
                values.append(cell[:60])
    return {column: tuple(values) for column, values in found.items() if values}


def faults_of(kind: str, chosen: Mapping[str, str], *, has_class: bool = False) -> list[str]:
    """What is wrong with a person's choice (name of a column to field): fields chosen twice, required ones left out.

    `has_class`: the sheet's name or title already says which class it is of.
    """
    headings = {one.key: one.heading for one in FIELDS[kind]}
    keys = [key for key in chosen.values() if key]
    faults = [
        _("“%(field)s” was chosen for two columns. Keep one of them.") % {"field": headings[key]}
        for key in sorted(set(keys))
        if keys.count(key) > 1
    ]
    header = Header(0, dict.fromkeys(keys, 0))
    faults += [
        _("Say which column holds “%(field)s”: a list cannot be read without it.") % {"field": one.heading}
        for one in missing_fields(header, kind)
        if not (has_class and one.key == "class_name")
    ]
    return faults


def chosen_by_words(kind: str, written: Mapping[str, object]) -> dict[str, str]:
    """A mapping as a person writes it (heading to field, by its key or its Vietnamese name, "" or null to leave it out).

    Raises ValueError with a sentence for a field that there is not.
    """
    by_words = {folded_heading(one.heading): one.key for one in FIELDS[kind]} | {
        one.key: one.key for one in FIELDS[kind]
    }
    chosen: dict[str, str] = {}
    for name, field in written.items():
        key = "" if field in (None, "") else by_words.get(str(field)) or by_words.get(folded_heading(str(field)))
        if key is None:
            raise ValueError(
                _("There is no field “%(field)s” in this kind of list. There are: %(known)s.")
                % {"field": field, "known": ", ".join(one.key for one in FIELDS[kind])}
            )
        chosen[" ".join(str(name).split())] = key
    return chosen
