"""Marks of a lesson's exercises: chosen by the teacher, seen pupil by pupil, then written with their origin."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gradebook.entry import entries_of
from gradebook.lesson_scores import Exercise, columns_for, exercises_of, scores_of
from gradebook.models import Mark, MarkLog
from gradebook.regulations import marks as tenth
from gradebook.selectors import Grid, grid_of
from gradebook.services import Change, marks_save
from gradebook.views.previews import preview_read, preview_sign, saved_say
from gradebook.views.sheets import column_title, sheet_of
from school.identity.requests import person
from school.policy import access

SALT = "gradebook.lesson"


@require_GET
@access("gradebook.MarkSheet", "edit")
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """The exercises of the class's lessons, and for the chosen one what each pupil's mark would be."""
    sheet = sheet_of(person(request), pk, "edit")
    grid = grid_of(sheet)
    entries = entries_of(sheet)
    columns = [one for one in columns_for(grid.columns) if entries[one.group].takes(blank=True)]
    exercises = exercises_of(person(request), sheet)
    chosen = next((one for one in exercises if one.key == request.GET.get("bai")), None)
    column = next((one for one in columns if str(one.pk) == request.GET.get("cot")), None)
    context: dict[str, Any] = {
        "sheet": sheet,
        "exercises": exercises,
        "columns": [(one, column_title(one)) for one in columns],
        "chosen": chosen,
        "column": column,
    }
    if chosen is not None and column is not None:
        # What stands in the column already stays unless the teacher says otherwise.
        overwrite = bool(request.GET.get("de"))
        lines, changes = _lines(grid, chosen, column.pk, overwrite=overwrite)
        context |= {"lines": lines, "overwrite": overwrite, "title": column_title(column), "count": len(changes)}
        if changes:
            context["payload"] = preview_sign(sheet, changes, SALT, key=chosen.key, name=chosen.name)
    return render(request, "gradebook/lessons.html", context)


def _lines(grid: Grid, chosen: Exercise, column: int, *, overwrite: bool) -> tuple[list[dict[str, Any]], list[Change]]:
    """A line for each pupil, and the changes as the page sends them back."""
    scores = scores_of(chosen, [row.student.pk for row in grid.rows])
    lines, changes = [], []
    for row in grid.rows:
        cell = next(cell for cell in row.cells if cell.column.pk == column)
        score = scores.get(row.student.pk)
        mark = tenth.vietnamese(score.tenths) if score else ""
        changes_it = bool(mark) and mark != cell.text and (overwrite or not cell.text)
        lines.append({"student": row.student, "score": score, "now": cell.text, "mark": mark, "changes": changes_it})
        if changes_it:
            changes.append(Change(row.student.pk, column, mark, cell.version))
    return lines, changes


@require_POST
@access("gradebook.MarkSheet", "edit")
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the marks that the teacher saw; what somebody changed meanwhile is left alone and said."""
    sheet = sheet_of(person(request), pk, "edit")
    preview = preview_read(request, sheet, SALT)
    if preview is None:
        messages.error(request, _("The preview has expired: choose the exercise again."))
        return redirect("gradebook:sheet-lessons", pk=pk)
    saved = marks_save(
        sheet=sheet,
        changes=preview["changes"],
        by=person(request),
        channel=MarkLog.Channel.LESSON,
        source=preview["key"][:64],
        origin=Mark.Origin.LESSON,
        reason=_("Lesson: %(name)s") % {"name": preview["name"][:280]},
    )
    saved_say(request, saved)
    return redirect("gradebook:sheet", pk=pk)
