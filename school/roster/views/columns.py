"""Which column of a sent file holds what: the person says so once, files like it are read so from then on."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from school.identity.requests import person
from school.policy import access, visible
from school.roster.forms import ColumnsForm
from school.roster.models import ColumnLayout, RosterImport
from school.roster.processing.columns import SEARCHED_ROWS, Layout
from school.roster.processing.matching import Matching, matching_of
from school.roster.processing.tables import TableError, read_sheets
from school.roster.selectors import layouts_managed
from school.roster.services import import_columns, layout_forget, layout_remember

_WAITING = (RosterImport.State.MAPPING, RosterImport.State.PREVIEW)


@access("roster.RosterImport", "add")
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, import_id: int) -> HttpResponse:
    """The file's columns with some of their values beside what a list may hold."""
    record = get_object_or_404(
        visible(person(request), RosterImport, "view").select_related("school__node"), pk=import_id
    )
    if record.state not in _WAITING:
        return redirect("roster:import", import_id=record.pk)
    try:
        matching = _matching(record, request.POST.get("row") or request.GET.get("row", ""))
    except TableError as problem:
        messages.error(request, str(problem))
        return redirect("roster:imports")
    form = ColumnsForm(
        request.POST or None, kind=record.kind, matching=matching, school=record.school, user=person(request)
    )
    if request.method == "POST" and form.is_valid():
        _keep(request, record, matching, form)
        return redirect("roster:import", import_id=record.pk)
    return render(
        request,
        "roster/columns.html",
        {"record": record, "matching": matching, "form": form},
        status=422 if form.errors else 200,
    )


def _matching(record: RosterImport, wanted: str) -> Matching:
    row = int(wanted) if wanted.isascii() and wanted.isdigit() and int(wanted) < SEARCHED_ROWS else record.header_row
    layouts = [Layout(record.columns, row=record.header_row)] if record.columns else []
    chosen = row if row != record.header_row or not record.columns else None
    return matching_of(read_sheets(bytes(record.content)), record.kind, layouts=layouts, row=chosen)


def _keep(request: HttpRequest, record: RosterImport, matching: Matching, form: ColumnsForm) -> None:
    layout = None
    place = {"school": record.school, "office": form.office}.get(form.cleaned_data["remember"])
    if place:
        layout = layout_remember(
            place=place,
            kind=record.kind,
            fingerprint=matching.fingerprint,
            name=form.cleaned_data["name"] or record.file_name,
            columns=form.chosen,
            by=person(request),
        )
    if not import_columns(record=record, row=matching.row, columns=form.chosen, layout=layout):
        messages.error(request, _("This list has already been answered or was not answered in time. Send it again."))


@access("roster.ColumnLayout", "manage")
def layouts(request: HttpRequest) -> HttpResponse:
    """What is remembered of files' columns."""
    return render(request, "roster/layouts.html", {"layouts": layouts_managed(person(request))})


@access("roster.ColumnLayout", "manage")
@require_POST
def forget(request: HttpRequest, layout_id: int) -> HttpResponse:
    """Forget the columns of one layout."""
    layout = get_object_or_404(visible(person(request), ColumnLayout, "manage"), pk=layout_id)
    layout_forget(layout=layout)
    messages.success(request, _("The columns of “%(name)s” were forgotten.") % {"name": layout.name})
    return redirect("roster:layouts")
