"""Which cell is read how, and what several cells of a row say together."""

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from school import text
from school.roster.processing import values
from school.roster.processing.tables import Value
from school.roster.processing.values import UnreadableError, as_text, read_date, read_text

__all__ = ["READERS", "TOGETHER", "Value", "read_date", "read_text"]

# Columns that are only understood together with others.
TOGETHER = {"birth_day", "birth_month", "birth_year", "born_male", "born_female", "male", "female"}
_NO = {"", "khong", "0", "false", "k", "-", "ko"}


def _ministry_code(value: Value) -> str:
    return values.read_digits(value, 10, _("The Ministry's code"))


def _citizen_id(value: Value) -> str:
    return values.read_digits(value, 12, _("The citizen's number"))


def _mark(value: Value) -> str:
    """A tick in a column: anything that does not say no."""
    return "" if text.fold(as_text(value)) in _NO else "x"


def _class_name(value: Value) -> str:
    name = values.read_class_name(value)
    if len(name) > 40:
        raise UnreadableError(_("This is longer than a class's name. Write for example 6A1."))
    return name


def _ethnicity(value: Value) -> str:
    return values.read_text(value, 40)


READERS: dict[str, Callable[[Value], str]] = {
    "ministry_code": _ministry_code,
    "local_code": values.read_local_code,
    "citizen_id": _citizen_id,
    "full_name": values.read_name,
    "family_middle": values.read_name,
    "given_name": values.read_name,
    "father_name": values.read_name,
    "mother_name": values.read_name,
    "guardian_name": values.read_name,
    "contact_name": values.read_name,
    "father_phone": values.read_phone,
    "mother_phone": values.read_phone,
    "guardian_phone": values.read_phone,
    "contact_phone": values.read_phone,
    "phone": values.read_phone,
    "email": values.read_email,
    "gender": values.read_gender,
    "class_name": _class_name,
    "staff_code": values.read_staff_code,
    "homeroom_code": values.read_staff_code,
    "is_homeroom": _mark,
    "ethnicity": _ethnicity,
}


def several_phones(value: Value) -> bool:
    """Whether a cell holds more than one number."""
    return len(values.phones_in(value)) > 1


def date_of_parts(given: dict[str, Value], columns: set[str]) -> date:
    """A date from the columns of day, month and year. Raises UnreadableError when one is missing or wrong."""
    parts = [as_text(given.get(key)) for key in ("birth_day", "birth_month", "birth_year")]
    if not all(parts):
        raise UnreadableError(_("This is not a whole date. Write day, month and year: dd/mm/yyyy."))
    return read_date("/".join(parts))


def date_of_column(given: dict[str, Value], columns: set[str]) -> date:
    """A date that stands under "Nam" or under "Nữ". Raises UnreadableError when it stands under neither or both."""
    if len(given) != 1:
        raise UnreadableError(
            _("The birth date stands under “Nam” and under “Nữ”. Delete one.")
            if given
            else _("The birth date is missing. Write it under “Nam” or “Nữ”.")
        )
    return read_date(next(iter(given.values())))


def gender_of_date(given: dict[str, Value], columns: set[str]) -> str:
    """Under which of the two a birth date stands; "" when that was already told as a fault."""
    if len(given) != 1:
        return ""
    return "M" if "born_male" in given else "F"


def gender_of_tick(given: dict[str, Value], columns: set[str]) -> str:
    """A tick under "Nam" or "Nữ", or the word itself written there. Raises UnreadableError for both, neither, other words."""
    said: set[str] = set()
    for key, value in given.items():
        here, other = ("F", "M") if key == "female" else ("M", "F")
        word = text.fold(as_text(value))
        if word in values.GENDERS:
            # "Nam" written in the column "Nữ" says who it is, whatever column it stands in; "x" and "1" are ticks.
            said.add(values.GENDERS[word])
        elif word in {"x", "1", "v", "true", "co", "✓", "✔", "√", "*", "+"}:
            said.add(here)
        elif word in _NO:
            said |= {other} if columns.isdisjoint({"male"} if key == "female" else {"female"}) else set()
        else:
            raise UnreadableError(_("Tick with x, or write “Nam” or “Nữ”."))
    if len(said) > 1:
        raise UnreadableError(_("Both “Nam” and “Nữ” are ticked. Delete one."))
    if said:
        return said.pop()
    if {"male", "female"} <= columns:
        raise UnreadableError(_("Neither “Nam” nor “Nữ” is ticked. Tick one."))
    return "M" if "female" in columns else "F"
