"""The teacher's sheets: list, the sheet itself, saving, publishing, printing, history."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gradebook.entry import entries_of
from gradebook.forms import ReasonForm
from gradebook.lesson_scores import columns_for
from gradebook.models import Group, MarkColumn, MarkLog, MarkSheet
from gradebook.regulations import Circular
from gradebook.selectors import grid_of, sheet_entries, sheet_students, with_place
from gradebook.services import (
    Change,
    SheetError,
    marks_save,
    sheet_open,
    sheet_publish,
    sheet_unpublish,
)
from gradebook.services.columns import takes_cluster
from gradebook.services.marks import fault_text
from school.audit.services import viewed
from school.identity.models import User
from school.identity.requests import person
from school.organisation.models import SchoolClass, Subject, Term
from school.policy import Actor, Role, access, can, visible

MOST_CHANGES = 2000


def term_chosen(request: HttpRequest) -> tuple[Term | None, list[Term]]:
    """The term that ``?hk=`` names, else the current one, and the terms of its year."""
    current = Term.objects.current()
    if current is None:
        return None, []
    terms = list(Term.objects.filter(year=current.year_id).select_related("year"))
    chosen = next((term for term in terms if str(term.number) == request.GET.get("hk")), current)
    return next(term for term in terms if term.pk == chosen.pk), terms


def sheet_of(user: User, pk: int, action: str = "view") -> MarkSheet:
    """The sheet with what its pages name. Raises Http404 where the person may not do ``action`` with it."""
    return get_object_or_404(with_place(visible(user, MarkSheet, action)), pk=pk)


@require_GET
@access("gradebook.MarkSheet", "view")
def sheet_list(request: HttpRequest) -> HttpResponse:
    """Sheets the person may read, one's own first; unopened ones of one's own assignments with a button."""
    term, terms = term_chosen(request)
    entries = sheet_entries(person(request), term) if term else []
    tabs = [(item.name, f"?hk={item.number}", item == term) for item in terms]
    return render(
        request,
        "gradebook/sheets.html",
        {
            "term": term,
            "tabs": tabs,
            "own": [entry for entry in entries if entry.editable],
            "others": [entry for entry in entries if not entry.editable],
        },
    )


@require_POST
@access("gradebook.MarkSheet", "edit")
def open_sheet(request: HttpRequest) -> HttpResponse:
    """Open the sheet of a class and subject that the person teaches; anything else is not found."""
    try:
        class_id, subject_id, term_id = (int(request.POST.get(name, "")) for name in ("lop", "mon", "hk"))
    except ValueError:
        class_id = subject_id = term_id = 0
    assigned = (class_id, subject_id) in Actor.of(request.user).taught
    school_class = get_object_or_404(visible(person(request), SchoolClass), pk=class_id if assigned else 0)
    term = get_object_or_404(Term, pk=term_id, year=school_class.year_id)
    try:
        opened = sheet_open(school_class=school_class, subject=Subject.objects.get(pk=subject_id), term=term)
    except SheetError as error:
        messages.error(request, str(error))
        return redirect("gradebook:sheets")
    return redirect("gradebook:sheet", pk=opened.pk)


def column_title(column: MarkColumn) -> str:
    """A column in full, for labels and the line above the grid."""
    kind = column.get_kind_display()
    if column.scale == MarkColumn.Scale.TEXT:
        if column.group == Group.GK:
            return _("Teacher's remark, midterm")
        return _("Teacher's remark")
    if column.title:
        return _("%(kind)s (%(weight)s %%)") % {"kind": column.title, "weight": column.weight}
    if column.role == MarkColumn.Role.CLUSTER:
        return _("Topic cluster (coefficient 1)")
    if column.kind == MarkColumn.Kind.TX:
        return _("%(kind)s %(number)s (coefficient 1)") % {"kind": kind, "number": column.number}
    if column.scale == MarkColumn.Scale.LEVEL:
        return _("%(kind)s, level") % {"kind": kind}
    if column.role == MarkColumn.Role.RETEST:
        return _("%(kind)s, second test (the last one counts)") % {"kind": kind}
    if column.scale == MarkColumn.Scale.WHOLE:
        return _("%(kind)s, test") % {"kind": kind}
    if column.weight > 10:
        return _("%(kind)s (%(weight)s %%)") % {"kind": kind, "weight": column.weight}
    return _("%(kind)s (coefficient %(weight)s)") % {"kind": kind, "weight": column.weight}


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: its short label, the title in full, and why it takes no marks now."""

    column: MarkColumn
    label: str
    title: str
    why: str

    @property
    def in_regular(self) -> bool:
        """Whether it stands under the common head of the regular assessments."""
        return self.column.kind == MarkColumn.Kind.TX and not self.column.title

    @property
    def is_words(self) -> bool:
        """Whether it is a wide column of text."""
        return self.column.scale == MarkColumn.Scale.TEXT


def column_label(column: MarkColumn) -> str:
    """What stands at the head of a narrow column."""
    if column.role == MarkColumn.Role.CLUSTER:
        return _("Cluster")
    if column.scale == MarkColumn.Scale.LEVEL:
        return _("%(kind)s level") % {"kind": column.kind}
    if column.role == MarkColumn.Role.RETEST:
        return _("%(kind)s test 2") % {"kind": column.kind}
    if column.scale == MarkColumn.Scale.WHOLE:
        return _("%(kind)s test") % {"kind": column.kind}
    if column.kind == MarkColumn.Kind.TX and not column.title:
        return str(column.number)
    return column.title or column.code


def _words() -> dict[str, Any]:
    """What the grid says, in the reader's language."""
    return {
        "faults": {name: fault_text(name) for name in ("format", "range", "whole", "pass", "level", "long")},
        "restored": _("{n} cells that were not sent last time are back."),
        "pasted": _("{n} cells pasted in the order of the table: check that the list has the same order."),
        "matched": _("{n} cells pasted, each to the pupil it names."),
        "rounded": _("{n} rounded to one decimal."),
        "bad": _("{n} cells to correct"),
        "shut": _("{n} locked cells left as they are."),
        "outside": _("{n} cells outside the table left out."),
        "undone": _("{n} cells undone."),
        "mine": _("Keep mine: {value}"),
        "theirs": _("Take theirs: {value}"),
        "blank": _("blank"),
        "idle": _("Saved as you type"),
        "saving": _("Saving…"),
        "waiting": _("{n} cells not saved yet"),
        "saved": _("Saved at {time}"),
        "offline": _("Offline – {n} cells kept on this machine, sent when the network is back"),
        "signedOut": _("Not sent: reload the page and sign in. The marks are kept on this machine."),
    }


def _formula(sheet: MarkSheet) -> str:
    """Which average the page may work out itself while typing; the server's always replaces it."""
    if sheet.circular not in ("22/2021/TT-BGDĐT", "58/2011+26/2020"):
        return ""
    if sheet.is_comment:
        return "pass" if sheet.circular == "22/2021/TT-BGDĐT" else ""
    return "average"


def _leading(request: HttpRequest, sheet: MarkSheet, actor: Actor) -> dict[str, Any]:
    """What a leader of the school may do to the sheet's state; nothing is asked of the database for anybody else."""
    leads = sheet.school_id in actor.schools(Role.PRINCIPAL, Role.VICE_PRINCIPAL)
    states = sheet.states
    return {
        "may_lock": leads and can(request.user, "lock", sheet),
        "may_sign": sheet.school_id in actor.schools(Role.PRINCIPAL),
        "to_lock": [group for group, state in states.items() if state in ("open", "submitted")],
        "to_unlock": [group for group, state in states.items() if state == "locked"],
    }


def _page(
    request: HttpRequest, sheet: MarkSheet, *, faults: list[str] | None = None, status: int = 200
) -> HttpResponse:
    # A school's own list may stand in the order of its codes: pasting from it is safe only in the same order.
    by_code = request.GET.get("xep") == "ma"
    grid = grid_of(sheet, by_code=by_code)
    siblings = visible(person(request), MarkSheet).filter(school_class=sheet.school_class_id, subject=sheet.subject_id)
    tabs = [
        (other.term.name, f"/so-diem/{other.pk}/", other.pk == sheet.pk)
        for other in siblings.select_related("term").order_by("term__starts")
    ]
    actor = Actor.of(request.user)
    own = (sheet.school_class_id, sheet.subject_id) in actor.taught
    entries = entries_of(sheet)
    heads = [
        Head(column, column_label(column), column_title(column), entries[column.group].why) for column in grid.columns
    ]
    editable = own and any(entry.cells or entry.blanks for entry in entries.values())
    if not own:
        viewed(request=request, target=sheet)
    return render(
        request,
        "gradebook/sheet.html",
        {
            "sheet": sheet,
            "grid": grid,
            "heads": heads,
            "regular": sum(head.in_regular for head in heads),
            "takes_lessons": bool(columns_for(grid.columns)),
            "has_columns": sheet.circular in (Circular.TT08, Circular.TT27) or takes_cluster(sheet),
            "tabs": tabs,
            "by_code": by_code,
            "entries": entries,
            "editable": editable,
            "may_publish": own,
            "may_correct": own or sheet.school_class_id in actor.homeroom_classes,
            **_leading(request, sheet, actor),
            "formula": _formula(sheet),
            "words": _words(),
            "faults": faults or [],
        },
        status=status,
    )


def versions_of(text: str) -> dict[str, int]:
    """The versions that a form without JavaScript carries ("student-column:version …"), by cell."""
    found = {}
    for part in text.split():
        cell, _sep, version = part.partition(":")
        if version.isdigit():
            found[cell] = int(version)
    return found


@require_http_methods(["GET", "POST"])
@access("gradebook.MarkSheet", "view")
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet as a form; a POST saves the whole of it, for browsers without JavaScript."""
    shown = sheet_of(person(request), pk)
    if request.method == "GET":
        return _page(request, shown)
    shown = sheet_of(person(request), pk, "edit")
    versions = versions_of(request.POST.get("versions", ""))
    changes = []
    for row in grid_of(shown).rows:
        for cell in row.cells:
            name = f"{row.student.pk}-{cell.column.pk}"
            value = request.POST.get(f"m-{name}")
            if value is not None and value.strip() != cell.text:
                changes.append(Change(row.student.pk, cell.column.pk, value, versions.get(name, 0)))
    saved = marks_save(sheet=shown, changes=changes, by=person(request))
    wrong = [outcome for outcome in saved.outcomes if outcome.status != "ok"]
    if not wrong:
        messages.success(
            request, ngettext("%(n)s mark saved.", "%(n)s marks saved.", saved.changed) % {"n": saved.changed}
        )
        return redirect("gradebook:sheet", pk=pk)
    names = dict(sheet_students(shown).values_list("pk", "full_name"))
    columns = {column.pk: column_title(column) for column in shown.columns.all()}
    faults = [f"{names.get(o.student, '')}, {columns.get(o.column, '')}: {o.why}" for o in wrong]
    return _page(request, shown, faults=faults, status=422)


def _changes(body: bytes) -> tuple[str, int | None, list[Change]]:
    """The batch a page sent: its key, whose page it was, its changes; raises ValueError when it is none."""
    data = json.loads(body)
    rows, key, user = data["changes"], data.get("key", ""), data.get("user")
    if not isinstance(rows, list) or len(rows) > MOST_CHANGES or not isinstance(key, str) or len(key) > 64:
        raise ValueError("not a batch")
    changes = []
    for row in rows:
        student, column, value, version = row["student"], row["column"], row["value"], row["version"]
        if not all(type(number) is int for number in (student, column, version)) or not isinstance(value, str):
            raise ValueError("not a change")
        changes.append(Change(student, column, value[:1000], version))
    return key, user, changes


@require_POST
@access("gradebook.MarkSheet", "edit")
def save(request: HttpRequest, pk: int) -> JsonResponse:
    """Save a batch of cells: JSON in, one outcome per cell out."""
    # Nothing of the sheet is shown: the service reads it anew under its lock.
    target = get_object_or_404(visible(person(request), MarkSheet, "edit"), pk=pk)
    try:
        key, user, changes = _changes(request.body)
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": _("These changes cannot be read.")}, status=400)
    if user not in (None, request.user.pk):
        # The page was opened by somebody who has signed out since: their marks are not this person's.
        return JsonResponse({"error": _("Reload the page: somebody else is signed in.")}, status=403)
    saved = marks_save(sheet=target, changes=changes, by=person(request), key=key)
    return JsonResponse(saved.as_json())


def done(request: HttpRequest, pk: int, text: str) -> HttpResponse:
    """Back to the sheet, with the words of what was done."""
    messages.success(request, text)
    return redirect("gradebook:sheet", pk=pk)


def attempt(request: HttpRequest, pk: int, text: str, service: Callable[..., object], **words: Any) -> HttpResponse:
    """Ask the service, and go back to the sheet with the words of what was done or of why it was not."""
    try:
        service(by=person(request), **words)
    except SheetError as error:
        messages.error(request, str(error))
        return redirect("gradebook:sheet", pk=pk)
    return done(request, pk, text)


@require_POST
@access("gradebook.MarkSheet", "edit")
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the marks as they stand readable by pupils and parents."""
    students = sheet_publish(sheet=sheet_of(person(request), pk, "edit"), by=person(request))
    text = ngettext(
        "Published: %(n)s pupil has new marks.", "Published: %(n)s pupils have new marks.", len(students)
    ) % {"n": len(students)}
    return done(request, pk, text)


def with_reason(
    request: HttpRequest, pk: int, action: str, service: Callable[..., object], text: str, **more: Any
) -> HttpResponse:
    """Do what needs a reason (and ``more``) to the sheet, and go back to it."""
    target = sheet_of(person(request), pk, action)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return attempt(request, pk, text, service, sheet=target, reason=reason, **more)


@require_POST
@access("gradebook.MarkSheet", "edit")
def unpublish(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw what was published, with a reason."""
    return with_reason(request, pk, "edit", sheet_unpublish, _("The marks are withdrawn."))


@require_GET
@access("gradebook.MarkSheet", "view")
def sheet_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet on A4 paper."""
    shown = sheet_of(person(request), pk)
    grid = grid_of(shown)
    heads = [Head(column, column_label(column), column_title(column), "") for column in grid.columns]
    regular = sum(head.in_regular for head in heads)
    context = {"sheet": shown, "grid": grid, "heads": heads, "regular": regular}
    return render(request, "gradebook/sheet_print.html", context)


@require_GET
@access("gradebook.MarkSheet", "view")
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed what and when, newest first."""
    shown = sheet_of(person(request), pk)
    rows = (
        visible(person(request), MarkLog)
        .filter(sheet=shown)
        .select_related("column", "student", "by", "approver")
        .order_by("-position")
    )
    page = Paginator(rows, 100).get_page(request.GET.get("page"))
    return render(request, "gradebook/history.html", {"sheet": shown, "page": page})
