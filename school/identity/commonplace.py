"""What many people choose as a password: a list of our own making for Vietnamese beside Django's 20,000 English ones.

It is a list, not a rule of composition: whole words, what people add to them, dates, phone numbers, keyboard rows. A phrase of
several words ("con mèo trèo cây cau") is none of it. Words are kept folded: small letters without marks, đ = d.
"""

import datetime
import re
from functools import cache
from pathlib import Path

WORDS = frozenset(Path(__file__).with_name("common_vi.txt").read_text().split())
ROWS = (
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "01234567890", "09876543210"),
    *("abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv", "qazwsxedc"),
)
INSTEAD = str.maketrans("@4310$5!7", "aaeiossit")
FIRST_YEAR, LAST_YEAR = 1930, 2040


def _is_date(digits: str) -> bool:
    for pattern in ("%d%m%Y", "%Y%m%d", "%d%m%y"):
        try:
            day = datetime.datetime.strptime(digits, pattern)
        except ValueError:
            continue
        if len(digits) in {6, 8} and FIRST_YEAR <= day.year <= LAST_YEAR:
            return True
    return False


def _is_row(text: str) -> bool:
    """A walk along the keyboard or the alphabet, once or again and again (123123, qweqwe)."""
    for length in range(1, len(text) // 2 + 1):
        if len(text) % length == 0 and text == text[:length] * (len(text) // length) and length <= 4:
            return True
    return len(text) >= 3 and any(text in row or text[::-1] in row for row in ROWS)


def _is_figures(digits: str) -> bool:
    """Digits that people add: a few, a row, a date, a phone number."""
    return len(digits) <= 4 or _is_row(digits) or _is_date(digits) or bool(re.fullmatch(r"(0|84)[235789]\d{8}", digits))


@cache
def _pairs(core: str) -> bool:
    """Whether the letters are one to three of the words written together."""

    def parts(rest: str, left: int) -> bool:
        if not rest:
            return True
        return left > 0 and any(
            parts(rest[size:], left - 1) for size in range(2, len(rest) + 1) if rest[:size] in WORDS
        )

    return parts(core, 3)


def is_commonplace(folded: str) -> bool:
    """Whether a folded password without spaces is one that many people have; ``folded`` as by school.text.fold."""
    plain = re.sub(r"[^0-9a-z@$!]", "", folded)
    if not plain or _is_row(plain) or (plain.isdigit() and _is_figures(plain)):
        return True
    match = re.fullmatch(r"(\d*)(.*?)([\d@$!]*)", plain)
    before, core, after = match.groups() if match else ("", plain, "")
    digits = re.sub(r"\D", "", before + after)
    if not _is_figures(digits):
        return False
    letters = re.sub(r"[^a-z]", "", core.translate(INSTEAD))
    return _is_row(letters) or _pairs(letters)
