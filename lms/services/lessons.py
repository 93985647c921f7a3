"""Writes on lessons: drafts, publishing, their place in the course."""

from datetime import timedelta

import nh3
from django.db import transaction
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from wagtail.actions.unpublish import UnpublishAction
from wagtail.models import Revision

from lms.blocks import (
    ASSET_BLOCKS,
    BLOCK_TYPES,
    FILE,
    H5P,
    IMAGE,
    LTI,
    TEXT,
    VIDEO,
    BlockData,
    BlockError,
    body_blocks,
)
from lms.h5p.models import Content
from lms.models import Course, Lesson, LessonMaterial, Section
from lms.selectors import ref_key
from lms.services.courses import move, next_order
from media.models import Asset
from school.identity.models import User
from school.policy import visible

# What a teacher's text may hold: enough for a lesson, nothing that carries a script or changes the page's look.
TEXT_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li", "h3", "h4", "sub", "sup", "a", "blockquote"}
MAX_BLOCKS = 100
# Saves of one person within this time share a revision: a teacher who adds ten blocks makes one step in the history.
ONE_SITTING = timedelta(minutes=30)


class LessonNotReady(ValueError):
    """The draft cannot be published yet; `errors` say in words why."""

    def __init__(self, errors: list[BlockError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


class LessonChanged(ValueError):
    """Somebody else saved the lesson since the editor was opened; `revision` is theirs."""

    def __init__(self, revision: Revision) -> None:
        super().__init__(str(revision.pk))
        self.revision = revision


def clean_text(html: str) -> str:
    """A teacher's formatted text with nothing but the tags of TEXT_TAGS and plain links."""
    return nh3.clean(
        html,
        tags=TEXT_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    ).strip()


@transaction.atomic
def lesson_create(*, course: Course, title: str, section: Section | None = None, by: User) -> Lesson:
    """An empty draft at the end of its section."""
    lesson = Lesson(course=course, section=section, title=title, live=False)
    lesson.order = next_order(course.lessons.filter(section=section))
    lesson.save()
    lesson.save_revision(user=by, log_action=True)
    return lesson


@transaction.atomic
def lesson_save_draft(
    *, lesson: Lesson, title: str, section: Section | None, blocks: list[BlockData], by: User, base: int | None = None
) -> Lesson:
    """Keeps the draft as a revision; students go on reading what is published.

    `base` is the revision the editor was opened on: LessonChanged if somebody else has saved since. References to
    material that `by` may not see are emptied: naming a number is no way to another's file.
    """
    lesson = Lesson.objects.select_for_update().get(pk=lesson.pk)
    latest = lesson.latest_revision
    if base is not None and latest is not None and latest.pk != base:
        raise LessonChanged(latest)
    _place(lesson, section)
    blocks = permitted_blocks(blocks, lesson=lesson, by=by)
    draft = lesson.get_latest_revision_as_object()
    draft.title = title
    draft.body = [block.stored() for block in blocks]
    if not lesson.live:
        # No one reads the row yet: lists may show the draft's own title.
        draft.save(update_fields=["title", "body"])
    draft.save_revision(user=by, log_action=True, overwrite_revision=_same_sitting(lesson, by))
    _keep_materials(lesson, blocks, live=False)
    draft.refresh_from_db(fields=["latest_revision", "has_unpublished_changes"])
    return draft


def _place(lesson: Lesson, section: Section | None) -> None:
    if lesson.section_id != (section.pk if section else None):
        lesson.section = section
        lesson.order = next_order(lesson.course.lessons.filter(section=section))
        lesson.save(update_fields=["section", "order"])


def _same_sitting(lesson: Lesson, by: User) -> Revision | None:
    """The revision this save may go into: the same person's, recent, and not what students are reading."""
    latest = lesson.latest_revision
    if latest is None or latest.user_id != by.pk or latest.pk == lesson.live_revision_id:
        return None
    return latest if latest.created_at > timezone.now() - ONE_SITTING else None


def permitted_blocks(blocks: list[BlockData], *, lesson: Lesson, by: User) -> list[BlockData]:
    """At most MAX_BLOCKS blocks, cleaned, without references that neither `by` may see nor the lesson already held."""
    blocks = [block for block in blocks if block.type in BLOCK_TYPES][:MAX_BLOCKS]
    kept = list(lesson.materials.values_list("asset_id", "content_id"))
    assets = {str(pk) for pk, _content in kept if pk} | _own(
        by, Asset, [b.ref for b in blocks if b.type in ASSET_BLOCKS]
    )
    contents = {str(pk) for _asset, pk in kept if pk} | _own(by, Content, [b.ref for b in blocks if b.type == H5P])
    # A tool's place is made for one lesson and is used in no other.
    links = {str(pk) for pk in lesson.lti_links.values_list("pk", flat=True)} if _of(blocks, LTI) else set()
    for block in blocks:
        if block.type == TEXT:
            block.text = clean_text(block.text)
        if block.ref and block.ref not in {H5P: contents, LTI: links}.get(block.type, assets):
            block.ref = ""
    return blocks


def _of(blocks: list[BlockData], block_type: str) -> list[BlockData]:
    return [block for block in blocks if block.type == block_type]


def _own(by: User, model: type[Asset] | type[Content], refs: list[str]) -> set[str]:
    keys = [key for ref in refs if (key := ref_key(model, ref)) is not None]
    return {str(pk) for pk in visible(by, model).filter(pk__in=keys).values_list("pk", flat=True)} if keys else set()


def _keep_materials(lesson: Lesson, blocks: list[BlockData], *, live: bool) -> None:
    """The rows beside the body that rights and progress are reckoned from."""
    lesson.materials.filter(live=live).delete()
    LessonMaterial.objects.bulk_create(
        LessonMaterial(
            lesson=lesson,
            live=live,
            block=block.type,
            asset_id=block.ref if block.type in ASSET_BLOCKS else None,
            content_id=block.ref if block.type == H5P else None,
            link_id=block.ref if block.type == LTI else None,
            order=order,
        )
        for order, block in enumerate(blocks)
        if block.ref
    )


def draft_errors(title: str, blocks: list[BlockData]) -> list[BlockError]:
    """What must still be done before students may read the lesson."""
    errors = []
    if not title.strip():
        errors.append(BlockError("", _("Give the lesson a title.")))
    if not blocks:
        errors.append(BlockError("", _("The lesson is empty: add a text, a video or another block.")))
    missing = {
        VIDEO: _("Upload a video or remove this block."),
        IMAGE: _("Upload a picture or remove this block."),
        FILE: _("Upload a file or remove this block."),
        H5P: _("Upload an H5P file or remove this block."),
        LTI: _("Choose a tool or remove this block."),
    }
    for block in blocks:
        if block.type in missing and not block.ref:
            errors.append(BlockError(block.id, missing[block.type]))
        elif block.type not in missing and not strip_tags(block.text).strip():
            errors.append(BlockError(block.id, _("Write something here or remove this block.")))
    return errors


@transaction.atomic
def lesson_publish(*, lesson: Lesson, by: User) -> Lesson:
    """Makes the latest draft what students read; LessonNotReady if a block is empty."""
    lesson = Lesson.objects.select_for_update().get(pk=lesson.pk)
    draft = lesson.get_latest_revision_as_object()
    blocks = body_blocks(draft.body)
    if errors := draft_errors(draft.title, blocks):
        raise LessonNotReady(errors)
    revision = lesson.latest_revision or lesson.save_revision(user=by)
    # The policy was asked by the view; Wagtail's own permissions are for its admin, where teachers have none.
    revision.publish(user=by, skip_permission_checks=True)
    _keep_materials(lesson, blocks, live=True)
    lesson.refresh_from_db()
    return lesson


@transaction.atomic
def lesson_unpublish(*, lesson: Lesson, by: User) -> Lesson:
    """Takes the lesson away from students; what they have done is kept."""
    lesson = Lesson.objects.select_for_update().get(pk=lesson.pk)
    UnpublishAction(lesson, user=by).execute(skip_permission_checks=True)
    return lesson


@transaction.atomic
def lesson_move(*, lesson: Lesson, direction: str) -> None:
    """One place up or down within its section."""
    rows = Lesson.objects.select_for_update().filter(course=lesson.course_id)
    rows = rows.filter(section=lesson.section_id) if lesson.section_id else rows.filter(section=None)
    move(list(rows), lesson.pk, direction)


@transaction.atomic
def lesson_delete(*, lesson: Lesson) -> bool:
    """Deletes a lesson that no student has opened; False (nothing done) if one has: what a pupil did is kept."""
    if lesson.progress.exists():
        return False
    lesson.delete()
    return True
