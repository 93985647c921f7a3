"""Books that the library's tests lend, and EPUB files made for one purpose each."""

import io
import zipfile
from typing import Any

from library.models import Record
from library.services import record_create
from tests.world import Cast

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="EPUB/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def book(cast: Cast, title: str = "Lịch sử Việt Nam bằng tranh", copies: int = 2, **fields: Any) -> Record:
    """A record of the cast's school, catalogued by its librarian."""
    return record_create(school=cast.school, fields={"title": title, **fields}, by=cast.librarian, copies=copies)


def page(body: str, head: str = "") -> str:
    """An XHTML document of a book."""
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title>{head}</head><body>{body}</body></html>'


def epub(files: dict[str, str | bytes], manifest: str = "", *, mimetype: str = "application/epub+zip") -> bytes:
    """An EPUB whose manifest lists c1.xhtml and whatever `manifest` adds."""
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">x</dc:identifier>'
        "<dc:title>Sách thử</dc:title><dc:creator>Người Viết</dc:creator><dc:language>vi</dc:language></metadata>"
        f'<manifest><item id="c1" href="c1.xhtml" media-type="application/xhtml+xml" properties="scripted"/>{manifest}'
        '</manifest><spine><itemref idref="c1"/></spine></package>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("EPUB/book.opf", opf)
        for name, content in files.items():
            archive.writestr(f"EPUB/{name}", content)
    return out.getvalue()
