"""A sheet's way from open to signed: handing in, taking back, locking one or all, signing, and deciding what is missing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gradebook.forms import OrderForm, ReasonForm
from gradebook.models import Group, MarkSheet
from gradebook.overview import gaps_of, led_schools, lock_preview, school_table, unlock_preview
from gradebook.services import (
    SheetError,
    may_order,
    missing_decide,
    missing_rule_fault,
    sheet_lock,
    sheet_revoke,
    sheet_sign,
    sheet_submit,
    sheet_take_back,
    sheet_unlock,
    sheets_lock,
    sheets_unlock,
)
from gradebook.views.sheets import attempt, done, sheet_of, term_chosen, with_reason
from school.identity.requests import person
from school.organisation.models import School
from school.policy import Actor, Role, access, can, recently_confirmed, visible

MOST_SHEETS = 1000
# Refusals that are said one by one; a page of messages is read by nobody.
MOST_SAID = 5


def _group(sheet: MarkSheet, data: Any) -> str:
    """The group that is named, the sheet's first when none is; 404 for one it does not have."""
    group = data.get("nhom") or next(iter(sheet.states), "")
    if group not in sheet.states:
        raise Http404
    return str(group)


@require_http_methods(["GET", "POST"])
@access("gradebook.MarkSheet", "edit")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is missing in a group, and handing it in."""
    sheet = sheet_of(person(request), pk, "edit")
    data = request.GET if request.method == "GET" else request.POST
    group = _group(sheet, data)
    context: dict[str, Any] = {"sheet": sheet, "group": group, "title": Group(group).label}
    status = 200
    if request.method == "POST":
        try:
            sheet_submit(sheet=sheet, group=group, by=person(request), despite_gaps=bool(request.POST.get("thieu")))
        except SheetError as error:
            context["error"], status = str(error), 422
        else:
            text = _("Column %(column)s is handed in. You can take it back until it is locked.") % {"column": group}
            return done(request, pk, text)
    context["gaps"] = gaps_of(sheet, [group])
    return render(request, "gradebook/submit.html", context, status=status)


@require_POST
@access("gradebook.MarkSheet", "edit")
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what was handed in."""
    sheet = sheet_of(person(request), pk, "edit")
    group = _group(sheet, request.POST)
    text = _("Column %(column)s is open again.") % {"column": group}
    return attempt(request, pk, text, sheet_take_back, sheet=sheet, group=group)


@require_POST
@access("gradebook.MarkSheet", "lock")
def lock(request: HttpRequest, pk: int) -> HttpResponse:
    """Lock the chosen groups of a sheet, all of them when none is named."""
    sheet, groups = sheet_of(person(request), pk, "lock"), request.POST.getlist("nhom") or None
    return attempt(request, pk, _("The sheet is locked."), sheet_lock, sheet=sheet, groups=groups)


@require_POST
@recently_confirmed
@access("gradebook.MarkSheet", "lock")
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Open locked groups again, with a reason."""
    groups = request.POST.getlist("nhom") or None
    return with_reason(request, pk, "lock", sheet_unlock, _("The sheet is open again."), groups=groups)


@require_POST
@recently_confirmed
@access("gradebook.MarkSheet", "sign")
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign a sheet that is locked as a whole."""
    sheet = sheet_of(person(request), pk, "sign")
    return attempt(request, pk, _("The sheet is signed."), sheet_sign, sheet=sheet)


@require_POST
@recently_confirmed
@access("gradebook.MarkSheet", "sign")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a signature, with a reason."""
    return with_reason(request, pk, "sign", sheet_revoke, _("The signature is revoked; the sheet is locked."))


def _cells(values: list[str]) -> set[tuple[int, int]]:
    """Ticked cells, "student-column"; what is no such pair is left out."""
    found = set()
    for value in values:
        student, _sep, column = value.partition("-")
        if student.isdigit() and column.isdigit():
            found.add((int(student), int(column)))
    return found


@require_http_methods(["GET", "POST"])
@access("gradebook.MarkSheet", "edit")
def missing(request: HttpRequest, pk: int) -> HttpResponse:
    """What is still missing after the make-up deadline, and the decision that the rule turns it into 0 or Chưa đạt."""
    sheet = sheet_of(person(request), pk, "edit")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"sheet": sheet, "form": form, "fault": missing_rule_fault(sheet)}
    status = 200
    chosen = _cells(request.POST.getlist("o"))
    if request.method == "POST":
        status = 422
        if not chosen:
            context["error"] = _("Tick the missing marks that the rule decides.")
        elif form.is_valid():
            try:
                count = missing_decide(
                    sheet=sheet, cells=chosen, by=person(request), reason=form.cleaned_data["reason"]
                )
            except SheetError as error:
                context["error"] = str(error)
            else:
                text = ngettext(
                    "%(n)s missing mark was decided by the rule.",
                    "%(n)s missing marks were decided by the rule.",
                    count,
                ) % {"n": count}
                return done(request, pk, text)
    open_groups = [group for group, state in sheet.states.items() if state == "open"]
    context["gaps"] = gaps_of(sheet, open_groups) if open_groups else []
    context["chosen"] = {f"{student}-{column}" for student, column in chosen}
    return render(request, "gradebook/missing.html", context, status=status)


def school_chosen(request: HttpRequest, *roles: Role) -> tuple[School | None, list[School]]:
    """The school that ``?truong=`` names, else the first, of those in which the person holds one of the roles."""
    found = led_schools(person(request), *roles)
    chosen = next((school for school in found if str(school.pk) == request.GET.get("truong")), None)
    return chosen or (found[0] if found else None), found


@require_GET
@access("gradebook.MarkSheet", "states")
def overview(request: HttpRequest) -> HttpResponse:
    """All sheets of a school in one table: how far each column has come, what is missing, and locking many at once."""
    term, terms = term_chosen(request)
    school, others = school_chosen(request, Role.PRINCIPAL, Role.VICE_PRINCIPAL, Role.SCHOOL_ADMIN)
    if term is None or school is None:
        return render(request, "gradebook/overview.html", {"table": None})
    sheets = visible(person(request), MarkSheet, "states").filter(school=school)
    table = school_table(sheets, term)
    grades = sorted({row.school_class.grade for row in table.rows})
    grade = request.GET.get("khoi", "")
    if grade.isdigit():
        table.rows[:] = [row for row in table.rows if row.school_class.grade == int(grade)]
    closes = visible(person(request), MarkSheet, "close").filter(school=school, term=term).exists()
    base = f"truong={school.pk}&hk={term.number}"
    return render(
        request,
        "gradebook/overview.html",
        {
            "table": table,
            "school": school,
            "term": term,
            "grade": grade,
            "may_close": closes,
            "reads_marks": school.pk in Actor.of(request.user).schools(Role.PRINCIPAL, Role.VICE_PRINCIPAL),
            "tabs": [(item.name, f"?truong={school.pk}&hk={item.number}", item == term) for item in terms],
            "grade_tabs": [
                (_("All grades"), f"?{base}", not grade.isdigit()),
                *((_("Grade %(n)s") % {"n": n}, f"?{base}&khoi={n}", str(n) == grade) for n in grades),
            ],
            "schools": [(str(item), f"?truong={item.pk}", item == school) for item in others] if others[1:] else [],
            "groups": [(group.value, group.label) for group in Group],
        },
    )


def _many(request: HttpRequest, service: Any, *, unlocks: bool) -> HttpResponse:
    """Before many sheets are locked or opened: what would happen to each and what stops it; with ``ghi`` it is done."""
    chosen = [int(pk) for pk in request.POST.getlist("so") if pk.isdigit()][:MOST_SHEETS]
    groups = [group for group in request.POST.getlist("nhom") if group in Group.values]
    sheets = list(
        visible(person(request), MarkSheet, "close")
        .filter(pk__in=chosen)
        .select_related("school_class", "subject", "term", "school__node")
    )
    if not sheets or not groups:
        messages.error(request, _("Choose at least one sheet and one column."))
        return redirect("gradebook:overview")
    school, term = sheets[0].school, sheets[0].term
    sheets = [sheet for sheet in sheets if sheet.school_id == school.pk and sheet.term_id == term.pk]
    back = f"{reverse('gradebook:overview')}?truong={school.pk}&hk={term.number}"
    # Whoever may not lock by their own right carries out somebody's order, and says whose.
    on_order = not can(request.user, "lock", sheets[0])
    sent = request.POST if "ghi" in request.POST else None
    form: Any = OrderForm(sent, people=may_order(school)) if on_order else ReasonForm(sent) if unlocks else None
    if sent is not None and (form is None or form.is_valid()):
        done_to, refused = service(
            sheets=sheets, by=person(request), groups=groups, **(form.cleaned_data if form else {})
        )
        if unlocks:
            text = ngettext("%(n)s sheet opened again.", "%(n)s sheets opened again.", done_to)
        else:
            text = ngettext("%(n)s sheet locked.", "%(n)s sheets locked.", done_to)
        messages.success(request, text % {"n": done_to})
        for one in refused[:MOST_SAID]:
            messages.warning(request, f"{one.sheet}: {one.why}")
        if refused[MOST_SAID:]:
            more = len(refused) - MOST_SAID
            messages.warning(
                request,
                ngettext("%(n)s more sheet stays as it is.", "%(n)s more sheets stay as they are.", more) % {"n": more},
            )
        return redirect(back)
    lines = unlock_preview(sheets, groups, term) if unlocks else lock_preview(sheets, groups, term)
    return render(
        request,
        "gradebook/lock_many.html",
        {
            "lines": lines,
            "ready": sum(line.ready for line in lines),
            "stopped": sum(not line.ready for line in lines),
            "groups": groups,
            "sheets": sheets,
            "form": form,
            "back": back,
            "term": term,
            "on_order": on_order,
            "unlocks": unlocks,
        },
        status=422 if form is not None and form.errors else 200,
    )


@require_POST
@access("gradebook.MarkSheet", "close")
def lock_many(request: HttpRequest) -> HttpResponse:
    """Lock the chosen columns of the chosen sheets, after a look at what stops it."""
    return _many(request, sheets_lock, unlocks=False)


@require_POST
@recently_confirmed
@access("gradebook.MarkSheet", "close")
def unlock_many(request: HttpRequest) -> HttpResponse:
    """Open the chosen columns of the chosen sheets again, with a reason."""
    return _many(request, sheets_unlock, unlocks=True)
