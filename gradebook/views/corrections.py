"""Corrections of locked marks: asking, what would follow, deciding, the paper; and families' requests to look again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gradebook.corrected import consequences_of
from gradebook.entry import entries_of
from gradebook.forms import CorrectionForm, DecisionForm, ReviewAnswerForm, ReviewForm
from gradebook.models import Correction, Mark, MarkReview, MarkSheet, SheetState, pending_q
from gradebook.regulations import sheets as rules
from gradebook.selectors import Grid, grid_of, published_cell
from gradebook.services import (
    Change,
    CorrectionError,
    SheetError,
    correction_approve,
    correction_reject,
    correction_request,
    correction_withdraw,
    review_answer,
    review_ask,
)
from gradebook.views.sheets import column_title, sheet_of, versions_of
from school.audit.services import viewed
from school.identity.models import User
from school.identity.requests import person
from school.policy import access, can, recently_confirmed, visible


def correction_of(user: User, pk: int, action: str = "view") -> Correction:
    """The correction with what its pages name. Raises Http404 where the person may not do ``action`` with it."""
    rows = visible(user, Correction, action).select_related(
        "by", "decided_by", "sheet__school_class", "sheet__subject", "sheet__term__year"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
@access("gradebook.Correction", "view")
def corrections(request: HttpRequest) -> HttpResponse:
    """The corrections one may see: those that wait first, then the decided ones."""
    decided = request.GET.get("loc") == "xong"
    rows = visible(person(request), Correction).filter(~pending_q() if decided else pending_q())
    rows = rows.select_related("by", "decided_by", "sheet__school_class", "sheet__subject").prefetch_related("cells")
    tabs = [(_("Waiting"), "?", not decided), (_("Decided"), "?loc=xong", decided)]
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "gradebook/corrections.html", {"page": page, "tabs": tabs, "decided": decided})


def _changes(request: HttpRequest, grid: Grid, shut: set[str]) -> list[Change]:
    """The cells whose text is another than the book's, with the version that the page showed."""
    seen = versions_of(request.POST.get("versions", ""))
    changes = []
    for row in grid.rows:
        for cell in row.cells:
            value = request.POST.get(f"m-{row.student.pk}-{cell.column.pk}")
            if value is not None and cell.column.group in shut and value.strip() != cell.text:
                version = seen.get(f"{row.student.pk}-{cell.column.pk}", 0)
                changes.append(Change(row.student.pk, cell.column.pk, value, version))
    return changes


def _review(request: HttpRequest, sheet: MarkSheet) -> MarkReview | None:
    """The family's request that the correction answers, when one is named."""
    pk = request.POST.get("phuc-khao") or request.GET.get("phuc-khao") or ""
    rows = visible(person(request), MarkReview, "view").filter(column__sheet=sheet, state=MarkReview.State.OPEN)
    return rows.filter(pk=int(pk)).select_related("student", "column").first() if pk.isdigit() else None


@require_http_methods(["GET", "POST"])
@access("gradebook.MarkSheet", "correct")
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a correction: the sheet's locked cells as fields; what is written over is what is asked for."""
    sheet = sheet_of(person(request), pk, "correct")
    grid = grid_of(sheet)
    entries = entries_of(sheet)
    shut = {
        group
        for group, entry in entries.items()
        if not entry.cells and entry.state not in (SheetState.SUBMITTED, SheetState.SIGNED)
    }
    form = CorrectionForm(request.POST or None, request.FILES or None)
    review = _review(request, sheet)
    faults: list[str] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = correction_request(
                    sheet=sheet,
                    changes=_changes(request, grid, shut),
                    by=person(request),
                    reason=form.cleaned_data["reason"],
                    evidence=form.cleaned_data["evidence"],
                    evidence_name=getattr(form.cleaned_data["evidence"], "name", ""),
                    review=review,
                )
            except CorrectionError as error:
                form.add_error(None, str(error))
                faults = error.faults
            else:
                messages.success(request, _("The request is sent; the principal decides it."))
                return redirect("gradebook:correction", pk=made.pk)
    return render(
        request,
        "gradebook/correction_ask.html",
        {
            "sheet": sheet,
            "form": form,
            "faults": faults,
            "review": review,
            "shut": shut,
            "versions": request.POST.get("versions", grid.versions),
            "columns": [(column, column_title(column)) for column in grid.columns if column.group in shut],
            "rows": [
                (
                    row.student,
                    [
                        (
                            cell.column,
                            cell.text,
                            request.POST.get(f"m-{row.student.pk}-{cell.column.pk}", cell.text),
                        )
                        for cell in row.cells
                        if cell.column.group in shut
                    ],
                )
                for row in grid.rows
            ],
        },
        status=status,
    )


@require_GET
@access("gradebook.Correction", "view")
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """A request: the marks, the reason, what would follow, and the decision."""
    return _correction(request, correction_of(person(request), pk))


def _correction(
    request: HttpRequest, shown: Correction, form: DecisionForm | None = None, error: str = ""
) -> HttpResponse:
    user = person(request)
    decides = shown.is_pending and can(user, "decide", shown)
    names = dict(shown.cells.values_list("student", "student__full_name"))
    lines: list[Any] = consequences_of(shown) if shown.is_pending else []
    kept = [(names.get(student, ""), *rest) for student, *rest in shown.consequences] if not lines else []
    return render(
        request,
        "gradebook/correction.html",
        {
            "shown": shown,
            "cells": shown.cells.select_related("column", "student"),
            "lines": lines,
            "kept": kept,
            "told": any(line.told for line in lines),
            "decides": decides,
            "own": shown.is_pending and shown.by_id == user.pk,
            "form": form or DecisionForm(),
            "error": error,
            "may_read": can(user, "view", shown.sheet),
        },
        status=422 if error else 200,
    )


@require_POST
@recently_confirmed
@access("gradebook.Correction", "decide")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse a request."""
    shown = correction_of(person(request), pk, "decide")
    form = DecisionForm(request.POST)
    approves = request.POST.get("quyet") == "duyet"
    service = correction_approve if approves else correction_reject
    try:
        service(correction=shown, by=person(request), answer=form.cleaned_data["answer"] if form.is_valid() else "")
    except SheetError as error:
        return _correction(request, correction_of(person(request), pk), form, str(error))
    messages.success(request, _("The marks are corrected.") if approves else _("The request is refused."))
    return redirect("gradebook:correction", pk=pk)


@require_POST
@access("gradebook.Correction", "withdraw")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw one's own request."""
    shown = correction_of(person(request), pk, "withdraw")
    try:
        correction_withdraw(correction=shown, by=person(request))
    except SheetError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The request is withdrawn."))
    return redirect("gradebook:correction", pk=pk)


@require_GET
@access("gradebook.Correction", "view")
def evidence(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The paper of a request, to take along: it is never opened within the site."""
    shown = correction_of(person(request), pk)
    if not shown.evidence:
        raise Http404
    viewed(request=request, target=shown)
    try:
        paper = shown.evidence.open("rb")
    except OSError as error:
        raise Http404 from error
    answer = FileResponse(paper, as_attachment=True, filename=shown.evidence_name or "minh-chung")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "POST"])
@access("gradebook.Mark", "review")
def review_new(request: HttpRequest, student: int, sheet: int) -> HttpResponse:
    """The family chooses a published mark of a subject and says what should be looked at again."""
    rows = (
        visible(person(request), Mark, "review")
        .filter(student=student, column__sheet=sheet)
        .exclude(published_value__isnull=True, published_comment="")
        .exclude(column__scale="text")
        .select_related("column__sheet__subject", "column__sheet__term", "column__sheet__school_class", "student")
        .order_by("column__order")
    )
    marks = list(rows)
    if not marks:
        raise Http404
    choices = [(mark.pk, f"{column_title(mark.column)}: {rules.cell_text(published_cell(mark))}") for mark in marks]
    form = ReviewForm(request.POST or None, choices=choices)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            chosen = next(mark for mark in marks if mark.pk == form.cleaned_data["mark"])
            try:
                review_ask(mark=chosen, by=person(request), text=form.cleaned_data["text"])
            except SheetError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The request is with the teacher; the answer appears here."))
                return redirect("gradebook:report-of", pk=student)
    earlier = (
        visible(person(request), MarkReview)
        .filter(student=student, column__sheet=sheet)
        .select_related("column", "answered_by")
    )
    return render(
        request,
        "gradebook/review_new.html",
        {"form": form, "sheet": marks[0].column.sheet, "student": marks[0].student, "earlier": earlier},
        status=status,
    )


@require_GET
@access("gradebook.MarkReview", "answer")
def reviews(request: HttpRequest) -> HttpResponse:
    """What families ask a teacher to look at again: unanswered first."""
    rows = (
        visible(person(request), MarkReview, "answer")
        .select_related("student", "column__sheet__subject", "column__sheet__school_class", "by")
        .order_by("answered_at", "-created_at")
    )
    waiting = rows.filter(state=MarkReview.State.OPEN)
    answered = rows.exclude(state=MarkReview.State.OPEN).order_by("-answered_at")
    page = Paginator(answered, 50).get_page(request.GET.get("page"))
    return render(request, "gradebook/reviews.html", {"waiting": waiting, "page": page})


@require_http_methods(["GET", "POST"])
@access("gradebook.MarkReview", "answer")
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One request of a family and the teacher's answer."""
    found = get_object_or_404(
        visible(person(request), MarkReview, "answer").select_related(
            "student",
            "column__sheet__subject",
            "column__sheet__school_class",
            "column__sheet__term",
            "by",
            "correction",
        ),
        pk=pk,
    )
    form = ReviewAnswerForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                review_answer(
                    review=found,
                    by=person(request),
                    answer=form.cleaned_data["answer"],
                    changed=form.cleaned_data["changed"] == "sua",
                )
            except SheetError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The family has your answer."))
                return redirect("gradebook:reviews")
    sheet = sheet_of(person(request), found.column.sheet_id, "edit")
    entry = entries_of(sheet)[found.column.group]
    return render(
        request,
        "gradebook/review.html",
        {
            "found": found,
            "form": form,
            "entry": entry,
            "sheet": sheet,
            "ask_url": f"{reverse('gradebook:correction-ask', args=[sheet.pk])}?phuc-khao={found.pk}",
        },
        status=status,
    )
