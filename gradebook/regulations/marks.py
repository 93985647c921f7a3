"""Marks as typed, as stored (integer tenths) and as read: the only place where text becomes a mark and back."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

#: A mark or an average in tenths: 0..100. A type of its own in name only; it is an int everywhere.
type Tenths = int

Fault = Literal["", "format", "range", "whole"]

# ASCII digits on purpose: \d would let Arabic and full-width digits through, which int() reads but people do not.
_NUMBER = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,6})?\Z")
_WHOLE = re.compile(r"[0-9]{1,3}\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a typed mark means. ``tenths`` None with ``valid`` is a blank: not assessed, which is never 0."""

    valid: bool
    tenths: Tenths | None = None
    fault: Fault = ""
    rounded: bool = False


def mark_read(raw: str | None) -> Reading:
    """Read one mark of the 10 scale as typed or pasted: comma or dot, blanks around, blank means not assessed.

    More than one decimal is rounded half-up (22/2021 Art. 5(3)(b): "sau khi làm tròn số") and said so by ``rounded``;
    the limit of 10 holds for what was typed, before rounding, so 10,04 is refused.
    """
    text = unicodedata.normalize("NFC", raw or "").replace("\u00a0", " ").strip()
    if not text:
        return Reading(True)
    if not _NUMBER.match(text):
        return Reading(False, fault="format")
    exact = Decimal(text.replace(",", "."))
    if exact > 10:
        return Reading(False, fault="range")
    tenths = to_tenths(exact)
    return Reading(True, tenths, rounded=Decimal(tenths) / 10 != exact)


def whole_mark_read(raw: str | None) -> Reading:
    """Read one mark of a primary test (27/2020 Art. 7(1)(d)): an integer 0..10, no decimals. In tenths all the same."""
    text = unicodedata.normalize("NFC", raw or "").replace("\u00a0", " ").strip()
    if not text:
        return Reading(True)
    if not _WHOLE.match(text):
        return Reading(False, fault="whole" if _NUMBER.match(text) else "format")
    value = int(text)
    return Reading(True, value * 10) if value <= 10 else Reading(False, fault="range")


# What teachers write for Đạt and Chưa đạt, folded: marks, "đạt", "chưa đạt", the register's Đ and CĐ.
_COMMENT = {"d": "D", "dat": "D", "x": "D", "cd": "CD", "chua dat": "CD", "chuadat": "CD"}


def comment_read(raw: str | None) -> tuple[bool, str]:
    """Read a comment result: (valid, "D" | "CD" | "" for blank), whatever the case, marks or blanks."""
    text = unicodedata.normalize("NFD", (raw or "").replace("đ", "d").replace("Đ", "D")).strip().lower()
    text = " ".join("".join(c for c in text if not unicodedata.combining(c)).split())
    if not text:
        return True, ""
    result = _COMMENT.get(text)
    return (True, result) if result else (False, "")


def to_tenths(value: Decimal | str | int) -> Tenths:
    """A decimal number as tenths, half-up on the exact decimal (8.25 → 83)."""
    return int((Decimal(value) * 10).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_decimal(tenths: Tenths) -> Decimal:
    """Tenths as the Decimal with one place that the database stores."""
    return (Decimal(tenths) / 10).quantize(Decimal("0.1"))


def mean_half_up(total: int, count: int) -> int:
    """total / count rounded half-up to an integer, in integers: ``(2·total + count) div (2·count)``."""
    return (2 * total + count) // (2 * count)


def text_of(tenths: Tenths | None) -> str | None:
    """Tenths with one fixed place and a dot ("6.5"), None stays None."""
    return None if tenths is None else f"{tenths // 10}.{tenths % 10}"


def vietnamese(tenths: Tenths | None) -> str:
    """Tenths as a teacher writes them: "7,5", "8", "" for a blank."""
    if tenths is None:
        return ""
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10},{tenths % 10}"
