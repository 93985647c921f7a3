"""The citizen number (số định danh cá nhân): twelve digits that tell the province, century, sex and year of birth."""

import re
from datetime import date
from typing import NamedTuple

_CITIZEN_ID = re.compile(r"[0-9]{12}\Z")


class CitizenId(NamedTuple):
    """Whether it is a number of that form, and whether it agrees with the birth date and sex (a warning, no error)."""

    valid: bool
    consistent: bool


def citizen_id_check(number: str, *, born: date | None = None, gender: str = "") -> CitizenId:
    """Check a citizen number against a birth date and a gender ("M", "F" or "" for unknown).

    3 digits province, 1 century and sex (0/1 male/female of 19xx, 2/3 of 20xx, …), 2 of the birth year, 6 of its own.
    """
    text = number.strip()
    if not _CITIZEN_ID.match(text):
        return CitizenId(False, False)
    century, sex = divmod(int(text[3]), 2)
    year = 1900 + 100 * century + int(text[4:6])
    consistent = (born is None or born.year == year) and (gender not in ("M", "F") or "MF"[sex] == gender)
    return CitizenId(True, consistent)
