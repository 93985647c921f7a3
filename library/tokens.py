"""Signed, short-lived addresses of an e-book on the cookie-less content host."""

from django.core import signing

SALT = "library.reader"
LIFETIME = 12 * 60 * 60  # seconds: one long day of reading; the page makes a new one each time it is opened


def token_make(ebook_id: int, reader_id: int) -> str:
    """An address part that opens this book for this reader's browser."""
    return signing.dumps([ebook_id, reader_id], salt=SALT)


def token_read(token: str) -> tuple[int, int] | None:
    """(e-book id, reader id), or None for a forged or old address."""
    try:
        ebook_id, reader_id = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError):
        return None
    return int(ebook_id), int(reader_id)
