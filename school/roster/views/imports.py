"""A list is sent, looked at, and taken over or not."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from school.attachments import attachment
from school.identity.requests import person
from school.policy import access, may, visible
from school.roster import selectors
from school.roster.forms import ConfirmForm, UploadForm
from school.roster.models import RosterImport
from school.roster.processing.lists import Fault
from school.roster.processing.reports import faults_csv, table_xlsx
from school.roster.services import import_cancel, import_confirm, import_preview

_FAULTS = 100


@access("roster.RosterImport", "add")
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Send a list; what was sent before stands below."""
    form = UploadForm(request.POST or None, request.FILES or None, user=person(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        record = import_preview(
            school=form.cleaned_data["school"],
            kind=form.cleaned_data["kind"],
            file_name=file.name,
            content=file.read(),
            by=person(request),
        )
        return redirect("roster:import", import_id=record.pk)
    context = {"form": form, "records": selectors.imports_of(person(request))[:20]}
    context["office"] = may(person(request), "roster.OneRosterSet", "manage")
    return render(request, "roster/imports.html", context, status=422 if form.errors else 200)


def _record(request: HttpRequest, import_id: int) -> RosterImport:
    return get_object_or_404(
        visible(person(request), RosterImport, "view").select_related("school", "by", "layout"), pk=import_id
    )


@access("roster.RosterImport", "view")
def preview(request: HttpRequest, import_id: int) -> HttpResponse:
    """What a list would change, what is wrong in it, and afterwards what it did; while it is read, how far that is."""
    record = _record(request, import_id)
    if record.working:
        part = "#progress" if request.headers.get("HX-Request") == "true" else ""
        return render(request, f"roster/import_progress.html{part}", {"record": record})
    if request.headers.get("HX-Request") == "true":
        # The page that asked shows progress only: what came of it is another page.
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    if record.state == RosterImport.State.MAPPING:
        return redirect("roster:import-columns", import_id=record.pk)
    return _page(request, record, ConfirmForm())


def _page(request: HttpRequest, record: RosterImport, form: ConfirmForm, status: int = 200) -> HttpResponse:
    repairs = any(fault["suggestion"] for fault in record.faults)
    context: dict[str, Any] = {
        "record": record,
        "form": form,
        "page": Paginator(record.faults, _FAULTS).get_page(request.GET.get("page")),
        "repairs": repairs,
        "bad_rows": record.counts.get("rows", 0) - record.counts.get("good", 0),
        "waiting": record.state == RosterImport.State.PREVIEW,
        "nothing": not any(record.counts.get(key) for key in ("new", "changed", "people", "classes", "ended")),
    }
    return render(request, "roster/import.html", context, status=status)


@access("roster.RosterImport", "add")
@require_POST
def confirm(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take a previewed list over."""
    record = _record(request, import_id)
    form = ConfirmForm(request.POST)
    form.is_valid()
    outcome = import_confirm(record=record, by=person(request), **form.cleaned_data)
    if outcome is None:
        messages.info(request, _("The list is being written. You may leave this page; it goes on."))
    elif outcome.written:
        done = ngettext("%(count)s row was taken over.", "%(count)s rows were taken over.", outcome.good)
        messages.success(request, done % {"count": outcome.good})
    elif outcome.refusal:
        messages.error(request, outcome.refusal)
    return redirect("roster:import", import_id=record.pk)


@access("roster.RosterImport", "add")
@require_POST
def cancel(request: HttpRequest, import_id: int) -> HttpResponse:
    """Forget a sent list."""
    record = _record(request, import_id)
    if not import_cancel(record=record):
        messages.error(request, _("The list can no longer be dropped: it is being written, or was answered already."))
        return redirect("roster:import", import_id=record.pk)
    messages.info(request, _("The list was dropped; nothing was changed."))
    return redirect("roster:imports")


@access("roster.RosterImport", "view")
def report(request: HttpRequest, import_id: int, form: str) -> HttpResponse:
    """The faults as CSV or as a workbook."""
    record = _record(request, import_id)
    faults = [Fault(**fault) for fault in record.faults]
    if form == "xlsx":
        head = [_("Row"), _("Column"), _("Value"), _("What to do")]
        rows = [
            [one.row, one.column, one.value, f"{one.sheet}: {one.message}" if one.sheet else one.message]
            for one in faults
        ]
        return attachment(table_xlsx(_("Faults"), head, rows), f"loi-{record.pk}.xlsx")
    if form != "csv":
        raise Http404
    # Excel takes a CSV without this mark for one of the old code pages.
    response = HttpResponse("\ufeff" + faults_csv(faults), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="loi-{record.pk}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
