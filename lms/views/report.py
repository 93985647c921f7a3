"""Who has studied what: on the page and as an Excel file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from lms.exports import report_workbook
from lms.models import Course
from lms.selectors import study_report
from lms.views.shared import person
from school.attachments import attachment
from school.audit.services import record
from school.policy import access, visible
from school.text import fold


def _course(request: HttpRequest, course_id: int) -> Course:
    courses = visible(person(request), Course, "report").select_related("school", "school_class", "subject")
    return get_object_or_404(courses, pk=course_id)


@require_GET
@access("lms.Course", "report")
def report(request: HttpRequest, course_id: int) -> HttpResponse:
    """The class as rows, the lessons as columns."""
    return render(request, "lms/report.html", {"report": study_report(_course(request, course_id))})


@require_GET
@access("lms.Course", "report")
def report_file(request: HttpRequest, course_id: int) -> HttpResponse:
    """The same table for Excel."""
    course = _course(request, course_id)
    found = study_report(course)
    record(actor=request.user, action="exported", target=course, detail={"rows": len(found.rows)}, request=request)
    name = slugify(fold(f"{course.title} {course.school_class or ''}")) or "khoa-hoc"
    return attachment(report_workbook(found), f"{name}.xlsx")
