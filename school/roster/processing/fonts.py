"""A whole file in an old font: its headings tell."""

from school.roster.processing import legacy
from school.roster.processing.columns import find_header
from school.roster.processing.tables import Sheet, Value


def unicode_book(sheets: list[Sheet], kind: str) -> str:
    """Convert the sheets when their headings are understood only so; returns the name of the writing, "" when none fits."""
    encoding = getattr(sheets, "encoding", "")
    for name in ("TCVN3", "VNI", "UTF-8"):
        changed = [
            [[_converted(value, name, encoding) for value in row] for row in sheet.rows[:40]] for sheet in sheets
        ]
        trial = [Sheet(sheet.name, rows, merges=sheet.merges) for sheet, rows in zip(sheets, changed, strict=True)]
        if not any(find_header(one, kind) for one in trial):
            continue
        for sheet in sheets:
            sheet.rows = [[_converted(value, name, encoding) for value in row] for row in sheet.rows]
            sheet.name = legacy.convert_all(sheet.name, name)
        return name
    return ""


def _converted(value: Value, name: str, encoding: str) -> Value:
    if not isinstance(value, str):
        return value
    if encoding == "cp1258":
        # The bytes were no Windows-1258 but those of an old font.
        try:
            value = value.encode("cp1258").decode("latin-1" if name != "UTF-8" else "cp1252")
        except UnicodeError:
            return value
    return legacy.convert_all(value, name)
