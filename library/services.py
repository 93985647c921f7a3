"""Every write of the library."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from library.models import AccessionCounter, EBook, Item, Loan, ReadingPosition, Record
from library.processing.epub import VERSION, BookInfo, EpubError, Limits, clean_epub
from library.selectors import is_reader_of
from school.identity.models import User
from school.organisation.models import School

LOAN_DAYS = 14
LOANS_AT_ONCE = 5


class LibraryError(Exception):
    """What the desk asked for cannot be done; the message tells the librarian why."""


@transaction.atomic
def record_create(
    *, school: School | None, fields: Mapping[str, Any], by: User, copies: int = 0, location: str = ""
) -> Record:
    """A new record, with `copies` copies on the shelf `location` when it is a school's.

    Raises LibraryError when copies are asked for a record of the office, which has no shelf.
    """
    record = Record(school=school, created_by=by, **fields)
    record.save()
    if copies:
        copies_add(record=record, count=copies, location=location)
    return record


def record_update(*, record: Record, fields: Mapping[str, Any]) -> Record:
    """Change the description of a book."""
    for name, value in fields.items():
        setattr(record, name, value)
    record.save()
    return record


@transaction.atomic
def copies_add(*, record: Record, count: int, location: str = "") -> list[Item]:
    """`count` more copies with the school's next accession numbers as bar codes."""
    if record.school is None:
        raise LibraryError(_("A book of the office has no shelf: copies belong to a school."))
    if not 1 <= count <= 500:
        raise LibraryError(_("Between 1 and 500 copies can be added at once."))
    AccessionCounter.objects.get_or_create(school=record.school)
    # The increment holds the row, so that two librarians never get the same numbers.
    AccessionCounter.objects.filter(school=record.school).update(last=F("last") + count)
    last = AccessionCounter.objects.get(school=record.school).last
    items = [
        Item(record=record, school=record.school, barcode=f"TV{number:06d}", location=location)
        for number in range(last - count + 1, last + 1)
    ]
    return Item.objects.bulk_create(items)


def loan_open(*, item: Item, borrower: User, by: User, due: date | None = None) -> Loan:
    """Lend the copy until `due` (14 days when not given).

    Raises LibraryError when the copy is out or not for loan, or the reader is not of the school or has five books already.
    """
    today = timezone.localdate()
    due = due or today + timedelta(days=LOAN_DAYS)
    if due < today:
        raise LibraryError(_("The day of return lies in the past."))
    if item.state != Item.State.AVAILABLE:
        raise LibraryError(
            _("%(barcode)s is %(state)s.") % {"barcode": item.barcode, "state": item.get_state_display()}
        )
    if not is_reader_of(borrower, item.school_id):
        raise LibraryError(_("%(name)s is not a reader of this library.") % {"name": borrower.full_name})
    if Loan.objects.open().filter(borrower=borrower, school=item.school_id).count() >= LOANS_AT_ONCE:
        raise LibraryError(
            _("%(name)s already has %(count)d books at home.") % {"name": borrower.full_name, "count": LOANS_AT_ONCE}
        )
    try:
        with transaction.atomic():
            return Loan.objects.create(item=item, school=item.school, borrower=borrower, due=due, lent_by=by)
    except IntegrityError as error:
        out = Loan.objects.open().filter(item=item).select_related("borrower").first()
        raise LibraryError(
            _("%(barcode)s is out until %(due)s (%(name)s).")
            % {
                "barcode": item.barcode,
                "due": date_format(out.due, "SHORT_DATE_FORMAT") if out else "?",
                "name": out.borrower.full_name if out else "?",
            }
        ) from error


def loan_return(*, item: Item, by: User) -> Loan:
    """Take the copy back. Raises LibraryError when it was not out."""
    loan = Loan.objects.open().filter(item=item).select_related("borrower", "item__record").first()
    # One statement decides, so that a double scan is answered as such.
    if loan is None or not Loan.objects.open().filter(pk=loan.pk).update(returned_at=timezone.now(), returned_to=by):
        raise LibraryError(_("%(barcode)s is not out.") % {"barcode": item.barcode})
    loan.refresh_from_db(fields=["returned_at", "returned_to"])
    return loan


def loan_renew(*, loan: Loan, days: int = LOAN_DAYS) -> Loan:
    """Move the day of return to `days` from today. Raises LibraryError for a book that is back."""
    due = timezone.localdate() + timedelta(days=days)
    if not Loan.objects.open().filter(pk=loan.pk).update(due=due):
        raise LibraryError(_("The book is already back."))
    loan.refresh_from_db(fields=["due"])
    return loan


def epub_limits() -> Limits:
    """The limits for uploads; the packed size is the site's setting (bytes)."""
    return Limits(packed=int(getattr(settings, "LIBRARY_EPUB_MAX_BYTES", Limits.packed)))


@contextmanager
def epub_cleaned(*, source: BinaryIO, size: int) -> Iterator[tuple[IO[bytes], BookInfo]]:
    """The cleaned book in a temporary file, and what it says of itself. Raises EpubError (see processing.epub)."""
    limits = epub_limits()
    if size > limits.packed:
        raise EpubError(_("The file is larger than %(size)d MB.") % {"size": limits.packed // 1024**2})
    with tempfile.TemporaryFile() as clean:
        info = clean_epub(source, clean, limits)
        clean.seek(0)
        yield clean, info


def _sha256(source: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def ebook_add(*, record: Record, source: BinaryIO, size: int, name: str, by: User) -> EBook:
    """Clean the EPUB and put it to the record; the same file twice stays one. Raises EpubError."""
    with epub_cleaned(source=source, size=size) as (clean, info):
        source.seek(0)
        digest = _sha256(source)
        known = EBook.objects.filter(record=record, sha256=digest).first()
        if known is not None:
            return known
        book = EBook(
            record=record,
            school=record.school,
            file_name=name[-255:],
            sha256=digest,
            size=size,
            removed=info.removed,
            created_by=by,
        )
        _store(book, "file", clean, f"v{VERSION}.clean.epub")
        _store(book, "original", source, "original.epub")
        book.save()
    return book


def _store(book: EBook, field: str, content: IO[bytes], name: str) -> None:
    """Put the bytes under the name made of their checksum; two schools with the same book share the file."""
    path = getattr(EBook, field).field.generate_filename(book, name)
    content.seek(0)
    if not default_storage.exists(path):
        path = default_storage.save(path, File(content))
    setattr(book, field, path)


def position_save(*, ebook: EBook, reader: User, cfi: str, fraction: Decimal) -> ReadingPosition:
    """Remember the reader's place; `fraction` is 0 to 1 of the whole book."""
    place, _created = ReadingPosition.objects.update_or_create(
        ebook=ebook, reader=reader, defaults={"cfi": cfi, "fraction": min(max(fraction, Decimal(0)), Decimal(1))}
    )
    return place
