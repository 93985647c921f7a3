"""What a file is, told by its bytes and not by its name; only what is named here gets in."""

import mmap
import zipfile
from dataclasses import dataclass
from pathlib import Path

import filetype
from PIL import Image, UnidentifiedImageError

from media.errors import MediaError
from media.models import Kind
from media.pictures import FOREIGN

HEAD_BYTES = 8192
PDF = "application/pdf"
MAX_PIXELS = 80_000_000
MAX_ENTRIES = 50_000
MAX_UNPACKED = 4 << 30  # bytes, of a whole archive
BOMB_SIZE = 16 << 20  # a white bitmap in a slide show may shrink a thousandfold, and is none
MAX_RATIO = 200  # of one larger entry: plain text reaches 20, a bomb 1000
END_RECORD = (1 << 16) + 22  # an archive's last record is at most this long
MAX_DIRECTORY = 16 << 20  # bytes; the list of entries is read into memory
IMAGES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_SUFFIXES = {
    Kind.VIDEO: ".mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .ts .mts .m2ts .flv .wmv .asf .3gp .ogv",
    Kind.AUDIO: ".mp3 .m4a .aac .wav .flac .ogg .oga .opus .amr .aif .aiff .wma",
    Kind.IMAGE: ".jpg .jpeg .png .gif .webp .heic .heif .avif",
    Kind.DOCUMENT: ".pdf .epub .docx .xlsx .pptx .doc .xls .ppt .odt .ods .odp",
    Kind.PACKAGE: ".h5p .zip",
}
SUFFIXES: dict[Kind, frozenset[str]] = {kind: frozenset(known.split()) for kind, known in _SUFFIXES.items()}


@dataclass(frozen=True)
class Content:
    """A file's kind and its content type."""

    kind: Kind
    content_type: str


# Office's old files begin so; what they are stands in the names of their parts, in UTF-16.
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD_OFFICE = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
# Word, Excel and PowerPoint save macros under these names only; said before the first byte.
MACRO_SUFFIXES = frozenset({".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".pptm", ".potm", ".ppsm"})
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."


def is_office(content_type: str) -> bool:
    """Whether a document of this type needs an office program to be seen."""
    return content_type in {*OFFICE.values(), *OLD_OFFICE.values()} or content_type.startswith(OPEN_DOCUMENT)


def suffixes(kinds: frozenset[Kind]) -> frozenset[str]:
    """The file name endings of some kinds, for the `accept` of a file field and the check before the first byte."""
    return frozenset().union(*(SUFFIXES[kind] for kind in kinds))


def kind_by_name(name: str) -> Kind | None:
    """The kind that a name promises; None for an ending that is not in the list."""
    suffix = Path(name).suffix.lower()
    return next((kind for kind, known in SUFFIXES.items() if suffix in known), None)


def identify(path: Path, name: str) -> Content:
    """Tell what the file at `path`, called `name`, is by its bytes.

    Raises MediaError: empty, kind_not_allowed for what is not in the list, content_mismatch when the name lies.
    Whether sound and picture can be read is the probe's question, asked in a child process by the job.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise MediaError("empty")
    promised = kind_by_name(name)
    if promised is None:
        raise MediaError("kind_not_allowed", Path(name).suffix)
    found = _identify(path, head, Path(name).suffix.lower())
    if found is None:
        raise MediaError("content_mismatch", name)
    if found.kind != promised and {found.kind, promised} != {Kind.VIDEO, Kind.AUDIO}:
        raise MediaError("content_mismatch", f"{name} is {found.content_type}")
    return found


def _identify(path: Path, head: bytes, suffix: str) -> Content | None:
    guess = filetype.guess(head)
    mime = guess.mime if guess else ""
    if head.startswith(COMPOUND):
        return _compound(path)
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path, suffix)
    if mime == PDF:
        return Content(Kind.DOCUMENT, mime)
    if mime in FOREIGN:
        return Content(Kind.IMAGE, mime)  # read by a limited child process when it is taken in
    if mime.startswith("image/"):
        return _picture(path)
    if mime.startswith("video/"):
        return Content(Kind.VIDEO, mime)
    if mime.startswith("audio/"):
        return Content(Kind.AUDIO, mime)
    # transport streams and some sound files have no signature: binary goes on to the probe, text never does
    promised = next((kind for kind in (Kind.VIDEO, Kind.AUDIO) if suffix in SUFFIXES[kind]), None)
    if promised is None or _is_text(head) or mime:
        return None
    return Content(promised, f"{promised.value}/{suffix.removeprefix('.')}")


def _is_text(head: bytes) -> bool:
    """Playlists and other text are never a recording: they would lead the reader to other files."""
    try:
        head[:512].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in head[:512]


def _picture(path: Path) -> Content | None:
    try:
        # phones' JPEGs that hold a second picture are told apart only once they are open
        with Image.open(path, formats=[name for name in IMAGES if name != "MPO"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise MediaError("too_large_picture", f"{image.width}×{image.height}")
            image.verify()
            return Content(Kind.IMAGE, IMAGES[str(image.format)])
    except Image.DecompressionBombError as error:
        raise MediaError("too_large_picture", str(error)) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None


def _zipped(path: Path, suffix: str) -> Content | None:
    """What an archive is, by the names in it. Raises MediaError("archive_bomb") for one that unpacks without measure."""
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive.infolist())
            names = set(archive.namelist())
            _check_document(archive, names)
            mimetype = ""
            if "mimetype" in names:
                with archive.open("mimetype") as content:
                    mimetype = content.read(100).decode("ascii", "replace")
    except (zipfile.BadZipFile, OSError, KeyError, NotImplementedError, RuntimeError):
        return None
    if "h5p.json" in names:
        return Content(Kind.PACKAGE, "application/h5p+zip")
    if "imsmanifest.xml" in names:
        return Content(Kind.PACKAGE, "application/scorm+zip")
    if mimetype.startswith(("application/epub+zip", "application/vnd.oasis.opendocument.")):
        return Content(Kind.DOCUMENT, mimetype.strip())
    if "[Content_Types].xml" in names:
        kind = next((mime for folder, mime in OFFICE.items() if any(n.startswith(folder) for n in names)), None)
        return Content(Kind.DOCUMENT, kind) if kind else None
    return None


def _compound(path: Path) -> Content | None:
    """An old Office file. Raises MediaError: document_locked (new formats with a password are wrapped so, too), macros."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:

        def holds(part: str) -> bool:
            return data.find(f"{part}\0".encode("utf-16-le")) >= 0

        if holds("EncryptedPackage"):
            raise MediaError("document_locked", "EncryptedPackage")
        if holds("_VBA_PROJECT"):
            raise MediaError("macros", "_VBA_PROJECT")
        kind = next((mime for part, mime in OLD_OFFICE.items() if holds(part)), None)
    return Content(Kind.DOCUMENT, kind) if kind else None


def _check_document(archive: zipfile.ZipFile, names: set[str]) -> None:
    """Refuse macros and passwords of Office and OpenDocument files."""
    if any(name.endswith("vbaProject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names):
        raise MediaError("macros", "in the archive")
    if "mimetype" in names and "META-INF/manifest.xml" in names:
        with archive.open("META-INF/manifest.xml") as manifest:
            if b"encryption-data" in manifest.read(1 << 20):
                raise MediaError("document_locked", "encryption-data")


def _check_directory(path: Path) -> None:
    """Refuse a list of entries that would fill the memory by being read; its length stands in the archive's last record."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - END_RECORD, 0))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at >= 0 and int.from_bytes(end[at + 12 : at + 16], "little") > MAX_DIRECTORY:
        raise MediaError("archive_bomb", "list of entries")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise MediaError("archive_bomb", f"{len(entries)} entries")
    for entry in entries:
        if entry.file_size > BOMB_SIZE and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise MediaError("archive_bomb", entry.filename[:80])
