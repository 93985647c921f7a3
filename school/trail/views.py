"""The trail on the page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from school.attachments import attachment
from school.audit.services import record
from school.identity.requests import person
from school.policy import access, recently_confirmed, signed_in

from .excel import workbook
from .selectors import (
    Found,
    Wanted,
    choices,
    day_of,
    entries_of,
    names_of,
    own_entries,
    parts_of,
    readable_values,
)
from .words import Line, lines_of

MOST_ROWS = 5_000


def _wanted(request: HttpRequest) -> Wanted:
    before = request.GET.get("truoc", "")
    return Wanted(
        text=request.GET.get("tim", "").strip()[:100],
        action=request.GET.get("viec", "")[:40],
        since=day_of(request.GET.get("tu", "")),
        until=day_of(request.GET.get("den", "")),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )


def _lines(request: HttpRequest, found: Found) -> list[Line]:
    """The page in words: names in one query, what fields point to in one for each kind, the hidden values in one."""
    people = [one for entry in found.entries for one in (entry.actor_id, entry.as_id, entry.subject_id)]
    return lines_of(found.entries, names_of(people), readable=readable_values(person(request), found.entries))


@access("audit.Entry", "view")
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """Who did what in one's school or branch."""
    wanted = _wanted(request)
    found = entries_of(person(request), wanted)
    context = {"wanted": wanted, "found": found, "lines": _lines(request, found), "choices": choices()}
    part = "#found" if request.headers.get("HX-Request") == "true" else ""
    return render(request, f"trail/trail.html{part}", context)


@recently_confirmed
@access("audit.Entry", "view")
@require_safe
def trail_file(request: HttpRequest) -> HttpResponse:
    """The same question's answer as a workbook of at most MOST_ROWS lines; it is told to the trail itself."""
    wanted = _wanted(request)
    found = entries_of(person(request), wanted, limit=MOST_ROWS)
    data = workbook(_lines(request, found))
    record(
        actor=person(request),
        action="exported",
        detail={"what": _("Trail"), "rows": len(found.entries), "query": request.GET.dict()},
        request=request,
    )
    return attachment(data, f"nhat-ky-{timezone.localdate():%Y%m%d}.xlsx")


@signed_in
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """What was done with one's own account and record, and with one's children's."""
    user, wanted = person(request), _wanted(request)
    found = own_entries(user, wanted)
    actors = [entry.actor_id for entry in found.entries]
    subjects = [entry.subject_id for entry in found.entries]
    names = {**names_of([*subjects, *(one for one in actors if one in subjects)]), **parts_of(actors, subjects)}
    names |= {one: _("Somebody of the platform") for one in actors if one is not None and one not in names}
    names[user.pk] = _("You")
    lines = lines_of(found.entries, names, readable=frozenset())
    return render(request, "trail/own.html", {"wanted": wanted, "found": found, "lines": lines})
