"""The ministry's circulars as pure functions: one module per circular, no Django, no float.

Marks are integers in tenths (``75`` is 7,5) or ``Decimal`` where the text works with weights; nothing here reads a
clock or a database. Which circular a class follows is stored with its mark sheets and never derived from today's
date, so a stored year keeps its rules when a new circular arrives.
"""

from __future__ import annotations

from enum import StrEnum


class Circular(StrEnum):
    """The circulars the project knows, by the code that mark sheets store."""

    TT22 = "22/2021/TT-BGDĐT"
    TT58 = "58/2011/TT-BGDĐT"
    TT58_26 = "58/2011+26/2020"
    TT27 = "27/2020/TT-BGDĐT"
    TT08 = "08/2021/TT-BGDĐT"


# Grade → first school year (by its starting calendar year) under 22/2021; before it 58/2011, with 26/2020 from 2020.
_TT22_FROM = {6: 2021, 7: 2022, 10: 2022, 8: 2023, 11: 2023, 9: 2024, 12: 2024}


def circular_for(level: str, grade: int, start_year: int) -> Circular:
    """The circular of a class when its books are first opened: level code, grade, calendar year the school year starts.

    Source: the roll-out tables of 22/2021 (Art. 22) and 27/2020. Callers store the answer on the sheet.
    """
    if level == "university":
        return Circular.TT08
    if level == "primary" or grade <= 5:
        return Circular.TT27
    if start_year >= _TT22_FROM.get(grade, 2024):
        return Circular.TT22
    return Circular.TT58_26 if start_year >= 2020 else Circular.TT58
