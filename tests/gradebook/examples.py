"""Addresses of the gradebook with objects of both schools, for the matrix of rights."""

import datetime
from dataclasses import replace
from typing import Any

from django.core.files.base import ContentFile

from gradebook.entry import Window
from gradebook.services import (
    Change,
    correction_request,
    delegation_give,
    marks_save,
    review_ask,
    sheet_open,
    sheet_publish,
    windows_set,
)
from school.dated import today
from tests.world import Cast, World

SHEET_PAGES = (
    "sheet", "sheet-save", "sheet-publish", "sheet-unpublish", "sheet-lock", "sheet-unlock", "sheet-print",
    "sheet-history", "sheet-download", "sheet-upload", "sheet-apply", "sheet-submit", "sheet-take-back", "sheet-missing",
    "sheet-sign", "sheet-revoke", "sheet-columns", "subject-book",
    "sheet-lessons", "sheet-lessons-apply",
)  # fmt: skip
CORRECTION_PAGES = ("correction", "correction-decide", "correction-withdraw", "correction-evidence")


def examples(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """URL name → the object of school A ("own") and of school B ("other")."""

    # In force only later: the matrix shows what a vice principal may do without it.
    later = today() + datetime.timedelta(days=30)

    def of(cast: Cast) -> dict[str, dict[str, Any]]:
        sheet = sheet_open(school_class=cast.class1, subject=world.maths, term=world.term1)
        given = delegation_give(
            school=cast.school, delegate=cast.vice, by=cast.principal, starts=later, ends=later, note="QĐ 1"
        )
        closed = sheet_open(school_class=cast.class1, subject=world.maths, term=world.term2)
        midterm = closed.columns.get(kind="GK")
        change = Change(cast.student.pk, midterm.pk, "7")
        marks_save(sheet=closed, changes=[change], by=cast.teacher)
        sheet_publish(sheet=closed, by=cast.teacher)
        review = review_ask(mark=midterm.marks.get(), by=cast.father, text="Xem lại câu 3")
        windows_set(
            node=cast.school.node,
            windows={(world.term2.pk, "GK"): Window(None, today() - datetime.timedelta(days=1))},
            by=cast.principal,
        )
        correction = correction_request(
            sheet=closed,
            changes=[replace(change, value="8", version=1)],
            by=cast.teacher,
            reason="Chấm lại",
            evidence=ContentFile(b"%PDF-1.4", "bien-ban.pdf"),
            evidence_name="bien-ban.pdf",
        )
        return {
            **{f"gradebook:{page}": {"pk": correction.pk} for page in CORRECTION_PAGES},
            "gradebook:correction-ask": {"pk": closed.pk},
            "gradebook:review": {"pk": review.pk},
            "gradebook:review-new": {"student": cast.student.pk, "sheet": closed.pk},
            "gradebook:delegation-withdraw": {"pk": given.pk},
            **{f"gradebook:{page}": {"pk": sheet.pk} for page in SHEET_PAGES},
            "gradebook:attendance": {"pk": cast.class1.pk},
            "gradebook:remark": {"pk": cast.class1.pk},
            "gradebook:report-of": {"pk": cast.student.pk},
            "gradebook:slip": {"pk": cast.student.pk},
            **{
                f"gradebook:{page}": {"pk": cast.class1.pk}
                for page in ("class-slips", "results", "results-print", "results-excel", "results-publish", "conduct")
            },
        }

    own, other = of(world.a), of(world.b)
    return {name: {"own": own[name], "other": other[name]} for name in own}
