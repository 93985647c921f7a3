"""Vietnamese written for the fonts of before Unicode (TCVN3 with .VnTime, VNI), and UTF-8 read as Windows text.

A text counts as such only when every word of what it would mean is a possible Vietnamese syllable and some word of what
stands there is not: "NguyÔn V¨n An" is Nguyễn Văn An, but "Schröder" and "Muñoz" stay as they are.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_TCVN3 = {
    **dict(zip("µ¶·¸¹", "àảãáạ", strict=True)),
    **dict(zip("¨»¼½¾Æ", "ăằẳẵắặ", strict=True)),
    **dict(zip("©ÇÈÉÊË", "âầẩẫấậ", strict=True)),
    **dict(zip("ÌÎÏÐÑ", "èẻẽéẹ", strict=True)),
    **dict(zip("ªÒÓÔÕÖ", "êềểễếệ", strict=True)),
    **dict(zip("×ØÜÝÞ", "ìỉĩíị", strict=True)),
    **dict(zip("ßáâãä", "òỏõóọ", strict=True)),
    **dict(zip("«åæçèé", "ôồổỗốộ", strict=True)),
    **dict(zip("¬êëìíî", "ơờởỡớợ", strict=True)),
    **dict(zip("ïñòóô", "ùủũúụ", strict=True)),
    **dict(zip("\u00adõö÷øù", "ưừửữứự", strict=True)),
    **dict(zip("úûüýþ", "ỳỷỹýỵ", strict=True)),
    **dict(zip("®¡¢£¤¥¦§", "đĂÂÊÔƠƯĐ", strict=True)),
}


def _vni() -> dict[str, str]:
    table: dict[str, str] = {}
    tones = dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True))
    round_tones = dict(zip("áàåãä", "\u0301\u0300\u0309\u0303\u0323", strict=True))
    short_tones = dict(zip("éèúüë", "\u0301\u0300\u0309\u0303\u0323", strict=True))
    for vowel in "aeouy":
        table |= {vowel + sign: vowel + tone for sign, tone in tones.items()}
    for vowel in "aeo":
        table |= {vowel + "â": vowel + "\u0302"}
        table |= {vowel + sign: vowel + "\u0302" + tone for sign, tone in round_tones.items()}
    table |= {"aê": "a\u0306"} | {"a" + sign: "a\u0306" + tone for sign, tone in short_tones.items()}
    for letter, base in (("ô", "o\u031b"), ("ö", "u\u031b")):
        table |= {letter: base} | {letter + sign: base + tone for sign, tone in tones.items()}
    table |= {"ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì"}
    table = {key: unicodedata.normalize("NFC", value) for key, value in table.items()}
    upper = {key.upper(): value.upper() for key, value in table.items()}
    # A capital letter may be followed by a small sign and the other way round.
    mixed = {key[0].upper() + key[1:]: value[0].upper() + value[1:] for key, value in table.items() if len(key) == 2}
    return mixed | upper | table


_VNI = _vni()
_VNI_PAIRS = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))

_INITIALS = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx]"
_NUCLEI = (
    "uyê|uya|uyu|iêu|yêu|oai|oao|oay|oeo|uây|uôi|uôu|ươi|ươu|"
    "ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|oa|oă|oe|oi|ôi|ơi|oo|ua|uâ|ui|uê|uô|uơ|uy|ưa|ưi|ươ|ưu|yê|"
    "[aăâeêioôơuưy]"
)
_SYLLABLE = re.compile(rf"(?:{_INITIALS})?(?:{_NUCLEI})(?:ch|ng|nh|[cmnpt])?")
_TONE_MARKS = "\u0300\u0301\u0303\u0309\u0323"


def is_vietnamese(text: str) -> bool:
    """Whether every word could be a Vietnamese syllable (names of other peoples are not, and need not be)."""
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", text))
    return bool(words) and all(_is_syllable(word.lower()) for word in words)


@lru_cache(maxsize=20_000)
def _is_syllable(word: str) -> bool:
    parts = unicodedata.normalize("NFD", word)
    bare = unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONE_MARKS))
    return sum(c in _TONE_MARKS for c in parts) <= 1 and _SYLLABLE.fullmatch(bare) is not None


def from_tcvn3(text: str) -> str:
    """TCVN3 (ABC) to Unicode. A font whose small letters look like capitals makes all of them small here."""
    return "".join(_TCVN3.get(c, c) for c in text)


def from_vni(text: str) -> str:
    """VNI for Windows to Unicode."""
    return _VNI_PAIRS.sub(lambda found: _VNI[found[0]], text)


def from_misread(text: str) -> str:
    """UTF-8 that somebody opened as Windows-1252 and saved so."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


_WAYS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("TCVN3", from_tcvn3),
    ("VNI", from_vni),
    ("UTF-8", from_misread),
)


def meant(text: str) -> tuple[str, str]:
    """(how it was written, what was meant) for a text of an old font; ("", "") for any other text."""
    if text.isascii() or is_vietnamese(text):
        return "", ""
    for name, convert in _WAYS:
        found = unicodedata.normalize("NFC", convert(text))
        if found != text and is_vietnamese(found):
            # Fonts like .VnTimeH show small letters as capitals.
            shouting = sum(c.isupper() for c in text if c.isascii()) >= 3 and not re.search("[a-z]{2}", text)
            return name, found.upper() if shouting and name == "TCVN3" else found
    return "", ""


def convert_all(text: str, name: str) -> str:
    """A text of a file that is known to be written in a way: what it means, else itself."""
    convert = dict(_WAYS)[name]
    return unicodedata.normalize("NFC", convert(text)) if not text.isascii() else text
