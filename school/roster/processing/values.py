"""One cell to one value: dates, codes, phones, genders and class names as people write them."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from school import text
from school.phones import parse_phone, split_phones
from school.roster.processing.legacy import meant
from school.roster.processing.tables import Value

_EXCEL_EPOCH = date(1899, 12, 30)
_DAY_FIRST = re.compile(r"(\d{1,2})\s*[/.\-–\s]\s*(\d{1,2})\s*[/.\-–\s]\s*(\d{4})(?:[ T]\d{1,2}:\d{2}.*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ T]\d{1,2}:\d{2}.*)?")
_IN_WORDS = re.compile(r"(?:ngay )?(\d{1,2}) thang (\d{1,2}) nam (\d{4})")
_SHORT_YEAR = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2})")
GENDERS = {"nam": "M", "trai": "M", "m": "M", "male": "M", "nu": "F", "gai": "F", "f": "F", "female": "F"}


@dataclass
class UnreadableError(Exception):
    """A cell that is not what its column asks for; `suggestion` is what was probably meant, as text."""

    message: str
    suggestion: str = ""


def as_text(value: Value) -> str:
    """A cell as a person sees it: whole numbers without a fraction, dates as dd/mm/yyyy, blanks collapsed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    written = text.clean(str(value))
    if written.isprintable():
        return written
    # Signs that no screen shows and no data base takes (NUL) come along when text is copied.
    # The soft hyphen stays: it is the letter ư of an old font.
    return text.clean("".join(c for c in written if c == "\xad" or unicodedata.category(c) not in ("Cc", "Cf", "Cs")))


_ERRORS = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|####*)")
_NO_LETTER = re.compile(r"[^\w\s.,'’‘`´\-–()/ʼ·]|[_\d]")


def read_text(value: Value, longest: int = 255) -> str:
    """Any text: written in Unicode, no longer than its place in the data base."""
    written = as_text(value)
    if _ERRORS.fullmatch(written):
        raise UnreadableError(
            _("The cell holds an error of Excel (%(error)s). Type the value itself.") % {"error": written}
        )
    font, found = meant(written)
    if font:
        raise UnreadableError(
            _("This is written for an old font (%(font)s). Did you mean “%(text)s”?") % {"font": font, "text": found},
            found,
        )
    written = text.clean(written.replace("\xad", ""))
    if len(written) > longest:
        raise UnreadableError(_("This is longer than %(count)s letters. Shorten it.") % {"count": longest})
    return written


def read_name(value: Value) -> str:
    """A person's name; a number or a sign in it is a mistake of columns, not a name."""
    name = read_text(value).replace("Ð", "Đ").replace("ð", "đ")  # the Icelandic letter that old keyboards gave
    if not any(c.isalpha() for c in name) or any(c.isdigit() for c in name):
        raise UnreadableError(_("This is not a person's name. Write the full name."))
    if wrong := _NO_LETTER.search(name):
        raise UnreadableError(_("No name has the sign “%(sign)s”. Write only the full name.") % {"sign": wrong[0]})
    if len(name) > 120 or max(map(len, name.split())) > 40:
        raise UnreadableError(_("The name is longer than 120 letters. Write only the full name."))
    return name


def read_date(value: Value) -> date:
    """A whole date: a real Excel date, dd/mm/yyyy with any separator, or yyyy-mm-dd."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and 20_000 <= value <= 60_000:
        meant = _EXCEL_EPOCH + timedelta(days=int(value))
        raise UnreadableError(
            _("The cell holds the number %(number)s instead of a date. Did you mean %(date)s?")
            % {"number": as_text(value), "date": as_text(meant)},
            meant.isoformat(),
        )
    written = as_text(value).lstrip("'")
    if found := _DAY_FIRST.fullmatch(written):
        day, month, year = (int(part) for part in found.groups())
    elif found := _YEAR_FIRST.fullmatch(written):
        year, month, day = (int(part) for part in found.groups())
    elif found := _IN_WORDS.fullmatch(text.fold(written)):
        day, month, year = (int(part) for part in found.groups())
    elif found := _SHORT_YEAR.fullmatch(written):
        raise UnreadableError(_("The year has only two digits. Write the date as dd/mm/yyyy."))
    elif re.fullmatch(r"\d{4}|\d{1,2}[/.\-]\d{4}", written):
        raise UnreadableError(_("This is not a whole date. Write day, month and year: dd/mm/yyyy."))
    else:
        raise UnreadableError(_("This is not a date. Write it as dd/mm/yyyy, for example 05/09/2014."))
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableError(
            _("There is no day %(day)s/%(month)s/%(year)s. Look it up in the birth certificate.")
            % {"day": f"{day:02}", "month": f"{month:02}", "year": year}
        ) from None


def read_gender(value: Value) -> str:
    """ "M" or "F"."""
    found = GENDERS.get(text.fold(read_text(value)))
    if not found:
        raise UnreadableError(_("The gender must be “Nam” or “Nữ”."))
    return found


def read_digits(value: Value, length: int, label: str) -> str:
    """A code of so many digits, kept as text with its leading zeros."""
    written = as_text(value).lstrip("'").replace(" ", "")
    if re.fullmatch(rf"[0-9]{{{length}}}", written):
        return written
    # Excel turns such codes into numbers and eats their zeros; no more than three can have been there.
    if re.fullmatch(r"[0-9]+", written) and length - 3 <= len(written) < length:
        meant = written.zfill(length)
        if isinstance(value, int | float):
            raise UnreadableError(
                _("Excel dropped the zeros at the start. Did you mean %(code)s?") % {"code": meant}, meant
            )
    raise UnreadableError(
        _("%(label)s must have exactly %(length)s digits; this one has %(count)s.")
        % {"label": label, "length": length, "count": len(written)}
        if re.fullmatch(r"[0-9]+", written)
        else _("%(label)s must have exactly %(length)s digits and nothing else.") % {"label": label, "length": length}
    )


def read_phone(value: Value) -> str:
    """A telephone number as E.164; of several in one cell all must be numbers, and the first is kept."""
    numbers: list[str] = []
    for part in phones_in(value):
        phone = parse_phone(part)
        if not phone.valid:
            if phone.suggestion:
                shown = "0" + phone.suggestion.removeprefix("+84")
                raise UnreadableError(
                    _("Excel dropped the zero at the start. Did you mean %(phone)s?") % {"phone": shown},
                    phone.suggestion,
                )
            raise UnreadableError(
                _("This is not a phone number. Write 10 digits that start with 0, or leave it blank.")
            )
        numbers.append(phone.e164)
    if not numbers:
        raise _not_a_phone()
    return numbers[0]


def phones_in(value: Value) -> list[str]:
    """The numbers of a cell as they are written; a dash between blanks parts two numbers, unless the whole is one."""
    written = read_text(value).lstrip("'")
    if parse_phone(written).valid:
        return [written]
    return [part for one in split_phones(written) for part in re.split(r"\s[-–]\s|\s(?:hoặc|và)\s", one)]


def _not_a_phone() -> UnreadableError:
    return UnreadableError(_("This is not a phone number. Write 10 digits that start with 0, or leave it blank."))


def read_email(value: Value) -> str:
    """An e-mail address in small letters."""
    written = as_text(value).lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", written) or len(written) > 254:
        raise UnreadableError(_("This is not an e-mail address. Correct it or leave it blank."))
    return written


def read_local_code(value: Value) -> str:
    """A school's own code of a pupil: letters and digits, in capitals, at most 20."""
    written = as_text(value).lstrip("'").replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9._/\-]{0,19}", written):
        raise UnreadableError(_("The code must be at most 20 letters and digits without marks, for example HS0123."))
    return written


def read_staff_code(value: Value) -> str:
    """A code of the staff: letters and digits, in capitals."""
    written = as_text(value).lstrip("'").replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9._\-]{2,29}", written) or not any(c.isdigit() for c in written):
        raise UnreadableError(_("The code must be letters and digits without marks, for example GV039001."))
    return written


def read_class_name(value: Value) -> str:
    """A class's name in its one form: "Lớp 6a1" and "6A 1" are "6A1"."""
    written = re.sub(r"(?i)^l[ớo]p\s+", "", as_text(value))
    return written.replace(" ", "").upper() if re.match(r"\d", written) else written


def class_grade(name: str) -> int | None:
    """The grade in front of a class's name (6A1, 10-2, 12 Toán), None when the name is made otherwise."""
    found = re.fullmatch(r"(\d{1,2})(?:[A-ZĐ][\w.\-/]{0,12}|[.\-/_]?\d{0,2}[A-Z]?\d?)", name)
    return int(found[1]) if found and name[-1] != "." else None
