"""What a text costs as SMS: its alphabet, its length in that alphabet's units, and the number of parts.

GSM 03.38: 160 septets in one part, 153 in each of several; any other character makes the whole text UCS-2 with 70 and
67 UTF-16 units. Neither an escaped character nor a surrogate pair may be parted, so parts are filled one by one.
"""

import unicodedata
from typing import NamedTuple

from school.text import strip_marks

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[]~|€\f")
GSM7, UCS2 = "GSM7", "UCS2"
_LIMITS = {GSM7: (160, 153), UCS2: (70, 67)}
# Typographic signs that word processors put in and that would make a whole message UCS-2.
_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " ", "•": "-"}
)


class SmsParts(NamedTuple):
    """Alphabet ("GSM7" or "UCS2"), length in its units, number of parts a gateway bills."""

    encoding: str
    units: int
    parts: int


def sms_parts(text: str) -> SmsParts:
    """Count the parts of a text as it is, composed to NFC first. An empty text is one part of no units."""
    composed = unicodedata.normalize("NFC", text)
    if all(char in _BASIC or char in _EXTENSION for char in composed):
        encoding, widths = GSM7, [1 if char in _BASIC else 2 for char in composed]
    else:
        encoding, widths = UCS2, [2 if ord(char) > 0xFFFF else 1 for char in composed]
    single, several = _LIMITS[encoding]
    units = sum(widths)
    if units <= single:
        return SmsParts(encoding, units, 1)
    parts, room = 1, several
    for width in widths:
        if width > room:
            parts, room = parts + 1, several
        room -= width
    return SmsParts(encoding, units, parts)


def sms_plain(text: str) -> str:
    """The unaccented form that is sent by default: no diacritics, đ → d, typographic signs made plain."""
    return strip_marks(unicodedata.normalize("NFC", text).translate(_PLAIN))
