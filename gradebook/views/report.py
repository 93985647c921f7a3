"""The pupil's and the parents' page of published marks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from gradebook.models import Mark
from gradebook.outcomes import family_results
from gradebook.selectors import absences_of, published_subjects
from gradebook.views.sheets import term_chosen
from school.identity.models import User
from school.policy import access, may, visible


@require_GET
@access("identity.User", "marks")
def own(request: HttpRequest) -> HttpResponse:
    """One's own marks, or the first child's; a parent of several finds the others there."""
    people = list(visible(request.user, User, "marks").order_by("sort_key"))
    first = next((person for person in people if person.pk == request.user.pk), people[0] if people else None)
    if first is None:
        return render(request, "gradebook/report.html", {"student": None})
    return redirect("gradebook:report-of", pk=first.pk)


@require_GET
@access("identity.User", "marks")
def of_student(request: HttpRequest, pk: int) -> HttpResponse:
    """A pupil's published marks of a term, with how each average comes about."""
    people = list(visible(request.user, User, "marks").order_by("sort_key"))
    student = get_object_or_404(visible(request.user, User, "marks"), pk=pk)
    term, terms = term_chosen(request)
    return render(
        request,
        "gradebook/report.html",
        {
            "student": student,
            "is_own": student.pk == request.user.pk,
            "may_review": visible(request.user, Mark, "review").filter(student=student).exists()
            if may(request.user, Mark, "review")
            else False,
            "children": [
                (person.full_name, reverse("gradebook:report-of", args=[person.pk]), person.pk == pk)
                for person in people
            ],
            "tabs": [(item.name, f"?hk={item.number}", item == term) for item in terms],
            "term": term,
            "subjects": published_subjects(student, term) if term else [],
            "results": family_results(student, term.year_id) if term else [],
            "absences": absences_of(student, since=term.year.starts, until=term.year.ends) if term else None,
        },
    )
