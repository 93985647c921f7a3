"""The outside of a zip that somebody sent: it hides nothing and unpacks to what it says.

`zipfile` reads the archive; it accepts far more than a package or a set may be (a page glued before the archive, one name twice,
names cut at a NUL byte), so everything that it lets through is checked here before a byte is kept.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MIB = 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK = 64 * 1024
# An entry of the central directory is 46 bytes and a name; ours are at most 255 long, extra fields are short.
_DIRECTORY_BYTES = 512
# <>:"|?* are what Windows forbids; a backslash is a directory separator there; below 32 and 127 are controls.
_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')

SENTENCES = {
    "unable-to-unzip": gettext_lazy("The file is not a readable zip archive (%(reason)s). Make it again."),
    "encrypted-entry": gettext_lazy("“%(file)s” in the archive is locked with a password. Pack it without one."),
    "foreign-data": gettext_lazy("The file is not a plain zip archive: it carries other data before or after it."),
    "forged-size": gettext_lazy("“%(file)s” is not of the size that the archive declares: it is damaged or forged."),
    "unsupported-compression": gettext_lazy("“%(file)s” is packed in a way that is not supported."),
    "file-size-too-large": gettext_lazy("“%(file)s” has %(used)s unpacked; at most %(max)s is allowed."),
    "total-size-too-large": gettext_lazy("The archive has %(used)s unpacked; at most %(max)s is allowed."),
    "too-many-files": gettext_lazy("The archive holds %(used)s files; at most %(max)s are allowed."),
    "compression-ratio": gettext_lazy("“%(file)s” grows suspiciously when it is unpacked."),
    "invalid-file-name": gettext_lazy("The file name “%(file)s” in the archive is not allowed."),
    "symlink-entry": gettext_lazy("“%(file)s” in the archive is a link and not a file."),
    "duplicate-file-name": gettext_lazy("“%(file)s” is in the archive twice."),
}


@dataclass(frozen=True)
class ArchiveProblem:
    """One thing that is wrong; `str()` gives the sentence in the reader's language."""

    code: str
    details: dict[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return str(SENTENCES[self.code]) % self.details


class ArchiveRefused(Exception):
    """An archive that may not come in. `problems` holds every reason found, never only the first."""

    def __init__(self, problems: Sequence[ArchiveProblem]) -> None:
        self.problems = list(problems)
        super().__init__(", ".join(problem.code for problem in problems))


def path_safe(path: str) -> bool:
    """Whether a path inside an archive or a store is relative, stays inside and means the same on every system."""
    if not path or len(path) > 255 or path.startswith("/") or _FORBIDDEN.search(path):
        return False
    return all(part not in ("", ".", "..") and not part.endswith((" ", ".")) for part in path.split("/"))


def path_ignored(path: str) -> bool:
    """Parts that begin with a dot or underscore are left behind by editors and systems: skipped, not refused."""
    return any(part.startswith((".", "_")) for part in path.split("/"))


@dataclass(frozen=True)
class Limits:
    """How large an archive may be: bytes per file, bytes unpacked, number of files, growth of one large file."""

    file_bytes: int = 16 * MIB
    total_bytes: int = 64 * MIB
    entries: int = 10_000
    ratio: int = 100
    ratio_from: int = MIB


def size_text(size: int) -> str:
    """A size for people: mebibytes with one decimal, written MB as everybody does."""
    return f"{size / MIB:.1f} MB" if size >= MIB // 10 else f"{size} B"


class Archive:
    """An opened archive. `files` maps clean names to entries; `problems` is what was wrong with the others.

    What is fatal is raised as `refused`; kinds of archives with words of their own set it and `problem`.
    """

    problem: ClassVar[type[ArchiveProblem]] = ArchiveProblem
    refused: ClassVar[type[ArchiveRefused]] = ArchiveRefused

    def __init__(self, source: IO[bytes], limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.problems: list[ArchiveProblem] = []
        self.files: dict[str, zipfile.ZipInfo] = {}
        self._zip = self._open()
        self._check_names()
        self._check_sizes()
        self._check_bytes()

    def _open(self) -> zipfile.ZipFile:
        size = self.source.seek(0, 2)
        tail_at = max(0, size - _END.size - 0xFFFF)
        self.source.seek(tail_at)
        tail = self.source.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < _END.size:
            raise self.refused([self.problem("unable-to-unzip", {"reason": _("it is not a zip archive")})])
        fields = _END.unpack_from(tail, at)
        directory_bytes, comment_bytes = fields[5], fields[7]
        if at + _END.size + comment_bytes != len(tail) or b"<" in tail[at + _END.size :]:
            raise self.refused([self.problem("foreign-data")])
        # Zip64 is for more than 65,535 files or 4 GB, which are refused anyway; its second directory could hide files.
        if tail[max(0, at - 20) :].startswith(b"PK\x06\x07"):
            raise self.refused([self.problem("unable-to-unzip", {"reason": _("the archive is too large")})])
        # Before zipfile reads the whole directory into memory.
        if fields[4] > self.limits.entries or directory_bytes > self.limits.entries * _DIRECTORY_BYTES:
            details = {"used": str(fields[4]), "max": str(self.limits.entries)}
            raise self.refused([self.problem("too-many-files", details)])
        try:
            opened = zipfile.ZipFile(self.source)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError, EOFError) as error:
            reason = _("the archive is damaged")
            raise self.refused([self.problem("unable-to-unzip", {"reason": reason})]) from error
        entries = opened.infolist()
        if len(entries) > self.limits.entries:
            details = {"used": str(len(entries)), "max": str(self.limits.entries)}
            raise self.refused([self.problem("too-many-files", details)])
        if not entries:
            raise self.refused([self.problem("unable-to-unzip", {"reason": _("the archive is empty")})])
        if min(entry.header_offset for entry in entries) != 0:
            raise self.refused([self.problem("foreign-data")])
        return opened

    def _check_names(self) -> None:
        taken: dict[str, bool] = {}
        first: dict[str, zipfile.ZipInfo] = {}
        for entry in self._zip.infolist():
            name = _name(entry)
            path = name.removesuffix("/")
            shown = {"file": "".join(c if c.isprintable() else "?" for c in name)[:120]}
            mode = stat.S_IFMT(entry.external_attr >> 16)
            if entry.flag_bits & 0x1:
                self.problems.append(self.problem("encrypted-entry", shown))
            elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                self.problems.append(self.problem("unsupported-compression", shown))
            elif mode not in (0, stat.S_IFREG, stat.S_IFDIR):
                self.problems.append(self.problem("symlink-entry", shown))
            elif entry.orig_filename != entry.filename or not path_safe(path):
                self.problems.append(self.problem("invalid-file-name", shown))
            else:
                is_folder = name.endswith("/")
                key = path.casefold()
                if key in taken and not (is_folder and taken[key]):
                    if _same(first[key], entry):
                        continue  # some exporters write one picture once for every place that shows it
                    self.problems.append(self.problem("duplicate-file-name", shown))
                    continue
                taken[key] = is_folder
                first[key] = entry
                if not is_folder and not path_ignored(path):
                    self.files[path] = entry
        for path in self.files:
            parents = path.casefold().split("/")[:-1]
            if any(taken.get("/".join(parents[: i + 1])) is False for i in range(len(parents))):
                self.problems.append(self.problem("duplicate-file-name", {"file": path[:120]}))

    def _check_sizes(self) -> None:
        limits = self.limits
        total = 0
        for entry in self._zip.infolist():
            total += entry.file_size
            shown = _name(entry)[:120]
            if entry.file_size > limits.file_bytes:
                used, most = size_text(entry.file_size), size_text(limits.file_bytes)
                self.problems.append(self.problem("file-size-too-large", {"file": shown, "used": used, "max": most}))
            if entry.file_size > limits.ratio_from and entry.file_size > limits.ratio * entry.compress_size:
                self.problems.append(self.problem("compression-ratio", {"file": shown}))
        if total > limits.total_bytes:
            details = {"used": size_text(total), "max": size_text(limits.total_bytes)}
            self.problems.append(self.problem("total-size-too-large", details))

    def _check_bytes(self) -> None:
        """Every entry unpacks to the size and checksum declared, and no two entries share bytes of the archive."""
        if any(problem.code in TOO_LARGE for problem in self.problems):
            return
        end = 0
        for entry in sorted(self._zip.infolist(), key=lambda one: one.header_offset):
            if entry.header_offset < end:
                reason = _("two files overlap in the archive")
                raise self.refused([*self.problems, self.problem("unable-to-unzip", {"reason": reason})])
            data_at = self._data_offset(entry)
            if data_at is None or not self._unpacks(entry, data_at):
                self.problems.append(self.problem("forged-size", {"file": _name(entry)[:120]}))
                self.files = {path: info for path, info in self.files.items() if info is not entry}
            end = (data_at or entry.header_offset) + entry.compress_size

    def _data_offset(self, entry: zipfile.ZipInfo) -> int | None:
        """Where the entry's bytes begin; None when its own header says something else than the directory."""
        self.source.seek(entry.header_offset)
        raw = self.source.read(_LOCAL.size)
        if len(raw) < _LOCAL.size:
            return None
        magic, _needs, flags, method, _time, _date, crc, packed, size, name_bytes, extra_bytes = _LOCAL.unpack(raw)
        name = self.source.read(name_bytes)
        if magic != b"PK\x03\x04" or method != entry.compress_type or name != _raw_name(entry):
            return None
        streamed = flags & 0x8  # sizes follow the data then, and are zero or anything here
        if not streamed and (crc, packed, size) != (entry.CRC, entry.compress_size, entry.file_size):
            return None
        return entry.header_offset + int(_LOCAL.size) + int(name_bytes) + int(extra_bytes)

    def _unpacks(self, entry: zipfile.ZipInfo, data_at: int) -> bool:
        if entry.flag_bits & 0x1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return True  # refused already, for a better reason
        self.source.seek(data_at)
        left, size, crc = entry.compress_size, 0, 0
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
        waiting = b""
        while left or waiting:
            piece = waiting
            if not piece:
                piece = self.source.read(min(_CHUNK, left))
                left -= len(piece)
                if not piece:
                    return False
            if unpacker is not None:
                try:
                    piece = unpacker.decompress(piece, _CHUNK)
                except zlib.error:
                    return False
                waiting = unpacker.unconsumed_tail
                if unpacker.unused_data:
                    return False
            else:
                waiting = b""
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            if size > entry.file_size:
                return False
        if unpacker is not None:
            rest = unpacker.flush()
            size, crc = size + len(rest), zlib.crc32(rest, crc)
        return size == entry.file_size and crc == entry.CRC and (unpacker is None or unpacker.eof)

    def read(self, path: str) -> bytes:
        """A whole file of the package; it is not larger than the limit, that was checked."""
        return b"".join(self.chunks(path))

    def head(self, path: str, count: int) -> bytes:
        """The first bytes of a file."""
        return next(self.chunks(path), b"")[:count]

    def chunks(self, path: str) -> Iterator[bytes]:
        """A file piece by piece, cut off with an error should it be larger than declared."""
        entry = self.files[path]
        left = min(entry.file_size, self.limits.file_bytes)
        try:
            with self._zip.open(entry) as opened:
                while piece := opened.read(_CHUNK):
                    left -= len(piece)
                    if left < 0:
                        raise self.refused([self.problem("forged-size", {"file": path})])
                    yield piece
        except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
            raise self.refused([self.problem("unable-to-unzip", {"reason": path})]) from error


TOO_LARGE = {"file-size-too-large", "total-size-too-large", "compression-ratio"}


def _same(one: zipfile.ZipInfo, other: zipfile.ZipInfo) -> bool:
    """One file written twice: same spelling, size and checksum, and not a folder."""
    return not one.is_dir() and (one.orig_filename, one.file_size, one.CRC) == (
        other.orig_filename,
        other.file_size,
        other.CRC,
    )


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    """The name as it stands in the directory; the entry's own header must say the same."""
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name. Old writers store UTF-8 without saying so; macOS writes accents as separate characters."""
    name = entry.filename
    if not entry.flag_bits & 0x800 and not name.isascii():
        try:
            name = name.encode("cp437").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            name = entry.filename
    return unicodedata.normalize("NFC", name)
