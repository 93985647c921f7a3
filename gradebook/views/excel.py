"""A sheet as Excel file: the form to fill, the filled file back, its changes seen before they are written."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gradebook.forms import UploadForm
from gradebook.models import MarkLog
from gradebook.processing import FileError, changes_of, sheet_workbook, table_read
from gradebook.selectors import grid_of, written_by_file
from gradebook.services import changes_check, marks_save
from gradebook.views.previews import preview_read, preview_sign, saved_say
from gradebook.views.sheets import column_title, sheet_of
from school.attachments import attachment
from school.audit.services import record
from school.identity.requests import person
from school.policy import access
from school.text import strip_marks

SALT = "gradebook.upload"


@require_GET
@access("gradebook.MarkSheet", "view")
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet as it stands, with the columns to fill."""
    sheet = sheet_of(person(request), pk, "view")
    name = slugify(strip_marks(f"{sheet.subject} {sheet.school_class} hk{sheet.term.number}"))
    grid = grid_of(sheet)
    record(actor=request.user, action="exported", target=sheet, detail={"rows": len(grid.rows)}, request=request)
    return attachment(sheet_workbook(grid), f"so-diem-{name}.xlsx")


@require_http_methods(["GET", "POST"])
@access("gradebook.MarkSheet", "edit")
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a filled file and show what it would change; nothing is written yet."""
    sheet = sheet_of(person(request), pk, "edit")
    form = UploadForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"sheet": sheet, "form": form}
    if request.method == "GET" or not form.is_valid():
        return render(request, "gradebook/upload.html", context, status=200 if request.method == "GET" else 422)
    data = form.cleaned_data["file"].read()
    grid = grid_of(sheet)
    try:
        found = changes_of(grid, table_read(data, grid))
    except FileError as error:
        form.add_error("file", str(error))
        return render(request, "gradebook/upload.html", context, status=422)
    digest = hashlib.sha256(data).hexdigest()
    before_now = written_by_file(sheet, digest)
    if before_now:
        # What this file wrote stands in the sheet or was changed since by somebody: either way the file has had its say.
        changes = [change for change in found.changes if (change.student, change.column) not in before_now.cells]
        found = replace(found, changes=changes)
        context["again"] = before_now
    outcomes = {
        (outcome.student, outcome.column): outcome
        for outcome in changes_check(sheet=sheet, changes=found.changes, by=person(request))
    }
    titles = {column.pk: column_title(column) for column in grid.columns}
    students = {row.student.pk: row for row in grid.rows}
    before = {(row.student.pk, cell.column.pk): cell.text for row in grid.rows for cell in row.cells}
    good, bad = [], list(found.problems)
    for change in found.changes:
        place = (change.student, change.column)
        name, title = students[change.student].student.full_name, titles[change.column]
        outcome = outcomes[place]
        if outcome.status == "ok" and outcome.value != before[place]:
            good.append((name, title, before[place], outcome.value, change))
        elif outcome.status == "refused":
            bad.append(_("%(name)s, %(column)s: “%(value)s” – %(why)s") % {
                "name": name, "column": title, "value": change.value, "why": outcome.why,
            })  # fmt: skip
    context |= {"good": good, "bad": bad, "read": True, "same": found.same}
    if good:
        context["payload"] = preview_sign(sheet, [change for *_rest, change in good], SALT, file=digest)
    return render(request, "gradebook/upload.html", context)


@require_POST
@access("gradebook.MarkSheet", "edit")
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the changes of a preview; what somebody changed meanwhile is left alone and said."""
    sheet = sheet_of(person(request), pk, "edit")
    preview = preview_read(request, sheet, SALT)
    if preview is None:
        messages.error(request, _("The preview has expired: choose the file again."))
        return redirect("gradebook:sheet-upload", pk=pk)
    saved = marks_save(
        sheet=sheet,
        changes=preview["changes"],
        by=person(request),
        channel=MarkLog.Channel.EXCEL,
        source=preview["file"],
    )
    saved_say(request, saved)
    return redirect("gradebook:sheet", pk=pk)
