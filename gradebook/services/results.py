"""Results of terms and years: worked out anew whenever a mark's result, conduct or an absence changes, published on purpose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from gradebook.models import Assessment, Conduct, LearningResult, MarkSheet, TermResult
from gradebook.regulations import Circular, book22, circular_for, tt22
from gradebook.regulations import marks as tenth
from gradebook.selectors import absences_by, class_students, row_of, sheet_day
from gradebook.services.errors import SheetError
from school.identity.models import User
from school.organisation.models import SchoolClass, Term

FIELDS = list(LearningResult.FACTS)


def follows_tt22(school_class: SchoolClass) -> bool:
    """Whether the class is assessed by Circular 22/2021, the only one that these results know."""
    circular = circular_for(school_class.level, school_class.grade, school_class.year.starts.year)
    return circular == Circular.TT22


@dataclass
class _Book:
    """What results are worked out from: each pupil's subjects, results, conduct and absences by (pupil, term number)."""

    terms: dict[int, Term]
    results: dict[tuple[int, int], dict[str, book22.SubjectResult]] = field(default_factory=dict)
    conduct: dict[tuple[int, int], tt22.Study] = field(default_factory=dict)
    # of a term, and of the year under None
    absences: dict[tuple[int, int | None], int] = field(default_factory=dict)


def _load(school_class: SchoolClass, students: Collection[int]) -> _Book:
    """A fixed number of queries, whatever the number of pupils and subjects."""
    year = school_class.year
    book = _Book({term.number: term for term in Term.objects.filter(year=year).order_by("number")})
    sheets = {
        sheet.pk: sheet
        for sheet in MarkSheet.objects.filter(
            Q(school_class=school_class) | Q(results__student__in=students), term__year=year
        )
        .select_related("subject", "term")
        .order_by("subject__order", "subject__code")
        .distinct()
    }
    own: dict[tuple[int, int], dict[int, dict[str, book22.SubjectResult]]] = defaultdict(lambda: defaultdict(dict))
    for row in TermResult.objects.filter(sheet__in=sheets, student__in=students):
        sheet = sheets[row.sheet_id]
        result = book22.subject_result(row_of(row), comment=sheet.is_comment)
        own[row.student_id, sheet.term.number][sheet.school_class_id][sheet.subject.code] = result
    codes: dict[tuple[int, int], list[str]] = defaultdict(list)
    for sheet in sheets.values():
        codes[sheet.school_class_id, sheet.term.number].append(sheet.subject.code)
    for student in students:
        for number in book.terms:
            # Whoever changed classes has the term's book in the class where most of it was written.
            found = own.get((student, number), {})
            place = max(found, key=lambda pk: (len(found[pk]), pk), default=school_class.pk)
            held = found.get(place, {})
            book.results[student, number] = {code: held.get(code) for code in codes.get((place, number), ())}
    for one in Conduct.objects.filter(student__in=students, term__year=year).select_related("term"):
        book.conduct[one.student_id, one.term.number] = one.level  # type: ignore[assignment]
    for pk, absent in absences_by(students, since=year.starts, until=year.ends).items():
        book.absences[pk, None] = absent.counted
        for number, term in book.terms.items():
            days = [(row.date.isoformat(), row.excused) for row in absent.rows if term.starts <= row.date <= term.ends]
            book.absences[pk, number] = tt22.absence_days(days)[0]
    return book


def _outcomes(book: _Book, student: int, grade: int) -> dict[int | None, book22.Outcome]:
    """A pupil's outcome of each term by its number, and of the year under None."""
    terms: dict[int | None, book22.Outcome] = {
        number: book22.term(book.results[student, number], book.conduct.get((student, number))) for number in book.terms
    }
    first, second = (terms.get(number) or book22.term({}, None) for number in (1, 2))
    terms[None] = book22.year(first, second, grade=grade, absences=book.absences.get((student, None), 0))
    return terms


def _facts(outcome: book22.Outcome, absences: int) -> dict[str, Any]:
    return {
        "study": outcome.study.result if outcome.study else "",
        "base": outcome.study.base if outcome.study else "",
        "culprit": (outcome.study.culprit or "") if outcome.study else "",
        "conduct": outcome.conduct or "",
        "absences": absences,
        "title": outcome.title or "",
        "decision": outcome.decision or "",
        "subjects": {
            code: tenth.text_of(result) if isinstance(result, int) else result
            for code, result in outcome.subjects.items()
            if result is not None
        },
        "missing": list(outcome.missing),
    }


def learning_results_compute(
    school_class: SchoolClass, students: Collection[int]
) -> dict[tuple[int, int | None], dict[str, Any]]:
    """The facts of each result by (pupil, term id or None for the year), from what is stored now; five queries."""
    book = _load(school_class, students)
    return {
        (student, None if number is None else book.terms[number].pk): _facts(
            outcome, book.absences.get((student, number), 0)
        )
        for student in students
        for number, outcome in _outcomes(book, student, school_class.grade).items()
    }


@transaction.atomic
def learning_results_recompute(school_class: SchoolClass, students: Collection[int]) -> int:
    """Work out and store the results of the named pupils of a class; only rows that change are written. Returns how many.

    The published copy is left as it is. A class under another circular has no such results.
    """
    if not students or not follows_tt22(school_class):
        return 0
    # Two subjects' marks of one class, saved at once, wait for each other here: each then sees what the other wrote.
    SchoolClass.objects.select_for_update().filter(pk=school_class.pk).first()
    held = {
        (row.student_id, row.term_id): row
        for row in LearningResult.objects.filter(student__in=students, year=school_class.year_id)
    }
    create, update = [], []
    for (student, term), facts in learning_results_compute(school_class, students).items():
        row = held.get((student, term))
        if row is None:
            place = {
                "student_id": student,
                "school_class": school_class,
                "year_id": school_class.year_id,
                "term_id": term,
            }
            create.append(LearningResult(**place, school_id=school_class.school_id, **facts))
        elif row.facts != facts:
            for name, value in facts.items():
                setattr(row, name, value)
            update.append(row)
    LearningResult.objects.bulk_create(create)
    LearningResult.objects.bulk_update(update, FIELDS, batch_size=500)
    return len(create) + len(update)


def absences_recount(school_class: SchoolClass, students: Collection[int]) -> None:
    """Count absences anew in the results of those pupils who have any; the caller is inside the transaction."""
    if not students:
        return
    concerned = LearningResult.objects.filter(student__in=students, year=school_class.year_id, term=None)
    learning_results_recompute(school_class, list(concerned.values_list("student", flat=True)))


@transaction.atomic
def conduct_save(*, school_class: SchoolClass, term: Term, levels: Mapping[int, tuple[str, str]], by: User) -> int:
    """Keep a term's conduct: ``levels`` is pupil id → (level, remark); others stay as they are.

    Returns how many changed. Raises SheetError for a pupil of another class, a remark without a level, or a level that does not
    exist; then nothing is written.
    """
    students = {student.pk: student for student in class_students(school_class, day=sheet_day(term))}
    if not set(levels) <= set(students):
        raise SheetError(_("Somebody in the list is not in the class."))
    without = [students[pk].full_name for pk, (level, _remark) in levels.items() if not level]
    if without:
        raise SheetError(_("Choose a level first for: %(names)s. Nothing was saved.") % {"names": ", ".join(without)})
    held = {one.student_id: one for one in Conduct.objects.select_for_update().filter(student__in=levels, term=term)}
    changed: set[int] = set()
    for student, (level, remark) in levels.items():
        if level not in Assessment.values:
            raise SheetError(_("There is no such level of conduct."))
        remark = " ".join(remark.split())[:300]
        one = held.get(student)
        if one and (one.level, one.remark) == (level, remark):
            continue
        changed.add(student)
        one = one or Conduct(student_id=student, term=term)
        one.school_class, one.level, one.remark, one.by, one.at = school_class, level, remark, by, timezone.now()
        one.save()
    learning_results_recompute(school_class, changed)
    return len(changed)


@transaction.atomic
def learning_results_publish(*, school_class: SchoolClass, term: Term | None) -> int:
    """Make the results of a term (of the year without one) readable by pupils and parents; how many were new or changed.

    A pupil whose result is still open is left out: nobody reads half a result.
    """
    now, rows = timezone.now(), []
    day = sheet_day(term) if term else school_class.year.ends
    students = class_students(school_class, day=day).values_list("pk", flat=True)
    held = LearningResult.objects.select_for_update().filter(
        student__in=list(students), year=school_class.year_id, term=term
    )
    for row in held:
        if not row.missing and row.study and row.published != row.facts:
            row.published, row.published_at = row.facts, now
            rows.append(row)
    LearningResult.objects.bulk_update(rows, ["published", "published_at"], batch_size=500)
    return len(rows)
