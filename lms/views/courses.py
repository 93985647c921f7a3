"""Courses: the list, the page with its lessons, and the teacher's arrangements."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.forms import CourseEditForm, CourseForm, TitleForm
from lms.models import Course, CourseState, Lesson, Section
from lms.selectors import course_outline, courses_of
from lms.services import courses as services
from lms.services.lessons import lesson_create, lesson_delete, lesson_move
from lms.views.shared import course_readers, editable_course, lessons_seen, person
from school.policy import access, can, may, visible


@require_GET
@access("lms.Course", "view")
def course_list(request: HttpRequest) -> HttpResponse:
    """The courses a person studies, teaches or looks after."""
    return render(
        request,
        "lms/courses.html",
        {"courses": courses_of(person(request)), "may_create": may(person(request), Course, "change")},
    )


@require_http_methods(["GET", "POST"])
@access("lms.Course", "change")
def course_new(request: HttpRequest) -> HttpResponse:
    """A new course for one of the teacher's classes."""
    form = CourseForm(request.POST if request.method == "POST" else None, teacher=person(request))
    if request.method == "POST" and form.is_valid():
        place = form.chosen
        course = services.course_create(
            title=form.cleaned_data["title"],
            school=place.school,
            school_class=place.school_class,
            subject=place.subject,
            by=person(request),
        )
        return redirect(course)
    return render(request, "lms/course_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_GET
@access("lms.Course", "view")
def course(request: HttpRequest, course_id: int) -> HttpResponse:
    """A course: for a student with their own progress, for a parent with the child's, for its teacher to arrange."""
    course = get_object_or_404(
        visible(person(request), Course).select_related("school", "school_class", "subject"), pk=course_id
    )
    teaching = can(person(request), "change", course)
    readers = [] if teaching else course_readers(request, course)
    chosen = next((reader for reader in readers if str(reader.pk) == request.GET.get("con")), None)
    reader = chosen or (readers[0] if readers else None)
    outline = course_outline(course, lessons_seen(request), reader.pk if reader else None)
    rows = [row for section in outline for row in section.rows]
    return render(
        request,
        "lms/course.html",
        {
            "course": course,
            "teaching": teaching,
            "writable": teaching and course.state != CourseState.ARCHIVED,
            "may_report": can(person(request), "report", course),
            "reader": reader,
            "readers": [(child, child == reader) for child in readers] if len(readers) > 1 else [],
            "opens": may(person(request), Lesson, "view"),
            "outline": outline,
            "total": len(rows),
            "done": sum(row.state.completed for row in rows),
            "next": next((row.lesson for row in rows if not row.state.completed), None),
            "teachers": course.teachers.all(),
        },
    )


@require_http_methods(["GET", "POST"])
@access("lms.Course", "change")
def course_edit(request: HttpRequest, course_id: int) -> HttpResponse:
    """A course's name, state and sections."""
    course = get_object_or_404(visible(person(request), Course, "change"), pk=course_id)
    form = CourseEditForm(request.POST if request.method == "POST" else None, instance=course)
    if request.method == "POST" and form.is_valid():
        services.course_update(course=course, title=form.cleaned_data["title"], state=form.cleaned_data["state"])
        messages.success(request, _("The course is saved."))
        return redirect(course)
    context = {"form": form, "course": course, "sections": course.sections.all()}
    return render(request, "lms/course_edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@access("lms.Course", "change")
def section_new(request: HttpRequest, course_id: int) -> HttpResponse:
    """A section at the end of the course."""
    course = editable_course(request, course_id)
    form = TitleForm(request.POST, course=course)
    if form.is_valid():
        services.section_create(course=course, title=form.cleaned_data["title"])
    else:
        messages.error(request, _("Give the section a title."))
    return redirect("lms:course-edit", course.pk)


@require_POST
@access("lms.Course", "change")
def section_change(request: HttpRequest, course_id: int, section_id: int) -> HttpResponse:
    """Renames, moves or removes a section; its lessons stay."""
    course = editable_course(request, course_id)
    section = get_object_or_404(Section, pk=section_id, course=course)
    action = request.POST.get("do", "")
    if action in (services.UP, services.DOWN):
        services.section_move(section=section, direction=action)
    elif action == "delete":
        services.section_delete(section=section)
        messages.success(request, _("The section is removed; its lessons are still in the course."))
    elif title := request.POST.get("title", "").strip()[:200]:
        services.section_rename(section=section, title=title)
    else:
        messages.error(request, _("Give the section a title."))
    return redirect("lms:course-edit", course.pk)


@require_POST
@access("lms.Course", "change")
def lesson_new(request: HttpRequest, course_id: int) -> HttpResponse:
    """A new draft; the teacher goes on in the editor."""
    course = editable_course(request, course_id)
    form = TitleForm(request.POST, course=course)
    if not form.is_valid():
        messages.error(request, _("Give the lesson a title."))
        return redirect(course)
    lesson = lesson_create(
        course=course, title=form.cleaned_data["title"], section=form.cleaned_data["section"], by=person(request)
    )
    return redirect("lms:lesson-edit", lesson.pk)


@require_POST
@access("lms.Lesson", "change")
def lesson_place(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """Moves a lesson one place within its section, or deletes one that nobody has opened."""
    lesson = get_object_or_404(visible(person(request), Lesson, "change").select_related("course"), pk=lesson_id)
    action = request.POST.get("do", "")
    if action in (services.UP, services.DOWN):
        lesson_move(lesson=lesson, direction=action)
    elif action == "delete":
        if lesson_delete(lesson=lesson):
            messages.success(request, _("The lesson is deleted."))
        else:
            messages.error(request, _("Students have already opened this lesson, so it can only be unpublished."))
    return redirect(lesson.course)
