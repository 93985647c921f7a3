"""Circular 22/2021/TT-BGDĐT: assessment of pupils in lower and upper secondary schools.

All marks are integer tenths (see ``marks``). The articles are named at each rule; where the text admits two readings
the default is an argument's default and the choice is told in its docstring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gradebook.regulations.marks import Tenths, mean_half_up

Study = Literal["TOT", "KHA", "DAT", "CHUA_DAT"]
Window = Literal["open", "closed"]
Reading = Literal["others", "replace"]

#: From the lowest to the highest: an index is a rank.
LEVELS: tuple[Study, ...] = ("CHUA_DAT", "DAT", "KHA", "TOT")
ABSENCE_LIMIT = 45
COMMENT_TX = 2
LAST_GRADES = (9, 12)
SIX = 6  # scored subjects of which Art. 9(2) and 15 speak
# Art. 9(2): level → (every scored subject at least, six of them at least), in tenths.
_STUDY_FLOORS: dict[Study, tuple[int, int]] = {"TOT": (65, 80), "KHA": (50, 65), "DAT": (35, 50)}
# Art. 8(2): (term 1, term 2) → year. Rows by term 2 as the circular groups them.
_CONDUCT: dict[Study, dict[Study, Study]] = {
    "TOT": {"TOT": "TOT", "KHA": "TOT", "DAT": "KHA", "CHUA_DAT": "KHA"},
    "KHA": {"TOT": "KHA", "KHA": "KHA", "DAT": "KHA", "CHUA_DAT": "DAT"},
    "DAT": {"TOT": "KHA", "KHA": "DAT", "DAT": "DAT", "CHUA_DAT": "DAT"},
    "CHUA_DAT": {"TOT": "CHUA_DAT", "KHA": "CHUA_DAT", "DAT": "CHUA_DAT", "CHUA_DAT": "CHUA_DAT"},
}


def tx_count(periods: int) -> int:
    """Regular assessments a term of a scored subject by periods a year (Art. 6(2)(b)): ≤ 35: 2, ≤ 70: 3, else 4."""
    if periods <= 35:
        return 2
    return 3 if periods <= 70 else 4


@dataclass(frozen=True, slots=True)
class Term:
    """A scored subject's term: average in tenths or None while a make-up is possible; how many marks are missing."""

    average: Tenths | None
    missing: int
    complete: bool


def subject_term(
    tx: Sequence[Tenths | None],
    gk: Tenths | None,
    ck: Tenths | None,
    *,
    periods: int | None = None,
    window: Window = "open",
) -> Term:
    """ĐTBmhk = (Σ ĐĐGtx + 2·ĐĐGgk + 3·ĐĐGck) / (number of ĐĐGtx + 5), one decimal, half-up (Art. 9(1)(b)).

    ``periods`` a year says how many regular marks are owed; columns beyond (topic clusters) count as columns do, and
    fewer never shrink the denominator. While the make-up ``window`` is open a missing mark leaves the average open;
    once it is closed each missing mark is 0 (Art. 7(5)).
    """
    columns = max(len(tx), tx_count(periods) if periods is not None else 0)
    missing = columns - sum(mark is not None for mark in tx) + (gk is None) + (ck is None)
    if missing and window == "open":
        return Term(None, missing, False)
    total = sum(mark or 0 for mark in tx) + 2 * (gk or 0) + 3 * (ck or 0)
    return Term(mean_half_up(total, columns + 5), missing, True)


def subject_year(hk1: Tenths | None, hk2: Tenths | None) -> Tenths | None:
    """ĐTBmcn = (ĐTBmhkI + 2·ĐTBmhkII) / 3 from the rounded term averages, half-up (Art. 9(1)(b))."""
    return None if hk1 is None or hk2 is None else mean_half_up(hk1 + 2 * hk2, 3)


def comment_term(tx: Sequence[str | None], gk: str | None, ck: str | None, *, window: Window = "open") -> str | None:
    """A comment subject's term: "D" when the assessments are all there and every one is Đạt, else "CD" (Art. 9(1)(a)).

    None while an assessment is missing and the make-up window is open; a missing one is Chưa đạt once it is closed.
    """
    results = [*tx, *[None] * max(0, COMMENT_TX - len(tx)), gk, ck]
    if window == "open" and not all(results):
        return None
    return "D" if all(result == "D" for result in results) else "CD"


def comment_year(hk1: str | None, hk2: str | None) -> str | None:
    """A comment subject's year is its second term (Art. 9(1)(a))."""
    return hk2


def conduct_year(hk1: Study | None, hk2: Study | None) -> Study | None:
    """The year's conduct from both terms, by the table of Art. 8(2); None while a term is not assessed."""
    return None if hk1 is None or hk2 is None else _CONDUCT[hk2][hk1]


def absence_days(absences: Iterable[tuple[str, bool]]) -> tuple[int, int, int]:
    """Count absences (date, excused) on a plan of one session a day (Art. 12): (counted, excused, unexcused).

    Two sessions of one date count once. A date is excused only when each of its sessions is.
    """
    days: dict[str, bool] = {}
    for day, excused in absences:
        days[day] = days.get(day, True) and excused
    excused_days = sum(days.values())
    return len(days), excused_days, len(days) - excused_days


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The learning result with what explains it: the literal level and the subject that Art. 9(3) forgave."""

    result: Study
    base: Study
    culprit: str | None = None

    @property
    def adjusted(self) -> bool:
        """Whether Art. 9(3) raised the literal level."""
        return self.result != self.base


def _literal(scored: Mapping[str, Tenths], comment: Mapping[str, str], free: int = 0) -> Study:
    """The level by the letter of Art. 9(2); ``free`` subjects are imagined to hold any floor (reading ``replace``)."""
    failed = sum(result != "D" for result in comment.values())
    for level in ("TOT", "KHA", "DAT"):
        every, six = _STUDY_FLOORS[level]
        if failed > (1 if level == "DAT" else 0):
            continue
        if all(mark >= every for mark in scored.values()) and sum(m >= six for m in scored.values()) + free >= SIX:
            return level
    return "CHUA_DAT"


def study_result(
    scored: Mapping[str, Tenths], comment: Mapping[str, str], *, reading: Reading = "others"
) -> StudyResult:
    """The learning result of a term or a year (Art. 9(2)) with the adjustment of Art. 9(3).

    ``scored``: averages in tenths by subject code; ``comment``: "D"/"CD" by subject code. Two levels or more lost by
    one single subject are mended by one level. ``reading`` "others": the other subjects alone must hold the six marks;
    "replace": the culprit may be imagined as the sixth. A comment subject may be the culprit (Art. 2(1)).
    """
    base = _literal(scored, comment)
    rank = LEVELS.index(base)
    for code in [*scored, *comment]:
        others = _literal(
            {other: mark for other, mark in scored.items() if other != code},
            {other: result for other, result in comment.items() if other != code},
            free=1 if reading == "replace" and code in scored else 0,
        )
        if others in ("TOT", "KHA") and LEVELS.index(others) - rank >= 2:
            return StudyResult(LEVELS[rank + 1], base, code)
    return StudyResult(base, base)


@dataclass(frozen=True, slots=True)
class Above:
    """What keeps a book from the next level by the letter of Art. 9(2).

    ``every`` and ``six``: its floors in tenths; ``below``: subjects under the first; ``lacking``: how many of the six subjects at
    the second are missing; ``failed``: comment subjects that must be Đạt.
    """

    level: Study
    every: Tenths
    six: Tenths
    below: tuple[str, ...]
    lacking: int
    failed: tuple[str, ...]


def next_level(scored: Mapping[str, Tenths], comment: Mapping[str, str], level: Study) -> Above | None:
    """What keeps a learning result of ``level`` from the one above; None at the highest."""
    rank = LEVELS.index(level)
    if rank == len(LEVELS) - 1:
        return None
    above = LEVELS[rank + 1]
    every, six = _STUDY_FLOORS[above]
    failed = tuple(code for code, result in comment.items() if result != "D")
    return Above(
        above,
        every,
        six,
        tuple(code for code, mark in scored.items() if mark < every),
        max(SIX - sum(mark >= six for mark in scored.values()), 0),
        # At the level Đạt one comment subject may be Chưa đạt.
        failed if above != "DAT" or len(failed) > 1 else (),
    )


def title(conduct: Study | None, study: Study | None, scored: Mapping[str, Tenths]) -> str | None:
    """Year-end title (Art. 15(1)): "HSXS" with six averages at 9.0 or more, "HSG", or None. Before the summer."""
    if conduct != "TOT" or study != "TOT":
        return None
    return "HSXS" if sum(mark >= 90 for mark in scored.values()) >= SIX else "HSG"


@dataclass(frozen=True, slots=True)
class Summer:
    """What the summer brought: conduct after the training, subjects taken again (tenths or "D"/"CD")."""

    conduct: Study | None = None
    scored: Mapping[str, Tenths] = field(default_factory=dict)
    comment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promotion:
    """The decision of the year's end, with the results it rests on."""

    decision: str
    study_year: Study
    study_final: Study
    conduct_final: Study
    resit_subjects: tuple[str, ...]


def promotion(
    *,
    grade: int,
    conduct: Study,
    scored: Mapping[str, Tenths],
    comment: Mapping[str, str],
    absences: int,
    summer: Summer | None = None,
    resit_needs_conduct: bool = True,
    reading: Reading = "others",
) -> Promotion:
    """Promotion, summer work or repeating (Art. 12, 13, 14).

    ``absences`` in counted sessions; more than 45 repeat, whatever else. A summer result replaces the year's even when
    it is worse, a subject not taken again keeps its average, then Art. 9 applies anew. ``resit_needs_conduct``: by the
    letter of Art. 14 a pupil whose conduct is also Chưa đạt takes no subject again.
    """
    year = study_result(scored, comment, reading=reading).result
    resits: tuple[str, ...] = ()
    if year == "CHUA_DAT" and (conduct != "CHUA_DAT" or not resit_needs_conduct):
        resits = tuple(
            sorted([code for code, mark in scored.items() if mark < 50] + [c for c, r in comment.items() if r != "D"])
        )
    conduct_final, study_final = conduct, year
    if summer:
        if conduct == "CHUA_DAT" and summer.conduct:
            conduct_final = summer.conduct
        again_scored = {code: mark for code, mark in summer.scored.items() if code in resits}
        again_comment = {code: result for code, result in summer.comment.items() if code in resits}
        if again_scored or again_comment:
            study_final = study_result({**scored, **again_scored}, {**comment, **again_comment}, reading=reading).result
    passed_conduct, passed_study = conduct_final != "CHUA_DAT", study_final != "CHUA_DAT"
    if absences > ABSENCE_LIMIT:
        decision = "O_LAI"
    elif passed_conduct and passed_study:
        decision = "HOAN_THANH_CAP" if grade in LAST_GRADES else "LEN_LOP"
    elif summer is not None:
        decision = "O_LAI"
    elif passed_study:
        decision = "REN_LUYEN_HE"
    else:
        decision = "DANH_GIA_LAI" if resits else "O_LAI"
    return Promotion(decision, year, study_final, conduct_final, resits)
