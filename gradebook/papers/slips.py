"""Phiếu báo kết quả: what a pupil's family may read of a term, on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gradebook.papers.letterhead import FORMS, day_line, letterhead
from gradebook.selectors import Absences, PublishedSubject
from school.identity.models import User
from school.organisation.models import SchoolClass, Term
from school.typesetting import typeset


@dataclass(frozen=True, slots=True)
class Slip:
    """A pupil's published results of a term. ``lines``: (label, text) of what stands below the subjects."""

    student: User
    subjects: Sequence[PublishedSubject]
    absences: Absences
    lines: Sequence[tuple[str, str]] = ()


def slips_pdf(slips: Sequence[Slip], *, school_class: SchoolClass, term: Term, homeroom: str, at: datetime) -> bytes:
    """The slips of pupils of one class as PDF, each on a page of its own. `homeroom`: the teacher's full name, or ""."""
    data = letterhead(school_class.school) | {
        "title": "Phiếu báo kết quả học tập và rèn luyện",
        "class": school_class.name,
        "term": term.name,
        "year": term.year.name,
        "homeroom": homeroom,
        "day": day_line(school_class.school, at),
        "pupils": [_pupil(slip) for slip in slips],
    }
    return typeset(FORMS / "slip.typ", data, at=at)


def _pupil(slip: Slip) -> dict[str, Any]:
    student, absent = slip.student, slip.absences
    return {
        "name": student.full_name,
        "born": f"{student.birth_date:%d/%m/%Y}" if student.birth_date else "",
        "code": student.ministry_code or student.code,
        "subjects": [
            {
                "name": subject.sheet.subject.name,
                "marks": [{"column": mark.column.code, "text": mark.text} for mark in subject.scores],
                "result": subject.shown,
                "remark": subject.remark,
            }
            for subject in slip.subjects
        ],
        "lines": [{"label": label, "text": text} for label, text in slip.lines],
        "absences": f"{absent.counted} (có phép {absent.excused}, không phép {absent.unexcused})",
    }
