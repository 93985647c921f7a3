"""When marks may be entered at an office or a school, and the delegation of locking to a vice principal."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gradebook.entry import NO_LIMIT, Window, windows_of
from gradebook.forms import DelegationForm
from gradebook.models import EntryWindow, LockDelegation
from gradebook.overview import delegations_in_force, own_windows, places_of
from gradebook.services import SheetError, delegation_give, delegation_withdraw, windows_set
from gradebook.services.windows import vice_principals
from gradebook.views.states import school_chosen
from school.dated import today
from school.identity.requests import person
from school.organisation.models import Node, SchoolYear, Term
from school.policy import Actor, Role, access, recently_confirmed, visible


def _said(sent: Any, name: str, known: datetime.date | None) -> str:
    """A day as the field shows it: what was sent, else what is set."""
    kept = f"{known:%Y-%m-%d}" if known else ""
    return str(sent.get(name, kept)) if sent is not None else kept


def _lines(node: Node, terms: list[Term], sent: Any) -> list[dict[str, Any]]:
    """A line of the form for each part of each term: what is set here, what holds above, what was sent."""
    own = own_windows(node, terms)
    above = windows_of(node.parent, terms) if node.parent else {}
    lines = []
    for place, term in enumerate(terms):
        for part in EntryWindow.Part:
            # The summer follows the year's last term.
            if part == EntryWindow.Part.SUMMER and place < len(terms) - 1:
                continue
            row, name = own.get((term.pk, part.value)), f"{term.pk}-{part.value}"
            lines.append(
                {
                    "term": term,
                    "part": part,
                    "name": name,
                    "key": (term.pk, part.value),
                    "opens": _said(sent, f"tu-{name}", row.opens if row else None),
                    "closes": _said(sent, f"den-{name}", row.closes if row else None),
                    "above": above.get((term.pk, part.value), NO_LIMIT),
                    "row": row,
                }
            )
    return lines


def _day(text: str) -> datetime.date | None:
    """A day as a date field sends it, None for nothing. Raises ValueError for anything else."""
    if not text.strip():
        return None
    day = parse_date(text.strip())
    if day is None:
        raise ValueError(text)
    return day


@require_http_methods(["GET", "POST"])
@access("gradebook.EntryWindow", "set")
def windows(request: HttpRequest) -> HttpResponse:
    """The days of entry of a place: an office's latest dates, or a school's within them."""
    places = places_of(person(request))
    node = next((one for one in places if str(one.pk) == request.GET.get("noi")), places[0] if places else None)
    year = SchoolYear.objects.current()
    if node is None or year is None:
        return render(request, "gradebook/windows.html", {"node": None})
    terms = list(year.terms.order_by("starts"))
    error, status = "", 200
    lines = _lines(node, terms, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            wanted = {line["key"]: Window(_day(line["opens"]), _day(line["closes"])) for line in lines}
            count = windows_set(node=node, windows=wanted, by=person(request))
        except ValueError:
            error, status = _("A day cannot be read: choose it in the calendar, or type it as year-month-day."), 422
        except SheetError as refused:
            error, status = str(refused), 422
        else:
            messages.success(request, _("The days of entry are set.") if count else _("Nothing was changed."))
            return redirect(f"{reverse('gradebook:windows')}?noi={node.pk}")
    return render(
        request,
        "gradebook/windows.html",
        {
            "node": node,
            "lines": lines,
            "terms": terms,
            "year": year,
            "error": error,
            "is_school": hasattr(node, "school"),
            "tabs": [(one.name, f"?noi={one.pk}", one == node) for one in places] if places[1:] else [],
        },
        status=status,
    )


@require_GET
@access("gradebook.LockDelegation", "view")
def delegations(request: HttpRequest) -> HttpResponse:
    """Who locks in the principal's place, now and formerly."""
    return _delegations(request, None)


def _delegations(request: HttpRequest, form: DelegationForm | None) -> HttpResponse:
    school, others = school_chosen(request, Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)
    rows = visible(person(request), LockDelegation).filter(school=school).select_related("delegate", "by")
    in_force = delegations_in_force(school)
    gives = school is not None and school.pk in Actor.of(request.user).schools(Role.PRINCIPAL)
    if form is None and gives and school is not None:
        form = DelegationForm(people=vice_principals(school), initial={"starts": today()})
    return render(
        request,
        "gradebook/delegations.html",
        {
            "school": school,
            "rows": [(row, row.pk in in_force) for row in rows],
            "today": today(),
            "form": form,
            "tabs": [(str(one), f"?truong={one.pk}", one == school) for one in others] if others[1:] else [],
        },
        status=422 if form is not None and form.is_bound else 200,
    )


@require_POST
@recently_confirmed
@access("gradebook.LockDelegation", "give")
def delegate(request: HttpRequest) -> HttpResponse:
    """Delegate locking to a vice principal."""
    school, _others = school_chosen(request, Role.PRINCIPAL)
    if school is None:
        return redirect("gradebook:delegations")
    form = DelegationForm(request.POST, people=vice_principals(school))
    if form.is_valid():
        try:
            made = delegation_give(school=school, by=person(request), **form.cleaned_data)
        except SheetError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("%(name)s may lock sheets and decide corrections.") % {"name": made.delegate.full_name}
            )
            return redirect(f"{reverse('gradebook:delegations')}?truong={school.pk}")
    return _delegations(request, form)


@require_POST
@access("gradebook.LockDelegation", "give")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a delegation from now on."""
    found = get_object_or_404(visible(person(request), LockDelegation, "give"), pk=pk)
    if delegation_withdraw(found):
        messages.success(request, _("The delegation is withdrawn."))
    return redirect(f"{reverse('gradebook:delegations')}?truong={found.school_id}")
