"""A pupil's whole book under Circular 22/2021: from the subjects' term results to the term's, the year's and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradebook.regulations import tt22
from gradebook.regulations.marks import Tenths
from gradebook.regulations.sheets import RowResult

#: What a subject came to in a term: tenths, "D" or "CD", None while it is open.
type SubjectResult = Tenths | str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A term's or the year's outcome. ``missing``: codes of subjects still open, and the codes below."""

    subjects: Mapping[str, SubjectResult]
    study: tt22.StudyResult | None
    conduct: tt22.Study | None
    missing: tuple[str, ...]
    title: str | None = None
    decision: str | None = None


#: Codes of what is missing beside subjects: conduct; enough scored subjects for a level at all (Art. 9(2) speaks of six).
CONDUCT, SIX_SUBJECTS = "REN_LUYEN", "SAU_MON"


def term(
    subjects: Mapping[str, SubjectResult], conduct: tt22.Study | None, *, reading: tt22.Reading = "others"
) -> Outcome:
    """A term's outcome from each subject's result of the term; the learning result stays open while one is missing."""
    gaps = [code for code, result in subjects.items() if result is None]
    if not gaps and sum(isinstance(result, int) for result in subjects.values()) < tt22.SIX:
        gaps.append(SIX_SUBJECTS)
    study = None if gaps else _study(subjects, reading)
    return Outcome(subjects, study, conduct, (*gaps, *(() if conduct else (CONDUCT,))))


def year(
    first: Outcome,
    second: Outcome,
    *,
    grade: int,
    absences: int,
    reading: tt22.Reading = "others",
    resit_needs_conduct: bool = True,
) -> Outcome:
    """The year's outcome from both terms': averages by Art. 9(1), conduct by Art. 8(2), title and decision when all is there."""
    subjects = year_subjects(first.subjects, second.subjects)
    whole = term(subjects, tt22.conduct_year(first.conduct, second.conduct), reading=reading)
    if whole.missing or whole.study is None or whole.conduct is None:
        return whole
    scored, comment = _sorted(subjects)
    decided = tt22.promotion(
        grade=grade,
        conduct=whole.conduct,
        scored=scored,
        comment=comment,
        absences=absences,
        resit_needs_conduct=resit_needs_conduct,
        reading=reading,
    )
    title = tt22.title(whole.conduct, whole.study.result, scored)
    return Outcome(subjects, whole.study, whole.conduct, (), title, decided.decision)


def year_subjects(first: Mapping[str, SubjectResult], second: Mapping[str, SubjectResult]) -> dict[str, SubjectResult]:
    """Each subject's result of the year from those of its terms (Art. 9(1))."""
    return {code: _year_of(first.get(code), second.get(code)) for code in dict.fromkeys((*first, *second))}


def subject_result(row: RowResult, *, comment: bool) -> SubjectResult:
    """What a row of a mark sheet came to, as a book holds it."""
    return (row.result or None) if comment else row.average


def _study(subjects: Mapping[str, SubjectResult], reading: tt22.Reading) -> tt22.StudyResult:
    scored, comment = _sorted(subjects)
    return tt22.study_result(scored, comment, reading=reading)


def _sorted(subjects: Mapping[str, SubjectResult]) -> tuple[dict[str, Tenths], dict[str, str]]:
    scored = {code: result for code, result in subjects.items() if isinstance(result, int)}
    return scored, {code: result for code, result in subjects.items() if isinstance(result, str)}


def _year_of(hk1: SubjectResult, hk2: SubjectResult) -> SubjectResult:
    if isinstance(hk1, int) and isinstance(hk2, int):
        return tt22.subject_year(hk1, hk2)
    if isinstance(hk1, int) or isinstance(hk2, int):
        return None
    return tt22.comment_year(hk1, hk2)
