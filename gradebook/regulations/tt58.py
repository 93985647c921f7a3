"""Circular 58/2011/TT-BGDĐT, also as amended by 26/2020: historic years, read-only, to verify what is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gradebook.regulations.marks import Tenths, mean_half_up

Rank = Literal["GIOI", "KHA", "TB", "YEU", "KEM"]
Exempt = Literal["none", "hk1", "hk2", "year"]

RANKS: tuple[Rank, ...] = ("KEM", "YEU", "TB", "KHA", "GIOI")
ABSENCE_LIMIT = 45
# Art. 13: rank → (mean, core subject and chuyên subject, every subject) at least, tenths; the last two ask no core.
_FLOORS: dict[Rank, tuple[int, int, int]] = {
    "GIOI": (80, 80, 65),
    "KHA": (65, 65, 50),
    "TB": (50, 50, 35),
    "YEU": (35, 0, 20),
}
# Art. 13(6): (what the mean deserves, where one subject put it) → what it becomes.
_MENDED: dict[tuple[Rank, Rank], Rank] = {
    ("GIOI", "TB"): "KHA",
    ("GIOI", "YEU"): "TB",
    ("KHA", "YEU"): "TB",
    ("KHA", "KEM"): "YEU",
}


def subject_term_old(tx: Sequence[Tenths | None], dk: Sequence[Tenths | None], hk: Tenths | None) -> Tenths:
    """ĐTBmhk before 26/2020: (Σ KTtx + 2·Σ KTđk + 3·KThk) / (n_tx + 2·n_đk + 3), half-up; a test not made up is 0."""
    total = sum(mark or 0 for mark in tx) + 2 * sum(mark or 0 for mark in dk) + 3 * (hk or 0)
    return mean_half_up(total, len(tx) + 2 * len(dk) + 3)


def mean(scored: Mapping[str, Tenths]) -> Tenths | None:
    """ĐTBhk or ĐTBcn: the plain mean of the scored subjects, one decimal half-up; None without a subject."""
    return mean_half_up(sum(scored.values()), len(scored)) if scored else None


def comment_term(tests: Sequence[str | None], final: str | None) -> str:
    """A comment subject's term: "D" when two thirds of the tests are Đạt, the term test among them; else "CD"."""
    results = [*tests, final]
    enough = 3 * sum(result == "D" for result in results) >= 2 * len(results)
    return "D" if enough and final == "D" else "CD"


def exempt_year[R](hk1: R | None, hk2: R | None, exempt: Exempt, both: R | None) -> tuple[R | None, bool]:
    """The year of a subject with an exemption: (result, whether the subject counts).

    Exempt for the year: the subject does not count. Exempt for one term: the other term's result is the year's.
    ``both`` is the year's ordinary result.
    """
    if exempt == "year":
        return None, False
    return {"hk1": hk2, "hk2": hk1}.get(exempt, both), True


@dataclass(frozen=True, slots=True)
class RankResult:
    """Học lực: the rank, the rank by the letter, and the mean (tenths)."""

    result: Rank
    base: Rank
    mean: Tenths


def rank(
    scored: Mapping[str, Tenths], comment: Mapping[str, str], *, with_26: bool, chuyen: str | None = None
) -> RankResult:
    """Học lực of a term or a year (Art. 13) with the adjustment for one single subject (Art. 13(6)).

    ``with_26``: 26/2020 lets Ngoại ngữ (``NN``) stand beside Toán (``TOAN``) and Ngữ văn (``VAN``) as the core subject.
    ``chuyen``: the specialised class's subject, which must reach the core floor too. A mean that deserves Giỏi also
    deserves Khá, so one subject under 2.0 is mended as from Khá.
    """
    average = mean(scored) or 0
    core = ("TOAN", "VAN", "NN") if with_26 else ("TOAN", "VAN")

    def literal(without: str | None = None) -> Rank:
        others = {code: mark for code, mark in scored.items() if code != without}
        passed = all(result == "D" for code, result in comment.items() if code != without)
        for level in ("GIOI", "KHA", "TB"):
            floor_mean, floor_core, floor_all = _FLOORS[level]
            if (
                passed
                and average >= floor_mean
                and any(others.get(code, -1) >= floor_core for code in core)
                and (chuyen is None or others.get(chuyen, 100) >= floor_core)
                and all(mark >= floor_all for mark in others.values())
            ):
                return level
        floor_mean, _, floor_all = _FLOORS["YEU"]
        return "YEU" if average >= floor_mean and all(mark >= floor_all for mark in others.values()) else "KEM"

    base = literal()
    best = base
    for code in [*scored, *comment]:
        deserved = literal(code)
        for level in (deserved, "KHA") if deserved == "GIOI" else (deserved,):
            mended = _MENDED.get((level, base))
            if mended and RANKS.index(mended) > RANKS.index(best):
                best = mended
    return RankResult(best, base, average)


def outcome(study: str, conduct: str, absences: int) -> tuple[str, str | None]:
    """(decision, title) of a year: both at least Trung bình and at most 45 sessions; titles by Art. 18."""
    if absences > ABSENCE_LIMIT or study == "KEM" or (study == "YEU" and conduct == "YEU"):
        decision = "O_LAI"
    elif study == "YEU":
        decision = "DANH_GIA_LAI"
    elif conduct == "YEU":
        decision = "REN_LUYEN_HE"
    else:
        decision = "LEN_LOP"
    if study == "GIOI" and conduct == "TOT":
        return decision, "HSG"
    return decision, "HSTT" if study in ("GIOI", "KHA") and conduct in ("TOT", "KHA") else None
