"""A sheet's columns beside the circular's own: topic cluster, second tests, a university course's components."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gradebook.models import Group, MarkColumn
from gradebook.regulations import Circular
from gradebook.services import (
    Component,
    SheetError,
    cluster_add,
    column_remove,
    components_set,
    retest_add,
)
from gradebook.services.columns import MOST_COMPONENTS, takes_cluster
from gradebook.views.sheets import column_title, sheet_of
from school.identity.requests import person
from school.policy import access


def _components(request: HttpRequest) -> list[Component]:
    """The filled lines of the outline's form. Raises SheetError for a share that is no whole number."""
    found = []
    for place in range(MOST_COMPONENTS):
        title = request.POST.get(f"ten-{place}", "").strip()
        weight = request.POST.get(f"trong-so-{place}", "").strip().removesuffix("%").strip()
        if not title and not weight:
            continue
        if not weight.isascii() or not weight.isdigit():
            raise SheetError(_("A share is a whole number of per cent, for example 40."))
        found.append(Component(title, request.POST.get(f"phan-{place}", ""), int(weight)))
    return found


def _lines(request: HttpRequest, columns: list[MarkColumn]) -> list[dict[str, Any]]:
    """The lines of the outline's form: what was sent, else what stands, then empty ones."""
    lines = []
    for place in range(MOST_COMPONENTS):
        column = columns[place] if place < len(columns) else None
        sent = request.POST if request.method == "POST" else {}
        lines.append(
            {
                "place": place,
                "title": sent.get(f"ten-{place}", (column.title or column.get_kind_display()) if column else ""),
                "weight": sent.get(f"trong-so-{place}", column.weight if column else ""),
                "group": sent.get(f"phan-{place}", column.group if column else Group.TX),
            }
        )
    return lines


@require_http_methods(["GET", "POST"])
@access("gradebook.MarkSheet", "edit")
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Add or take away a column, or set the outline."""
    sheet = sheet_of(person(request), pk, "edit")
    error, status = "", 200
    if request.method == "POST":
        try:
            _do(request, pk)
        except SheetError as caught:
            error, status = str(caught), 422
        else:
            messages.success(request, _("The columns are set."))
            return redirect("gradebook:sheet-columns", pk=pk)
    rows = list(sheet.columns.all())
    university = sheet.circular == Circular.TT08
    scored = [column for column in rows if column.is_scored]
    return render(
        request,
        "gradebook/columns.html",
        {
            "sheet": sheet,
            "rows": [(column, column_title(column)) for column in rows],
            "error": error,
            "university": university,
            "lines": _lines(request, scored) if university else [],
            "parts": [(group.value, group.label) for group in Group],
            "cluster": takes_cluster(sheet) and not any(column.role == "cluster" for column in rows),
            "retests": [
                (column.group, column_title(column))
                for column in rows
                if column.scale == MarkColumn.Scale.WHOLE
                and not any(other.role == "retest" and other.group == column.group for other in rows)
            ],
        },
        status=status,
    )


def _do(request: HttpRequest, pk: int) -> None:
    """What the pressed button asks for. Raises SheetError."""
    user = person(request)
    sheet = sheet_of(user, pk, "edit")
    what, _sep, about = request.POST.get("viec", "").partition(":")
    if what == "chuyen-de":
        cluster_add(sheet=sheet, by=user, on_top=about != "thay")
    elif what == "lan-hai":
        retest_add(sheet=sheet, group=about, by=user)
    elif what == "bo":
        column = sheet.columns.filter(pk=int(about) if about.isdigit() else 0).first()
        if column is None:
            raise SheetError(_("The sheet has no such column."))
        column_remove(sheet=sheet, column=column, by=user)
    elif what == "de-cuong":
        components_set(
            sheet=sheet,
            components=_components(request),
            pass_only=bool(request.POST.get("dat")),
            one_allowed=bool(request.POST.get("mot")),
            by=user,
        )
    else:
        raise SheetError(_("Choose what is to be done."))
