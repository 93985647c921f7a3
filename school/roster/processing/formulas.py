"""What readers of workbooks do not tell: which cells hold formulas (their last values may be stale), what is hidden."""

import io
import posixpath
import re
import struct
import zipfile
from dataclasses import dataclass, field
from typing import IO

from defusedxml.ElementTree import fromstring, iterparse

_END_OF_CHAIN = 0xFFFFFFFA

_CHUNK = 1 << 20

Formulas = dict[tuple[int, int], str]  # (row, column), both from 0, to the formula's text with its "="


@dataclass
class Marks:
    """What a sheet's XML tells beside its values: formulas, hidden rows and columns (from 0)."""

    formulas: Formulas = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def _place(reference: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"([A-Z]{1,3})(\d+)", reference)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def xlsx_marks(content: bytes) -> dict[str, Marks]:
    """Formulas and hidden parts of every sheet of an .xlsx, by the sheet's name.

    Strict-mode workbooks use other namespaces, so only local names are looked at.
    """
    found: dict[str, Marks] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        targets: dict[str, str] = {}
        relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        for relation in relations:
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            targets[relation.get("Id", "")] = path
        for sheet in fromstring(archive.read("xl/workbook.xml")).iter():
            if _local(sheet.tag) != "sheet":
                continue
            identifier = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            path = targets.get(identifier, "")
            if path in archive.namelist():
                with archive.open(path) as stream:
                    plain = _is_plain(stream)
                if plain:
                    continue
                with archive.open(path) as stream:
                    found[sheet.get("name", "")] = _sheet_marks(stream)
    return found


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


# What is worth parsing for; a declaration of entities is, since the parser refuses it.
_MARKED = re.compile(rb"<(?:\w+:)?f[\s/>]|hidden\s*=|<!")


def _is_plain(stream: IO[bytes]) -> bool:
    """Whether nothing needs to be parsed: most sheets of 10,000 rows hold no formula and hide nothing."""
    tail = b""
    while piece := stream.read(_CHUNK):
        if (not tail and not piece.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")) or _MARKED.search(tail + piece):
            return False
        tail = piece[-64:]
    return True


def _on(value: str | None) -> bool:
    return value in ("1", "true")


def _sheet_marks(stream: IO[bytes]) -> Marks:
    marks = Marks()
    row, column = -1, -1
    for event, element in iterparse(stream, events=("start", "end")):
        name = _local(element.tag)
        if event == "start":
            # Cells and rows may leave out their reference: then they follow the one before.
            if name == "row":
                row = int(element.get("r") or row + 2) - 1
                column = -1
                if _on(element.get("hidden")):
                    marks.hidden_rows.add(row)
            elif name == "c":
                row, column = _place(element.get("r") or "") or (row, column + 1)
            elif name == "col" and _on(element.get("hidden")):
                first, last = int(element.get("min") or 1), int(element.get("max") or 1)
                marks.hidden_columns |= set(range(first - 1, min(last, 300)))
        elif name == "f":
            marks.formulas[row, column] = "=" + (element.text or "")
        elif name == "row":
            element.clear()
    return marks


class _Compound:
    """The little of a compound file (.xls) that is needed to take one stream out of it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = 1 << struct.unpack_from("<H", content, 30)[0]
        self.mini_size = 1 << struct.unpack_from("<H", content, 32)[0]
        first_directory, _, self.cutoff, first_mini = struct.unpack_from("<IIII", content, 48)
        first_difat, difats = struct.unpack_from("<II", content, 68)
        fat_sectors = list(struct.unpack_from("<109I", content, 76))
        while difats and first_difat < _END_OF_CHAIN:
            block = self._sector(first_difat)
            numbers = struct.unpack(f"<{len(block) // 4}I", block)
            fat_sectors += numbers[:-1]
            first_difat, difats = numbers[-1], difats - 1
        self.fat: list[int] = []
        for sector in fat_sectors:
            if sector < _END_OF_CHAIN:
                block = self._sector(sector)
                self.fat += struct.unpack(f"<{len(block) // 4}I", block)
        directory = self._chain(first_directory)
        self.entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
        block = self._chain(first_mini)
        self.mini_fat = list(struct.unpack(f"<{len(block) // 4}I", block))

    def _sector(self, number: int) -> bytes:
        return self.content[(number + 1) * self.size : (number + 2) * self.size]

    def _chain(self, sector: int) -> bytes:
        parts: list[bytes] = []
        while sector < _END_OF_CHAIN and sector < len(self.fat) and len(parts) <= len(self.fat):
            parts.append(self._sector(sector))
            sector = self.fat[sector]
        return b"".join(parts)

    def names(self) -> list[str]:
        """Names of the streams and storages."""
        return [self._name(entry) for entry in self.entries]

    @staticmethod
    def _name(entry: bytes) -> str:
        length = struct.unpack_from("<H", entry, 64)[0]
        return entry[: max(length - 2, 0)].decode("utf-16-le", "replace")

    def stream(self, name: str) -> bytes:
        """The bytes of a stream, b"" when there is none of the name."""
        for entry in self.entries:
            if self._name(entry) != name:
                continue
            start, length = struct.unpack_from("<II", entry, 116)
            if length >= self.cutoff:
                return self._chain(start)[:length]
            container = self._chain(struct.unpack_from("<I", self.entries[0], 116)[0])
            parts: list[bytes] = []
            while start < _END_OF_CHAIN and start < len(self.mini_fat) and len(parts) <= len(self.mini_fat):
                parts.append(container[start * self.mini_size : (start + 1) * self.mini_size])
                start = self.mini_fat[start]
            return b"".join(parts)[:length]
        return b""


def compound_names(content: bytes) -> list[str]:
    """Names of the streams of a compound file: an encrypted .xlsx holds "EncryptedPackage"."""
    try:
        return _Compound(content).names()
    except (struct.error, IndexError):
        return []


def xls_formulas(content: bytes) -> list[Formulas]:
    """Formulas of every sheet of an .xls, in the order of the sheets; their text is compiled there and not shown."""
    try:
        compound = _Compound(content)
        stream = compound.stream("Workbook") or compound.stream("Book")
    except (struct.error, IndexError):
        return []
    starts: list[int] = []
    sheets: list[Formulas] = []
    for kind, at, size in _records(stream, 0):
        if kind == 0x0085 and size >= 6:  # BOUNDSHEET: where the sheet's part of the stream begins
            starts.append(struct.unpack_from("<I", stream, at)[0])
    for start in starts:
        formulas: Formulas = {}
        for kind, at, size in _records(stream, start):
            if kind == 0x0006 and size >= 4:  # FORMULA
                row, column = struct.unpack_from("<HH", stream, at)
                formulas[row, column] = "=…"
        sheets.append(formulas)
    return sheets


def _records(stream: bytes, at: int) -> list[tuple[int, int, int]]:
    """Records (kind, place of the data, size) from a place to the end of that part of the stream."""
    records: list[tuple[int, int, int]] = []
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == 0x000A:  # EOF of this part
            break
        records.append((kind, at + 4, size))
        at += 4 + size
    return records
