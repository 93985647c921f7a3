"""Vietnamese text: folding for search, the alphabet's order, the parts of a name."""

import re
import unicodedata
from functools import lru_cache

# Letters of the Vietnamese alphabet in their order; f j w z stand at their Latin places (CLDR "vi").
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# Tone marks in the order of Vietnamese dictionaries: none, grave, hook above, tilde, acute, dot below.
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
# Marks that make another letter rather than another tone.
_LETTER_MARKS = {"\u0306", "\u0302", "\u031b"}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SPACES = re.compile(r"[\s\u00a0\u200b\u2060\ufeff]+")


def clean(text: str) -> str:
    """Text as it is kept: composed (NFC), blanks of any kind collapsed to one, none at the ends."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def strip_marks(text: str) -> str:
    """The text without diacritics, its case and blanks kept; đ is a letter that NFD does not split."""
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("Đ", "D"))


def fold(text: str) -> str:
    """The form in which two texts are compared when searching: no marks, đ = d, lower case, single blanks."""
    return clean(strip_marks(text)).lower()


def matches(query: str, text: str) -> bool:
    """Whether the query is found in the text, whatever the case and diacritics of either."""
    return fold(query) in fold(text)


def split_name(full_name: str) -> tuple[str, str]:
    """Family and middle names, and the given name: the last word, as Vietnamese names are written."""
    family_middle, _, given = clean(full_name).rpartition(" ")
    return family_middle, given


def _two(number: int) -> str:
    return _DIGITS[number // 36] + _DIGITS[number % 36]


def _primary(letter: str) -> int:
    """Weight of a base letter: blank, signs, digits, then the alphabet, then any other script by its code."""
    if letter == " ":
        return 1
    if letter.isdigit() and letter.isascii():
        return 40 + int(letter)
    place = _ALPHABET.find(letter)
    if place >= 0:
        return 60 + place
    if letter.isalpha():
        return 100 + min(ord(letter) // 64, 1100)
    return 2 + ord(letter) % 37


@lru_cache(maxsize=8192)  # a district has few given names, and a list of ten thousand people asks for each many times
def _text_key(text: str) -> str:
    letters: list[tuple[int, int, int]] = []
    for char in clean(text):
        base, tone, marks = "", 0, ""
        for part in unicodedata.normalize("NFD", char):
            if part in _TONES:
                tone = _TONES[part]
            elif part in _LETTER_MARKS:
                marks += part
            elif not unicodedata.combining(part):
                base += part
        whole = unicodedata.normalize("NFC", base + marks)
        lower = whole.lower()
        letters += [(_primary(one), tone, int(one != two)) for one, two in zip(lower, whole, strict=False)]
    levels = ("".join(_two(p) for p, _, _ in letters), "".join(str(t + 1) for _, t, _ in letters))
    return "00".join((*levels, "".join(str(c + 1) for _, _, c in letters)))


def vi_text_key(text: str) -> str:
    """Sort key of a title or a class name: letters by the alphabet first, then tones, then case."""
    return _text_key(text)


def vi_sort_key(full_name: str) -> str:
    """Sort key of a person's name: the given name on all levels, then the family and middle names.

    The key holds only digits and small Latin letters, so every database orders it alike, whatever its collation.
    """
    family_middle, given = split_name(full_name)
    return parts_sort_key(family_middle, given)


def parts_sort_key(family_middle: str, given: str) -> str:
    """Sort key of a name whose parts were given apart (names that do not end in the given name)."""
    return _text_key(given) + "000" + _text_key(family_middle)
