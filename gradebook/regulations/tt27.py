"""Circular 27/2020/TT-BGDĐT: assessment of primary pupils. Tests are whole marks 0..10; the rest is levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Moment = Literal["GK1", "CK1", "GK2", "CN"]

LAST_GRADE = 5
COMPLETED = ("HTXS", "HTT", "HT")
# Art. 7(1)(b): subject → first grade with a test at the end of a term. "Tin học và Công nghệ" is one subject in the
# circular; schools test its parts apart, so each has its own code.
_FROM_GRADE = {
    "TIENG_VIET": 1, "TOAN": 1,
    "NGOAI_NGU_1": 3, "NN1": 3, "TIN_HOC": 3, "CONG_NGHE": 3, "TIN_HOC_CONG_NGHE": 3,
    "LS_DL": 4, "LSDL": 4, "KHOA_HOC": 4,
}  # fmt: skip
# The mid-term tests are of two subjects only, in grades 4 and 5.
_MIDTERM = ("TIENG_VIET", "TOAN")
_MIDTERM_FROM = 4


def has_test(grade: int, subject: str, moment: Moment) -> bool:
    """Whether a scored test is held (Art. 7(1)(b)) for the subject's code in the grade at one of the four moments."""
    first = _FROM_GRADE.get(subject)
    if first is None or grade < first:
        return False
    return moment in ("CK1", "CN") or (subject in _MIDTERM and grade >= _MIDTERM_FROM)


@dataclass(frozen=True, slots=True)
class Year:
    """The year-end result (HTXS HTT HT CHT) or None while something is not assessed yet."""

    result: str | None

    @property
    def completed(self) -> bool | None:
        """Whether the grade is completed; None while the result is open."""
        return None if self.result is None else self.result in COMPLETED


def year(
    grade: int,
    levels: Mapping[str, str | None],
    qualities: Mapping[str, str | None],
    competencies: Mapping[str, str | None],
    tests: Mapping[str, int | None],
) -> Year:
    """The year-end result, first that holds (Art. 9(2)(a)), from the CN moment alone.

    ``levels`` T/H/C by subject, ``qualities`` and ``competencies`` T/D/C, ``tests`` whole marks of the CN tests. A test
    owed by the grade that has no mark, or any blank, leaves the result open.
    """
    owed = [code for code in levels if has_test(grade, code, "CN")]
    marks = [mark for mark in tests.values() if mark is not None]
    character = [*qualities.values(), *competencies.values()]
    if None in (*levels.values(), *character) or any(tests.get(code) is None for code in owed):
        return Year(None)
    lowest = min(marks, default=10)
    top = all(level == "T" for level in (*levels.values(), *character))
    if top and lowest >= 9:
        return Year("HTXS")
    if top and lowest >= 7:
        return Year("HTT")
    fair = all(level in ("T", "H") for level in levels.values()) and all(level in ("T", "D") for level in character)
    return Year("HT" if fair and lowest >= 5 else "CHT")


def award(result: str | None, *, outstanding_subject: bool, marked_progress: bool, class_endorsed: bool) -> str | None:
    """The year's title (Art. 13): "HSXS", "HSTB" (Tiêu biểu) or None."""
    if result == "HTXS":
        return "HSXS"
    return "HSTB" if result == "HTT" and (outstanding_subject or marked_progress) and class_endorsed else None


def promotion(grade: int, result: str, *, supplementary: bool | None, principal: bool | None) -> str:
    """The decision (Art. 11): completed pupils go up; others are supported, assessed again, then the principal decides.

    ``supplementary``: whether the supplementary assessment was passed, None when not held; ``principal``: the
    principal's decision to let the pupil go up, None when not taken.
    """
    if result in COMPLETED or supplementary or principal:
        return "HOAN_THANH_CAP" if grade == LAST_GRADE else "LEN_LOP"
    if principal is False:
        return "O_LAI"
    return "DANH_GIA_BO_SUNG" if supplementary is None else "HIEU_TRUONG_QUYET_DINH"
