"""Attendance of a class, one screen per session, and teachers' remarks."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from gradebook.forms import RegisterForm, RemarkForm
from gradebook.models import Remark
from gradebook.selectors import absences_on, class_sizes, class_students
from gradebook.services import AttendanceError, attendance_save, remark_write
from school.identity.requests import person
from school.organisation.models import SchoolClass, SchoolYear, Subject
from school.policy import Actor, access, can, visible


@require_GET
@access("organisation.SchoolClass", "attendance")
def class_list(request: HttpRequest) -> HttpResponse:
    """The classes whose attendance one takes or reads; a single one is opened at once."""
    year = SchoolYear.objects.current()
    classes = list(visible(request.user, SchoolClass, "attendance").filter(year=year).select_related("school"))
    if len(classes) == 1:
        return redirect("gradebook:attendance", pk=classes[0].pk)
    sizes = class_sizes([item.pk for item in classes])
    homerooms = Actor.of(request.user).homeroom_classes
    classes.sort(key=lambda item: (item.pk not in homerooms, item.grade, item.name))
    rows = [(item, sizes.get(item.pk, 0), item.pk in homerooms) for item in classes]
    return render(request, "gradebook/attendance_classes.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@access("organisation.SchoolClass", "attendance")
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """One session of a class: all are present until somebody is tapped absent."""
    school_class = get_object_or_404(visible(request.user, SchoolClass, "attendance").select_related("school"), pk=pk)
    form = RegisterForm(request.GET or RegisterForm.now())
    asked = form.cleaned_data if form.is_valid() else RegisterForm.now()
    day, session = asked["ngay"], asked["buoi"]
    known = absences_on(school_class, day, session)
    if request.method == "POST":
        get_object_or_404(visible(request.user, SchoolClass, "attend"), pk=pk)
        absent = {}
        for name, value in request.POST.items():
            number = name.removeprefix("vang-")
            if number != name and number.isdigit() and value in ("P", "K"):
                before = known.get(int(number))
                absent[int(number)] = (value == "P", before.reason if before else "")
        try:
            count = attendance_save(
                school_class=school_class,
                date=day,
                session=session,
                absent=absent,
                by=person(request),
            )
        except AttendanceError as error:
            messages.error(request, str(error))
        else:
            text = ngettext("Saved: %(n)s pupil absent.", "Saved: %(n)s pupils absent.", count) % {"n": count}
            messages.success(request, text)
        query = urlencode({"ngay": day.isoformat(), "buoi": session})
        return redirect(f"{reverse('gradebook:attendance', args=[pk])}?{query}")
    rows = []
    for student in class_students(school_class, day=day):
        absence = known.get(student.pk)
        rows.append((student, "" if absence is None else "P" if absence.excused else "K", absence))
    return render(
        request,
        "gradebook/attendance.html",
        {
            "school_class": school_class,
            "form": form,
            "day": day,
            "session": session,
            "session_name": dict(form.fields["buoi"].choices)[session],  # type: ignore[attr-defined]
            "rows": rows,
            "absent": len(known),
            "editable": can(request.user, "attend", school_class),
            "may_remark": can(request.user, "remark", school_class),
        },
    )


@require_http_methods(["GET", "POST"])
@access("organisation.SchoolClass", "remark")
def remark(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a remark to a pupil of the class; below, what one wrote before."""
    school_class = get_object_or_404(visible(request.user, SchoolClass, "remark").select_related("school"), pk=pk)
    taught = {subject for class_id, subject in Actor.of(request.user).taught if class_id == pk}
    form = RemarkForm(
        request.POST or None,
        students=class_students(school_class),
        subjects=Subject.objects.filter(pk__in=taught),
        initial={"student": request.GET.get("hs"), "subject": next(iter(taught), None)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            remark_write(school_class=school_class, by=person(request), **form.cleaned_data)
        except AttendanceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The remark is written; the pupil and the parents can read it."))
            return redirect("gradebook:remark", pk=pk)
    written = visible(person(request), Remark).filter(school_class=school_class, author=person(request))
    return render(
        request,
        "gradebook/remark.html",
        {
            "school_class": school_class,
            "form": form,
            "remarks": written.select_related("student", "subject")[:20],
        },
        status=422 if form.errors else 200,
    )
