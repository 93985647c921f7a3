"""What is done to several people: chosen, looked at, done, taken back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from school.attachments import attachment
from school.identity.requests import person
from school.people import selectors
from school.people.forms import ActionForm
from school.people.models import BulkAction
from school.people.processing.doing import UNDOABLE
from school.people.processing.planning import Line, plan
from school.people.services import bulk_cancel, bulk_confirm, bulk_prepare, bulk_undo, sheet_fetch
from school.people.services.bulk import LIMIT
from school.people.views.directory import number, wanted_of
from school.policy import access, recently_confirmed, visible

_LINES = 200


def _action(request: HttpRequest, action_id: int) -> BulkAction:
    return get_object_or_404(visible(person(request), BulkAction).select_related("by"), pk=action_id)


def _chosen(request: HttpRequest) -> list[int]:
    """The people ticked, or all whom the list's question finds."""
    if request.POST.get("all") == "1":
        found = selectors.directory(person(request), wanted_of(request.GET))
        return list(found.values_list("pk", flat=True)[: LIMIT + 1])
    return [pk for pk in map(number, request.POST.getlist("who")[: LIMIT + 1]) if pk is not None]


@access("people.BulkAction", "view")
@require_safe
def actions(request: HttpRequest) -> HttpResponse:
    """What one has done to several people."""
    page = Paginator(selectors.actions_of(person(request)), 50).get_page(request.GET.get("page"))
    return render(request, "people/actions.html", {"page": page})


@access("people.BulkAction", "view")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Ask what the action still needs to know, then prepare it and show whom it concerns."""
    verb, chosen = request.POST.get("verb", ""), _chosen(request)
    if verb not in BulkAction.Verb.values or not chosen:
        messages.error(request, _("Tick at least one person and choose what to do."))
        return redirect("people:list")
    asked = request.POST.get("step") == "options"
    form = ActionForm(request.POST if asked else None, verb=verb, user=person(request))
    if not form.fields or (asked and form.is_valid()):
        options = form.options if form.fields else {}
        try:
            made = bulk_prepare(verb=verb, people=chosen, options=options, by=person(request))
        except ValidationError as error:
            if not form.fields:
                messages.error(request, " ".join(error.messages))
                return redirect("people:list")
            form.add_error(None, error)
        else:
            return redirect("people:action", action_id=made.pk)
    context = {"form": form, "verb": verb, "title": BulkAction.Verb(verb).label, "chosen": chosen}
    return render(request, "people/options.html", context, status=422 if form.errors else 200)


def _lines(action: BulkAction) -> list[Line]:
    """The plan while it waits, what was done afterwards."""
    if action.state == BulkAction.State.PREVIEW:
        return plan(action)
    people = selectors.people_told(action)
    return [Line(people[row["id"]], row["then"], row["refusal"]) for row in action.result if row["id"] in people]


@access("people.BulkAction", "view")
@require_safe
def action(request: HttpRequest, action_id: int) -> HttpResponse:
    """Whom an action concerns, what changes, what is refused and why; then how far it is and what came of it."""
    found = _action(request, action_id)
    problem, lines = "", []
    try:
        lines = _lines(found)
    except ValidationError as error:
        problem = " ".join(error.messages)
    good = [one for one in lines if not one.refusal]
    context: dict[str, Any] = {
        "action": found,
        "problem": problem,
        "good": good[:_LINES],
        "good_count": len(good),
        "refused": [one for one in lines if one.refusal][:_LINES],
        "refused_count": len(lines) - len(good),
        "undoable": found.state == BulkAction.State.DONE and found.verb in UNDOABLE and bool(found.undo),
        "running": found.state in {BulkAction.State.QUEUED, BulkAction.State.RUNNING},
        "sheet": bool(found.sealed),
    }
    part = "#progress" if request.headers.get("HX-Request") == "true" else ""
    return render(request, f"people/action.html{part}", context)


@recently_confirmed
@access("people.BulkAction", "view")
@require_POST
def confirm(request: HttpRequest, action_id: int) -> HttpResponse:
    """Do it."""
    bulk_confirm(action=_action(request, action_id))
    return redirect("people:action", action_id=action_id)


@access("people.BulkAction", "view")
@require_POST
def cancel(request: HttpRequest, action_id: int) -> HttpResponse:
    """Leave everybody as they are."""
    bulk_cancel(action=_action(request, action_id))
    messages.info(request, _("Nothing was changed."))
    return redirect("people:list")


@access("people.BulkAction", "view")
@require_POST
def undo(request: HttpRequest, action_id: int) -> HttpResponse:
    """Take it back."""
    try:
        bulk_undo(action=_action(request, action_id))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Taken back: everything is as before."))
    return redirect("people:action", action_id=action_id)


@access("people.BulkAction", "view")
@require_POST
def sheet(request: HttpRequest, action_id: int) -> HttpResponse:
    """The slips as PDF, once; afterwards they exist only where they were saved."""
    try:
        pdf = sheet_fetch(action=_action(request, action_id))
    except ValueError:
        messages.error(request, _("The sheet is no longer there. Make new slips."))
        return redirect("people:action", action_id=action_id)
    return attachment(pdf, f"phieu-{action_id}.pdf")
