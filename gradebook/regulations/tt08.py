"""Circular 08/2021/TT-BGDĐT: university training by credits. Course marks in tenths, averages in Decimal hundredths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from gradebook.regulations.marks import Tenths, to_tenths

Improve = Literal["best", "last"]

#: The circular's own table (Art. 9): letter → lowest course mark in tenths. Plus grades are another table.
LETTERS: tuple[tuple[str, Tenths], ...] = (("A", 85), ("B", 70), ("C", 55), ("D", 40), ("F", 0))
POINTS: dict[str, int] = {"A": 4, "B": 3, "C": 2, "D": 1, "F": 0}
#: Passed and credited, never averaged: P pass-only, R exempted and credited.
CREDITED = ("P", "R")
PASS_ONLY_FLOOR = 50
# Art. 10: classes of an average, 4 scale.
_CLASSES = (("XUAT_SAC", "3.6"), ("GIOI", "3.2"), ("KHA", "2.5"), ("TRUNG_BINH", "2.0"), ("YEU", "1.0"))
# Art. 11: the lowest cumulative average by year level that is not warned.
_CUMULATIVE_FLOORS = {1: "1.2", 2: "1.4", 3: "1.6"}
_CUMULATIVE_FLOOR_LATER = "1.8"
MAX_DEBT = 24


class WeightError(ValueError):
    """The component weights of a course do not sum to exactly 1."""


@dataclass(frozen=True, slots=True)
class Course:
    """A course's result: mark in tenths, letter, points (None for what is not averaged), passed or not."""

    score: Tenths
    letter: str
    points: int | None
    passed: bool


def course(components: Iterable[tuple[Decimal, Decimal]], *, pass_only: bool = False) -> Course:
    """A course mark: Σ weight × component, one decimal half-up, then the letter (Art. 9).

    Raises WeightError unless the weights sum to exactly 1.
    """
    parts = list(components)
    if sum((weight for weight, _ in parts), Decimal(0)) != 1 or any(weight <= 0 for weight, _ in parts):
        raise WeightError
    score = to_tenths(sum((weight * value for weight, value in parts), Decimal(0)))
    if pass_only and score >= PASS_ONLY_FLOOR:
        return Course(score, "P", None, True)
    letter = "F" if pass_only else next(letter for letter, floor in LETTERS if score >= floor)
    return Course(score, letter, POINTS[letter], letter != "F")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One course taken: its code, letter (A-F, P, R, I, X), credits, whether it is pass-only."""

    code: str
    letter: str
    credits: int
    pass_only: bool = False


@dataclass(frozen=True, slots=True)
class Average:
    """An average with two places (None when nothing is averaged), credits it counts, credits earned."""

    gpa: Decimal | None
    credits_counted: int
    credits_passed: int


def average(courses: Sequence[Attempt]) -> Average:
    """Σ(points × credits) / Σ credits over what is averaged, F included as 0; two decimals half-up (Art. 10)."""
    counted = [c for c in courses if c.letter in POINTS and not c.pass_only]
    credits = sum(c.credits for c in counted)
    total = sum(POINTS[c.letter] * c.credits for c in counted)
    passed = sum(c.credits for c in courses if c.letter in CREDITED or POINTS.get(c.letter, 0) > 0)
    if not credits:
        return Average(None, 0, passed)
    gpa = (Decimal(total) / Decimal(credits)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return Average(gpa, credits, passed)


def cumulative(attempts: Iterable[Attempt], *, improve: Improve) -> Average:
    """The average from the start by official marks: a failed course's last attempt, a passed one's by ``improve``.

    Attempts come in time order. I (postponed) and X (data missing) are no result and replace nothing.
    """
    official: dict[str, Attempt] = {}
    for attempt in attempts:
        before = official.get(attempt.code)
        if attempt.letter not in POINTS and attempt.letter not in CREDITED and before is not None:
            continue
        passed = before is not None and (before.letter in CREDITED or POINTS.get(before.letter, 0) > 0)
        if before is not None and passed and improve == "best" and _worth(attempt) < _worth(before):
            continue
        official[attempt.code] = attempt
    return average(list(official.values()))


def _worth(attempt: Attempt) -> int:
    return 1 if attempt.letter in CREDITED else POINTS.get(attempt.letter, -1)


def class_of(gpa: Decimal) -> str:
    """The class of an average of the 4 scale: XUAT_SAC GIOI KHA TRUNG_BINH YEU KEM (Art. 10)."""
    return next((name for name, floor in _CLASSES if gpa >= Decimal(floor)), "KEM")


def warning(
    *,
    registered: int,
    failed: int,
    debt: int,
    first_term: bool,
    term_gpa: Decimal | None,
    cumulative_gpa: Decimal | None,
    year_level: int,
) -> tuple[str, ...]:
    """The reasons for an academic warning after a main term (Art. 11), empty when none. All limits are strict."""
    reasons = []
    if 2 * failed > registered:
        reasons.append("TERM_FAILED_GT_50")
    if debt > MAX_DEBT:
        reasons.append("DEBT_GT_24")
    if term_gpa is not None and term_gpa < Decimal("0.8" if first_term else "1.0"):
        reasons.append("TERM_GPA_LOW")
    floor = Decimal(_CUMULATIVE_FLOORS.get(year_level, _CUMULATIVE_FLOOR_LATER))
    if cumulative_gpa is not None and cumulative_gpa < floor:
        reasons.append("CUM_GPA_LOW")
    return tuple(sorted(reasons))


def year_level(credits: int, standard_year: int) -> int:
    """Year level by accumulated credits: N div M + 1."""
    return credits // standard_year + 1


def graduation(*, cumulative_gpa: Decimal, retaken: int, programme: int, disciplined: bool) -> tuple[bool, str | None]:
    """(eligible, class) by Art. 14: at least 2.0 is eligible.

    Xuất sắc and Giỏi drop one class when retaken credits exceed 5 % of the programme's or the student was disciplined
    at warning level or more.
    """
    if cumulative_gpa < 2:
        return False, None
    grade = class_of(cumulative_gpa)
    if grade in ("XUAT_SAC", "GIOI") and (disciplined or 100 * retaken > 5 * programme):
        grade = "GIOI" if grade == "XUAT_SAC" else "KHA"
    return True, grade
