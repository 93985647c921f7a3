"""An uploaded EPUB becomes a clean one: limits on the archive, an allow-list on what is in it (media.md D4).

The clean file is what readers receive; the original is kept beside it and is never served. Nothing in a clean book runs:
scripts, forms, frames and remote addresses are gone before a browser sees it, and the reader's page has a Content Security
Policy without any script from the book on top of that.
"""

import posixpath
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Final
from urllib.parse import unquote

from django.utils.translation import gettext as _
from lxml import etree

from library.processing.markup import XHTML, MarkupError, clean_document, decode, parse_xml
from library.processing.styles import clean_css, is_inside_book

VERSION: Final = (
    1  # counted up when cleaning gets stricter, so that no book cleaned by older rules is taken for a new one
)

OPF: Final = "http://www.idpf.org/2007/opf"
DC: Final = "http://purl.org/dc/elements/1.1/"
CONTAINER: Final = "urn:oasis:names:tc:opendocument:xmlns:container"
_ENC: Final = "http://www.w3.org/2001/04/xmlenc#"
_FONT_OBFUSCATION = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DOCUMENTS = frozenset({"application/xhtml+xml", "image/svg+xml", "text/html"})
_STYLES = frozenset({"text/css"})
_NCX = "application/x-dtbncx+xml"
_BINARIES = _names(
    "image/png image/jpeg image/gif image/webp audio/mpeg audio/mp4 audio/ogg video/mp4 video/webm font/ttf font/otf "
    "font/woff font/woff2 font/sfnt application/font-woff application/font-sfnt application/x-font-ttf "
    "application/x-font-otf application/x-font-truetype application/vnd.ms-opentype application/x-font-opentype"
)
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the same book gives the same bytes, so a checksum finds doubles


class EpubError(Exception):
    """The file cannot be taken in; the message says why in the reader's language."""


@dataclass(frozen=True)
class Limits:
    """What one book may weigh. Bytes; `ratio` is unpacked to packed size of one entry above 1 MB."""

    packed: int = 80 * 1024 * 1024
    entries: int = 5000
    unpacked: int = 400 * 1024 * 1024
    entry: int = 100 * 1024 * 1024
    document: int = 16 * 1024 * 1024
    ratio: int = 200


@dataclass
class BookInfo:
    """What the package file says about the book, and what cleaning did to it."""

    title: str = ""
    authors: list[str] = field(default_factory=list)
    language: str = ""
    publisher: str = ""
    year: int | None = None
    identifiers: list[str] = field(default_factory=list)
    documents: int = 0
    removed: int = 0


def clean_epub(source: IO[bytes], target: IO[bytes], limits: Limits | None = None) -> BookInfo:
    """Write the clean book to `target` and tell what is in it.

    Raises EpubError for anything that is no EPUB, is protected, is damaged, or is larger than the limits.
    """
    limits = limits or Limits()
    try:
        with zipfile.ZipFile(source) as archive:
            names = _check_archive(archive, limits)
            return _Cleaner(archive, names, limits).write(target)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise EpubError(_("This is not a whole EPUB file; it may have been cut off while downloading.")) from error


def _check_archive(archive: zipfile.ZipFile, limits: Limits) -> frozenset[str]:
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise EpubError(_("The book has more than %(count)d files inside.") % {"count": limits.entries})
    if sum(entry.file_size for entry in entries) > limits.unpacked:
        raise EpubError(_("Unpacked, the book is larger than %(size)d MB.") % {"size": limits.unpacked // 1024**2})
    seen: set[str] = set()
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if entry.filename.startswith("/") or ".." in parts or "\\" in entry.filename or ":" in parts[0]:
            raise EpubError(_("The book holds a file with a forbidden name: %(name)s") % {"name": entry.filename[:80]})
        if entry.filename in seen:
            raise EpubError(_("The book holds two files of the same name: %(name)s") % {"name": entry.filename[:80]})
        if stat.S_ISLNK(entry.external_attr >> 16) or entry.flag_bits & 0x1:
            raise EpubError(_("The book is protected by a password or points outside itself."))
        if entry.file_size > limits.entry or (
            entry.file_size > 1024**2 and entry.file_size > limits.ratio * max(entry.compress_size, 1)
        ):
            raise EpubError(
                _("A file inside the book unpacks to an unreasonable size: %(name)s") % {"name": entry.filename[:80]}
            )
        seen.add(entry.filename)
    return frozenset(seen)


class _Cleaner:
    def __init__(self, archive: zipfile.ZipFile, names: frozenset[str], limits: Limits) -> None:
        self.archive = archive
        self.names = names
        self.limits = limits
        self.info = BookInfo()
        self.unpacked = 0

    def read(self, name: str, most: int) -> bytes:
        """The entry's bytes, counted as they come: the size in the directory is only a claim."""
        if name not in self.names:
            raise EpubError(_("The book lacks a file it needs: %(name)s") % {"name": name[:80]})
        with self.archive.open(name) as stream:
            data = stream.read(most + 1)
        self.unpacked += len(data)
        if len(data) > most or self.unpacked > self.limits.unpacked:
            raise EpubError(_("A file inside the book unpacks to an unreasonable size: %(name)s") % {"name": name[:80]})
        return data

    def write(self, target: IO[bytes]) -> BookInfo:
        if self.read("mimetype", 64).strip() != b"application/epub+zip":
            raise EpubError(_("This file is not an EPUB book."))
        self._refuse_protection()
        package_name = self._package_name()
        package = self._parse(package_name)
        if etree.QName(package).localname != "package":
            raise EpubError(_("The book's package file is damaged."))
        self._describe(package)
        files = dict(self._resources(package, posixpath.dirname(package_name)))
        if self.info.documents == 0:
            raise EpubError(_("There is nothing to read in this book."))
        self._clean_package(package, posixpath.dirname(package_name), files)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
            _put(out, "mimetype", b"application/epub+zip", zipfile.ZIP_STORED)
            _put(out, "META-INF/container.xml", _container(package_name))
            if "META-INF/encryption.xml" in self.names:
                _put(out, "META-INF/encryption.xml", _plain(self._parse("META-INF/encryption.xml")))
            _put(out, package_name, _plain(package))
            for name, data in files.items():
                _put(out, name, data)
        return self.info

    def _parse(self, name: str) -> etree._Element:
        try:
            return parse_xml(self.read(name, self.limits.document))
        except MarkupError as error:
            raise EpubError(
                _("%(name)s inside the book is damaged: %(why)s") % {"name": name[:80], "why": error}
            ) from error

    def _refuse_protection(self) -> None:
        if "META-INF/encryption.xml" in self.names:
            methods = self._parse("META-INF/encryption.xml").iter(f"{{{_ENC}}}EncryptionMethod")
            if any(method.get("Algorithm") not in _FONT_OBFUSCATION for method in methods):
                raise EpubError(_("The book is locked by its seller (DRM) and cannot be lent from here."))

    def _package_name(self) -> str:
        container = self._parse("META-INF/container.xml")
        for rootfile in container.iter(f"{{{CONTAINER}}}rootfile"):
            path = rootfile.get("full-path") or ""
            if path in self.names:
                return path
        raise EpubError(_("The book's package file is missing."))

    def _describe(self, package: etree._Element) -> None:
        def words(tag: str) -> list[str]:
            found = (
                " ".join("".join(map(str, element.itertext())).split()) for element in package.iter(f"{{{DC}}}{tag}")
            )
            return [text[:500] for text in found if text]

        info = self.info
        info.title = next(iter(words("title")), "")
        info.authors = words("creator")[:20]
        info.language = next(iter(words("language")), "")[:16]
        info.publisher = next(iter(words("publisher")), "")
        info.identifiers = words("identifier")[:10]
        year = re.search(r"\b(1[4-9]\d\d|20\d\d)\b", next(iter(words("date")), ""))
        info.year = int(year[1]) if year else None

    def _resources(self, package: etree._Element, folder: str) -> Iterator[tuple[str, bytes]]:
        for item in package.iter(f"{{{OPF}}}item"):
            name = _inside(folder, item.get("href") or "")
            kind = (item.get("media-type") or "").strip().lower()
            if name is None or name not in self.names or name == "mimetype" or name.startswith("META-INF/"):
                continue
            if kind in _DOCUMENTS:
                yield name, self._document(name, kind)
            elif kind == _NCX:
                yield name, self._ncx(name)
            elif kind in _STYLES:
                yield name, self._style(name)
            elif kind in _BINARIES:
                data = self.read(name, self.limits.entry)
                if data.lstrip()[:1] != b"<":  # markup under the name of a picture
                    yield name, data

    def _document(self, name: str, kind: str) -> bytes:
        try:
            data, removed = clean_document(self.read(name, self.limits.document))
        except MarkupError as error:
            raise EpubError(
                _("%(name)s inside the book is damaged: %(why)s") % {"name": name[:80], "why": error}
            ) from error
        self.info.removed += removed
        self.info.documents += kind != "image/svg+xml"
        return data

    def _style(self, name: str) -> bytes:
        try:
            text = decode(self.read(name, self.limits.document))
        except MarkupError:
            return b""  # a style sheet in an unknown encoding only costs the book its look
        return clean_css(text).encode("utf-8")

    def _ncx(self, name: str) -> bytes:
        root = self._parse(name)
        for element in root.iter():
            for key in list(element.attrib):
                if "src" in str(key).lower() and not is_inside_book(str(element.attrib[key])):
                    del element.attrib[key]
        return _plain(root)

    def _clean_package(self, package: etree._Element, folder: str, files: dict[str, bytes]) -> None:
        kept: set[str] = set()
        for item in list(package.iter(f"{{{OPF}}}item")):
            name = _inside(folder, item.get("href") or "")
            parent = item.getparent()
            if name in files:
                kept.add(item.get("id") or "")
                properties = set((item.get("properties") or "").split()) - {"scripted", "remote-resources"}
                item.attrib.pop("properties", "")
                if properties:
                    item.set("properties", " ".join(sorted(properties)))
                if item.get("media-type") == "text/html":
                    item.set("media-type", "application/xhtml+xml")
                item.attrib.pop("media-overlay", "")
            elif parent is not None:
                parent.remove(item)
                self.info.removed += 1
        for reference in list(package.iter(f"{{{OPF}}}itemref")):
            parent = reference.getparent()
            if (reference.get("idref") or "") not in kept and parent is not None:
                parent.remove(reference)
        for tag in ("bindings", "link", "tours", "collection"):
            for element in list(package.iter(f"{{{OPF}}}{tag}")):
                parent = element.getparent()
                if parent is not None:
                    parent.remove(element)


def _inside(folder: str, href: str) -> str | None:
    """The archive's name of a relative reference, or None when it leads out of the book."""
    if not href or not is_inside_book(href):
        return None
    name = posixpath.normpath(posixpath.join(folder, unquote(href.split("#")[0])))
    return None if name.startswith(("..", "/")) else name


def _container(package_name: str) -> bytes:
    root = etree.Element(f"{{{CONTAINER}}}container")
    root.set("version", "1.0")
    rootfiles = etree.SubElement(root, f"{{{CONTAINER}}}rootfiles")
    rootfile = etree.SubElement(rootfiles, f"{{{CONTAINER}}}rootfile")
    rootfile.set("full-path", package_name)
    rootfile.set("media-type", "application/oebps-package+xml")
    return _plain(root)


def _plain(root: etree._Element) -> bytes:
    data: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _put(out: zipfile.ZipFile, name: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> None:
    entry = zipfile.ZipInfo(name, _FIXED_TIME)
    entry.compress_type = method
    entry.external_attr = 0o644 << 16
    out.writestr(entry, data)


__all__ = ["XHTML", "BookInfo", "EpubError", "Limits", "clean_epub"]
