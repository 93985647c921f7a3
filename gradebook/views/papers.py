"""Papers for printing and keeping: the subject teacher's book, slips for families."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from gradebook.papers.slips import Slip, slips_pdf
from gradebook.papers.subject_book import subject_book
from gradebook.selectors import (
    absences_by,
    class_of,
    class_students,
    grid_of,
    homeroom_teacher,
    published_of,
    sheet_day,
    subject_teachers,
)
from gradebook.views.sheets import sheet_of, term_chosen
from school.attachments import attachment
from school.audit.services import record
from school.identity.models import User
from school.identity.requests import person
from school.organisation.models import SchoolClass, Term
from school.policy import access, visible
from school.text import strip_marks


def _pdf(data: bytes, name: str) -> HttpResponse:
    """A PDF that the browser shows in its own window, under a name that every system can keep."""
    return attachment(data, f"{slugify(strip_marks(name))}.pdf", inline=True)


@require_GET
@access("gradebook.MarkSheet", "view")
def subject_book_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """A sheet as the subject teacher's book."""
    sheet = sheet_of(person(request), pk)
    names = [teacher.full_name for teacher in subject_teachers(sheet)]
    data = subject_book(grid_of(sheet), teachers=names, at=timezone.now())
    record(actor=request.user, action="exported", target=sheet, detail={"paper": "subject book"}, request=request)
    return _pdf(data, f"so theo doi {sheet.subject} {sheet.school_class} hk{sheet.term.number}")


@require_GET
@access("organisation.SchoolClass", "result_slips")
def slip_classes(request: HttpRequest) -> HttpResponse:
    """The classes whose families' slips one may print, by term."""
    term, terms = term_chosen(request)
    classes = visible(request.user, SchoolClass, "result_slips")
    classes = classes.filter(year=term.year_id) if term else classes.none()
    return render(
        request,
        "gradebook/slip_classes.html",
        {
            "term": term,
            "tabs": [(item.name, f"?hk={item.number}", item == term) for item in terms],
            "classes": classes.select_related("school").order_by("grade", "name"),
        },
    )


@require_GET
@access("organisation.SchoolClass", "result_slips")
def class_slips(request: HttpRequest, pk: int) -> HttpResponse:
    """The slips of a whole class, one page for each pupil, of what was published."""
    school_class = get_object_or_404(
        visible(request.user, SchoolClass, "result_slips").select_related("school__node__parent"), pk=pk
    )
    term, _terms = term_chosen(request)
    if term is None or term.year_id != school_class.year_id:
        raise Http404
    students = list(class_students(school_class, day=sheet_day(term)))
    data = _slips(students, school_class, term)
    record(actor=request.user, action="exported", target=school_class, detail={"paper": "slips"}, request=request)
    return _pdf(data, f"phieu bao {school_class} hk{term.number}")


@require_GET
@access("identity.User", "marks")
def own_slip(request: HttpRequest, pk: int) -> HttpResponse:
    """A pupil's own slip, for the pupil and the parents."""
    student = get_object_or_404(visible(request.user, User, "marks"), pk=pk)
    term, _terms = term_chosen(request)
    school_class = class_of(student, term) if term else None
    if term is None or school_class is None:
        raise Http404
    return _pdf(_slips([student], school_class, term), f"phieu bao {student.full_name} hk{term.number}")


def _slips(students: Sequence[User], school_class: SchoolClass, term: Term) -> bytes:
    ids = [student.pk for student in students]
    subjects = published_of(ids, term)
    absences = absences_by(ids, since=term.year.starts, until=term.ends)
    homeroom = homeroom_teacher(school_class, sheet_day(term))
    return slips_pdf(
        [Slip(student, subjects[student.pk], absences[student.pk]) for student in students],
        school_class=school_class,
        term=term,
        homeroom=homeroom.full_name if homeroom else "",
        at=timezone.now(),
    )
