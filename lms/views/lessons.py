"""A lesson as it is studied, and the reports of what was watched and read."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.blocks import VIDEO
from lms.forms import WatchReport
from lms.models import Lesson, LessonMaterial
from lms.selectors import h5p_context, lesson_page, lesson_states, neighbours
from lms.services.progress import ImpossibleWatch, complete_if_done, lesson_open, lesson_read, lesson_watch
from lms.views.shared import is_fragment, lessons_seen, person, with_policy
from lms.watching import BadRanges
from school.policy import access, can, visible

STUDY = ("course__subject", "course__school_class")


@require_GET
@access("lms.Lesson", "view")
def lesson(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The lesson; a student's visit is kept, and the video goes on where it was left on any device."""
    lesson = get_object_or_404(visible(person(request), Lesson).select_related(*STUDY), pk=lesson_id)
    if not lesson.live:
        # Only its teacher sees a lesson that is not published, and for them the draft is the lesson.
        return redirect("lms:lesson-preview", lesson.pk)
    studies = can(person(request), "study", lesson)
    if studies:
        lesson_open(student=person(request), lesson=lesson)
    page = lesson_page(lesson, person(request) if studies else None)
    if studies and page.state.done and not page.state.completed:
        # A server that stopped between an H5P result and its news: the visit makes up for it.
        complete_if_done(student=person(request), lesson=lesson)
        page = lesson_page(lesson, person(request))
    before, after = neighbours(lesson, lessons_seen(request))
    response = render(
        request,
        "lms/lesson.html",
        {
            "lesson": lesson,
            "page": page,
            "studies": studies,
            "h5p_place": h5p_context(lesson.pk) if studies else "",
            "may_edit": can(person(request), "change", lesson),
            "before": before,
            "after": after,
        },
    )
    return with_policy(response, page)


@require_http_methods(["GET", "POST"])
@access("lms.Lesson", "study")
def progress(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """GET: the panel of what is done (after an H5P result, or on coming back). POST: a player's report, as JSON."""
    lesson = get_object_or_404(visible(person(request), Lesson, "study").select_related("course"), pk=lesson_id)
    if request.method == "GET":
        page = lesson_page(lesson, person(request))
        if page.state.done and not page.state.completed:
            # Asked for between the last result and its consequence: the panel must not say less than its own lines do.
            complete_if_done(student=person(request), lesson=lesson)
            page = lesson_page(lesson, person(request))
        return render(request, "lms/lesson.html#done", {"lesson": lesson, "page": page, "studies": True})
    try:
        report = WatchReport.parse(request.body)
    except BadRanges:
        return JsonResponse({"error": _("The report of what was watched cannot be read.")}, status=400)
    material = get_object_or_404(
        LessonMaterial.objects.select_related("asset"), pk=report.material, lesson=lesson, live=True, block=VIDEO
    )
    asset = material.asset
    if asset is None or not asset.duration:
        return JsonResponse({"error": _("The video is still being prepared.")}, status=409)
    try:
        watch = lesson_watch(
            student=person(request),
            lesson=lesson,
            asset=asset,
            duration=asset.duration,
            position=report.position,
            ranges=report.within(asset.duration),
        )
    except ImpossibleWatch:
        return JsonResponse({"error": _("More was reported than can have been watched.")}, status=422)
    state = lesson_states([person(request).pk], [lesson.pk])[person(request).pk, lesson.pk]
    percent = int(watch.watched_share * 100)
    return JsonResponse(
        {
            "material": material.pk,
            "position": watch.position,
            "percent": percent,
            "text": _("Watched %(percent)s%%") % {"percent": percent},
            "done": [item.material_id for item in state.items if item.done],
            "completed": state.completed,
        }
    )


@require_POST
@access("lms.Lesson", "study")
def read(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The student says that the text is read."""
    lesson = get_object_or_404(visible(person(request), Lesson, "study"), pk=lesson_id)
    lesson_read(student=person(request), lesson=lesson)
    if is_fragment(request):
        return render(
            request,
            "lms/lesson.html#done",
            {"lesson": lesson, "page": lesson_page(lesson, person(request)), "studies": True},
        )
    return redirect(lesson)
