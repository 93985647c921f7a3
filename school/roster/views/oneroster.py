"""OneRoster sets of an office: one is sent, looked at and taken over; one is made and carried away."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from school.identity.requests import person
from school.policy import access, recently_confirmed, visible
from school.roster.forms import AcceptForm, SetExportForm, SetForm
from school.roster.models import OneRosterSet
from school.roster.oneroster.files import Problem, problems_csv
from school.roster.services import oneroster_cancel, oneroster_confirm, oneroster_export, oneroster_send

_FAULTS = 100


@access("roster.OneRosterSet", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
def sets(request: HttpRequest) -> HttpResponse:
    """Send a set, make one; what was sent before stands below."""
    form = SetForm(request.POST or None, request.FILES or None, user=person(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        sent = oneroster_send(
            node=form.cleaned_data["node"], file_name=file.name, content=file.read(), by=person(request)
        )
        return redirect("roster:oneroster-set", set_id=sent.pk)
    context = {
        "form": form,
        "export": SetExportForm(user=person(request)),
        "sets": visible(person(request), OneRosterSet, "manage").defer("content", "faults").select_related("by")[:20],
    }
    return render(request, "roster/oneroster.html", context, status=422 if form.errors else 200)


@access("roster.OneRosterSet", "manage")
@require_POST
@recently_confirmed
def export(request: HttpRequest) -> HttpResponse:
    """A set as a zip; it holds everybody's data, so it is told to the trail."""
    form = SetExportForm(request.POST, user=person(request))
    if not form.is_valid():
        messages.error(request, _("Choose the version and the schools once more."))
        return redirect("roster:oneroster")
    version = form.cleaned_data["version"]
    content = oneroster_export(
        version=version, schools=form.schools, by=person(request), since=form.cleaned_data["since"]
    )
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="oneroster-{version}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


def _set(request: HttpRequest, set_id: int) -> OneRosterSet:
    found = visible(person(request), OneRosterSet, "manage").defer("content").select_related("by", "node")
    return get_object_or_404(found, pk=set_id)


@access("roster.OneRosterSet", "manage")
def preview(request: HttpRequest, set_id: int) -> HttpResponse:
    """What a set would change and what is wrong in it; while it is read, that it is."""
    sent = _set(request, set_id)
    if request.headers.get("HX-Request") == "true" and not sent.working:
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    part = "#progress" if request.headers.get("HX-Request") == "true" else ""
    names = {"new": _("New"), "changed": _("Changed"), "ended": _("Ended")}
    context: dict[str, Any] = {
        "set": sent,
        "form": AcceptForm(),
        "waiting": sent.state == OneRosterSet.State.PREVIEW,
        "whole": not any(fault["row"] == 1 for fault in sent.faults),
        "counts": [(names[what], sorted(sent.counts.get(what, {}).items())) for what in names],
        "page": Paginator(sent.faults, _FAULTS).get_page(request.GET.get("page")),
    }
    return render(request, f"roster/oneroster_set.html{part}", context)


@access("roster.OneRosterSet", "manage")
@require_POST
def confirm(request: HttpRequest, set_id: int) -> HttpResponse:
    """Take a previewed set over."""
    sent, form = _set(request, set_id), AcceptForm(request.POST)
    form.is_valid()
    if not oneroster_confirm(sent=sent, accept_valid=form.cleaned_data["accept_valid"]):
        messages.error(request, _("This set has already been answered. Send it again."))
    return redirect("roster:oneroster-set", set_id=sent.pk)


@access("roster.OneRosterSet", "manage")
@require_POST
def cancel(request: HttpRequest, set_id: int) -> HttpResponse:
    """Forget a sent set."""
    if oneroster_cancel(sent=_set(request, set_id)):
        messages.info(request, _("The set was dropped; nothing was changed."))
    else:
        messages.error(request, _("The set can no longer be dropped: it is being written, or was answered already."))
    return redirect("roster:oneroster")


@access("roster.OneRosterSet", "manage")
def report(request: HttpRequest, set_id: int) -> HttpResponse:
    """The faults as CSV."""
    sent = _set(request, set_id)
    text = problems_csv([Problem(**fault) for fault in sent.faults])
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="oneroster-{sent.pk}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
