"""The teacher's editor: every button saves the draft, so that nothing depends on JavaScript or on remembering to save."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lms.blocks import BLOCK_TYPES, BlockData, BlockError, body_blocks
from lms.forms import LessonForm
from lms.models import Lesson
from lms.selectors import editor_blocks, lesson_page, own_contents
from lms.services.courses import UP
from lms.services.lessons import (
    MAX_BLOCKS,
    LessonChanged,
    LessonNotReady,
    lesson_publish,
    lesson_save_draft,
    lesson_unpublish,
    permitted_blocks,
)
from lms.views.shared import is_fragment, person, with_policy
from school.policy import access, visible


def _editable(request: HttpRequest, lesson_id: int) -> Lesson:
    lessons = visible(person(request), Lesson, "change").select_related("course", "latest_revision__user")
    return get_object_or_404(lessons, pk=lesson_id)


@require_http_methods(["GET", "POST"])
@access("lms.Lesson", "change")
def lesson_edit(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The editor. A POST saves the draft and then does what its button says."""
    lesson = _editable(request, lesson_id)
    if request.method == "GET":
        draft = lesson.get_latest_revision_as_object()
        form = LessonForm(lesson=lesson, initial=_initial(lesson, draft))
        return _editor(request, lesson, form, body_blocks(draft.body))
    form = LessonForm(request.POST, lesson=lesson)
    do, _colon, target = request.POST.get("do", "save").partition(":")
    blocks, added = _arranged(permitted_blocks(form.blocks(), lesson=lesson, by=person(request)), do, target)
    if not form.is_valid():
        return _editor(request, lesson, form, blocks, status=422)
    try:
        draft = lesson_save_draft(
            lesson=lesson,
            title=form.cleaned_data["title"],
            section=form.cleaned_data["section"],
            blocks=blocks,
            by=person(request),
            base=form.cleaned_data["base"],
        )
    except LessonChanged as changed:
        # The next save goes over the other one, knowingly: the page now carries that revision's number.
        data = request.POST.copy()
        data["base"] = str(changed.revision.pk)
        form = LessonForm(data, lesson=lesson)
        return _editor(request, lesson, form, blocks, status=409, theirs=changed.revision)
    errors = _do(request, lesson, do)
    if do == "preview":
        return redirect("lms:lesson-preview", lesson.pk)
    if do == "tool" and any(block.id == target for block in blocks):
        return redirect("lti:place", lesson.pk, target)
    if not is_fragment(request) and not errors:
        return redirect(f"{request.path}#block-{added}" if added else request.path)
    lesson.refresh_from_db()
    form = LessonForm(lesson=lesson, initial=_initial(lesson, draft))
    return _editor(request, lesson, form, body_blocks(draft.body), errors=errors, added=added, saved=True)


def _arranged(blocks: list[BlockData], do: str, target: str) -> tuple[list[BlockData], str]:
    """The blocks after the button's change of their order, and the block it made or moved."""
    if do == "add" and target in BLOCK_TYPES and len(blocks) < MAX_BLOCKS:
        block = BlockData(type=target)
        return [*blocks, block], block.id
    index = next((i for i, block in enumerate(blocks) if block.id == target), None)
    if index is None:
        return blocks, ""
    if do == "remove":
        return blocks[:index] + blocks[index + 1 :], ""
    other = index - 1 if do == UP else index + 1
    if do in ("up", "down") and 0 <= other < len(blocks):
        blocks[index], blocks[other] = blocks[other], blocks[index]
    return blocks, target


def _do(request: HttpRequest, lesson: Lesson, do: str) -> list[BlockError]:
    if do == "publish":
        try:
            lesson_publish(lesson=lesson, by=person(request))
        except LessonNotReady as not_ready:
            return not_ready.errors
        messages.success(request, _("The lesson is published. Students of the class can study it now."))
    elif do == "unpublish":
        lesson_unpublish(lesson=lesson, by=person(request))
        messages.success(request, _("The lesson is taken back. What students have done is kept."))
    return []


def _initial(lesson: Lesson, draft: Lesson) -> dict[str, object]:
    return {"title": draft.title, "section": lesson.section_id, "base": draft.latest_revision_id}


def _editor(
    request: HttpRequest,
    lesson: Lesson,
    form: LessonForm,
    blocks: list[BlockData],
    status: int = 200,
    errors: Sequence[BlockError] = (),
    **extra: object,
) -> HttpResponse:
    drawn = editor_blocks(blocks, errors)
    context = {
        "lesson": lesson,
        "course": lesson.course,
        "form": form,
        "blocks": drawn,
        "contents": own_contents(person(request), drawn),
        "errors": errors,
        **extra,
    }
    template = "lms/lesson_edit.html#editor" if is_fragment(request) else "lms/lesson_edit.html"
    return render(request, template, context, status=422 if errors else status)


@require_GET
@access("lms.Lesson", "change")
def lesson_preview(request: HttpRequest, lesson_id: int) -> HttpResponse:
    """The latest draft on the student's page; nothing is kept of the visit."""
    lesson = _editable(request, lesson_id)
    draft = lesson.get_latest_revision_as_object()
    page = lesson_page(draft, None)
    context = {"lesson": draft, "page": page, "studies": False, "preview": True, "may_edit": True}
    # Without a context: what a teacher tries out is no student's result.
    return with_policy(render(request, draft.get_preview_template(request, ""), context), page)
