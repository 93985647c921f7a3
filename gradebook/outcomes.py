"""A class's results as one table, what is missing in them, and in words how a result came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from gradebook.models import Assessment, Conduct, LearningResult, MarkSheet
from gradebook.regulations import book22, tt22
from gradebook.regulations import marks as tenth
from gradebook.selectors import class_students, result_words, sheet_day
from school.identity.models import User
from school.organisation.models import SchoolClass, Subject, Term


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A pupil's line: a cell for each subject in the table's order, the result (None before anything was entered), the words."""

    number: int
    student: User
    cells: tuple[str, ...]
    result: LearningResult | None
    why: tuple[str, ...]
    missing: tuple[str, ...]
    published: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """What keeps results open: its name, how many pupils lack it, the subject's sheet (None for conduct and the like)."""

    name: str
    count: int
    sheet: MarkSheet | None


@dataclass(frozen=True, slots=True)
class ResultTable:
    """A class's results of a term, or of the year when ``term`` is None."""

    school_class: SchoolClass
    term: Term | None
    subjects: tuple[Subject, ...]
    rows: tuple[ResultRow, ...]
    gaps: tuple[Gap, ...]
    counts: tuple[tuple[str, int], ...]
    unpublished: int


def result_table(school_class: SchoolClass, term: Term | None) -> ResultTable:
    """The table of a class: four queries whatever the number of pupils and subjects."""
    last = term or Term.objects.filter(year=school_class.year_id).order_by("-number").first()
    students = list(class_students(school_class, day=sheet_day(last) if last else None))
    kept = LearningResult.objects.filter(student__in=students, year=school_class.year_id, term=term)
    held = {row.student_id: row for row in kept}
    sheets = MarkSheet.objects.filter(school_class=school_class, term__year=school_class.year_id)
    sheets = (
        (sheets.filter(term=term) if term else sheets)
        .select_related("subject")
        .order_by("subject__order", "subject__name")
    )
    subjects = {sheet.subject.code: sheet.subject for sheet in sheets}
    by_code = {sheet.subject.code: sheet for sheet in sheets}
    names = {code: subject.name for code, subject in subjects.items()}
    names |= {book22.CONDUCT: _("Conduct"), book22.SIX_SUBJECTS: _("Six subjects with marks")}
    lacking: Counter[str] = Counter()
    rows = []
    for number, student in enumerate(students, 1):
        result = held.get(student.pk)
        missing = tuple(result.missing) if result else (*subjects, book22.CONDUCT)
        lacking.update(missing)
        rows.append(
            ResultRow(
                number,
                student,
                tuple(
                    result_words("", result.subjects.get(code, "").replace(".", ",") if result else "")
                    for code in subjects
                ),
                result,
                tuple(why_of(result.facts, names)) if result else (),
                tuple(names.get(code, code) for code in missing),
                bool(result and result.published is not None and result.published == result.facts),
            )
        )
    gaps = [Gap(names.get(code, code), count, by_code.get(code)) for code, count in lacking.most_common()]
    found = Counter(row.result.study for row in rows if row.result)
    ready = [row for row in rows if row.result and row.result.study and not row.result.missing]
    return ResultTable(
        school_class,
        term,
        tuple(subjects.values()),
        tuple(rows),
        tuple(gaps),
        tuple((str(level.label), found[level.value]) for level in Assessment if found[level.value]),
        sum(not row.published for row in ready),
    )


def why_of(facts: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """How a result came about, sentence by sentence, with the article that decided. ``names``: subjects by code."""
    if not facts["study"]:
        return []
    level = str(Assessment(facts["study"]).label)
    said = [_("%(level)s by Circular 22/2021, Art. 9(2).") % {"level": level}]
    if facts["base"] != facts["study"]:
        said = [
            _(
                "%(level)s instead of %(base)s: %(subject)s alone cost more than one level, and Art. 9(3) gives one back."
            )
            % {
                "level": level,
                "base": Assessment(facts["base"]).label,
                "subject": names.get(facts["culprit"], facts["culprit"]),
            }
        ]
    scored = {code: tenth.to_tenths(text) for code, text in facts["subjects"].items() if text not in ("D", "CD")}
    comment = {code: text for code, text in facts["subjects"].items() if text in ("D", "CD")}
    if above := tt22.next_level(scored, comment, facts["study"]):
        said.append(_to_reach(above, scored, names))
    return said


def _to_reach(above: tt22.Above, scored: Mapping[str, int], names: Mapping[str, str]) -> str:
    reasons = [
        _("%(subject)s %(mark)s is below %(floor)s")
        % {
            "subject": names.get(code, code),
            "mark": tenth.vietnamese(scored[code]),
            "floor": tenth.vietnamese(above.every),
        }
        for code in above.below
    ]
    if above.lacking:
        reasons.append(
            _("%(have)s subjects have %(floor)s or more, 6 are needed")
            % {"have": tt22.SIX - above.lacking, "floor": tenth.vietnamese(above.six)}
        )
    reasons += [_("%(subject)s is not passed") % {"subject": names.get(code, code)} for code in above.failed]
    return pgettext("why no better result", "Not %(level)s: %(reasons)s.") % {
        "level": Assessment(above.level).label,
        "reasons": "; ".join(reasons),
    }


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """What a family reads of a term or the year: level, conduct, title and decision in words, and why."""

    heading: str
    study: str
    conduct: str
    title: str
    decision: str
    why: tuple[str, ...]


def family_results(student: User, year: int) -> list[FamilyResult]:
    """What was published of a pupil's results in a school year (its id), the year's own last; two queries."""
    rows = LearningResult.objects.filter(student=student, year=year, published_at__isnull=False).select_related("term")
    names = dict(Subject.objects.values_list("code", "name"))
    found = []
    for row in sorted(rows, key=lambda one: one.term.number if one.term else 99):
        facts = row.published or {}
        found.append(
            FamilyResult(
                row.term.name if row.term else _("The whole year"),
                str(Assessment(facts["study"]).label),
                str(Assessment(facts["conduct"]).label) if facts["conduct"] else "",
                str(LearningResult.Title(facts["title"]).label) if facts["title"] else "",
                str(LearningResult.Decision(facts["decision"]).label) if facts["decision"] else "",
                tuple(why_of(facts, names)),
            )
        )
    return found


def conduct_rows(school_class: SchoolClass, term: Term) -> list[tuple[User, Conduct | None]]:
    """The pupils of a class with their conduct of a term; two queries."""
    held = {one.student_id: one for one in Conduct.objects.filter(school_class=school_class, term=term)}
    return [(student, held.get(student.pk)) for student in class_students(school_class, day=sheet_day(term))]
