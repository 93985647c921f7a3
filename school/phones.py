"""Telephone numbers as Vietnamese schools write them, kept as E.164.

Rules: mobiles are 0[35789] and eight digits, landlines 02 and nine digits (no SMS); the eleven-digit mobiles of before
September 2018 are moved to the ten-digit prefixes that replaced them.
"""

import re
from dataclasses import dataclass

MOBILE = "MOBILE"
LANDLINE = "LANDLINE"
INVALID = "INVALID"

_OLD_PREFIXES = {f"016{n}": f"03{n}" for n in range(2, 10)} | {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
_MOBILE = re.compile(r"0[35789]\d{8}")
_LANDLINE = re.compile(r"02\d{9}")
_SEPARATORS = re.compile(r"[\s\u00a0\u200b.\-–—()]+")
_SEVERAL = re.compile(r"[;/,\n|]+")


@dataclass(frozen=True)
class Phone:
    """What became of a raw number. `suggestion` is an E.164 number to offer when a leading 0 was probably lost."""

    valid: bool
    type: str
    e164: str
    suggestion: str = ""


def _national(digits: str) -> str:
    """The number from its national 0 onwards, old mobile prefixes replaced."""
    if len(digits) == 11 and digits[:4] in _OLD_PREFIXES:
        return _OLD_PREFIXES[digits[:4]] + digits[4:]
    return digits


def _kind(national: str) -> str:
    if _MOBILE.fullmatch(national):
        return MOBILE
    return LANDLINE if _LANDLINE.fullmatch(national) else ""


def parse_phone(raw: str) -> Phone:
    """Read one number: 0…, 84…, +84…, 0084…, with blanks, dots or dashes."""
    text = _SEPARATORS.sub("", raw.strip())
    if not re.fullmatch(r"\+?[0-9]+", text):
        return Phone(False, INVALID, "")
    international = text.startswith(("+84", "0084"))
    if international:
        digits = "0" + text.removeprefix("+84").removeprefix("0084").removeprefix("0")
    elif text.startswith("+"):
        return Phone(False, INVALID, "")
    elif text.startswith("84") and len(text) >= 11:
        digits = "0" + text[2:].removeprefix("0")
    else:
        digits = text
    national = _national(digits)
    kind = _kind(national)
    if kind:
        return Phone(True, kind, "+84" + national[1:])
    if not international and not digits.startswith("0"):
        repaired = _national("0" + digits)
        if _kind(repaired):
            return Phone(False, INVALID, "", "+84" + repaired[1:])
    return Phone(False, INVALID, "")


def split_phones(raw: str) -> list[str]:
    """The numbers of a cell that holds several, parted by `;`, `/`, a comma or a line break."""
    return [part.strip() for part in _SEVERAL.split(raw) if part.strip()]


def normalise_phone(raw: str) -> str:
    """The number as E.164 ("+84912345678"), or "" when it is none; of several in one text, the first."""
    parts = split_phones(raw)
    return parse_phone(parts[0]).e164 if parts else ""


def display_phone(e164: str) -> str:
    """The number as people in Vietnam write it: 0912 345 678; other text is given back unchanged."""
    if not re.fullmatch(r"\+84\d{9,10}", e164):
        return e164
    national = "0" + e164[3:]
    return f"{national[:-6]} {national[-6:-3]} {national[-3:]}"


def can_receive_sms(e164: str) -> bool:
    """Whether the number is a mobile's: landlines take no SMS."""
    return parse_phone(e164).type == MOBILE
