"""Reads over courses, lessons and progress. Every function makes a fixed number of queries."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.formats import number_format

from lms.blocks import ASSET_BLOCKS, H5P, LTI, VIDEO, BlockData, BlockError
from lms.h5p.models import Content, Result
from lms.lti.models import Link, Score
from lms.models import Course, Lesson, LessonMaterial, LessonProgress, LessonQuerySet, Section, WatchProgress
from lms.watching import WATCHED_FROM
from media.models import Asset
from school.identity.models import User
from school.organisation.models import Enrolment
from school.policy import Actor, visible


@dataclass(frozen=True)
class ItemState:
    """One thing to do in a lesson and how far the student is with it (`share` 0…1; `score` in points, H5P and tools)."""

    kind: str
    material_id: int
    done: bool
    share: float = 0.0
    score: Decimal | None = None
    max_score: Decimal | None = None

    @property
    def percent(self) -> int:
        """Watched share in whole percent, rounded down: 79.9 % is not yet enough and must not read 80."""
        return int(self.share * 100)


@dataclass(frozen=True)
class LessonState:
    """What one student has done in one lesson."""

    items: list[ItemState] = field(default_factory=list)
    opened_at: datetime | None = None
    seen_at: datetime | None = None
    read_at: datetime | None = None
    completed_at: datetime | None = None
    seconds: int = 0

    @property
    def done(self) -> bool:
        """Every video watched to 80 %, every exercise finished; a lesson to read only, when the student says so."""
        return all(item.done for item in self.items) if self.items else self.read_at is not None

    @property
    def completed(self) -> bool:
        """Completed once, whatever the teacher has added since."""
        return self.completed_at is not None

    @property
    def items_done(self) -> int:
        """How many of the things to do are done."""
        return sum(item.done for item in self.items)

    @property
    def videos(self) -> list[ItemState]:
        """The videos only."""
        return [item for item in self.items if item.kind == VIDEO]

    @property
    def watched_share(self) -> float | None:
        """Watched share over the lesson's videos, 0…1; None where there is none."""
        return sum(item.share for item in self.videos) / len(self.videos) if self.videos else None

    @property
    def watched_percent(self) -> int | None:
        """The same in whole percent, rounded down."""
        share = self.watched_share
        return None if share is None else int(share * 100)

    @property
    def scored(self) -> list[ItemState]:
        """What gives points: H5P contents and tools."""
        return [item for item in self.items if item.kind in (H5P, LTI)]

    @property
    def score_label(self) -> str:
        """Points of the exercises, "8/10"; "" while none is finished."""
        got = [item for item in self.scored if item.score is not None and item.max_score is not None]
        if not got:
            return ""
        score = sum((item.score for item in got if item.score is not None), Decimal(0))
        most = sum((item.max_score for item in got if item.max_score is not None), Decimal(0))
        return f"{_plain(score)}/{_plain(most)}"


def _plain(value: Decimal) -> str:
    return number_format(value.normalize(), decimal_pos=max(0, -int(value.normalize().as_tuple().exponent)))


NOT_OPENED = LessonState()


def h5p_context(lesson: int) -> str:
    """The context under which the H5P room keeps what is done in this lesson: the same content elsewhere starts anew."""
    return f"lesson-{lesson}"


def lesson_states(students: Sequence[int], lessons: Sequence[int]) -> dict[tuple[int, int], LessonState]:
    """The state of every (student id, lesson id) pair; four queries, five with external tools, however many there are."""
    materials: dict[int, dict[tuple[str, object], LessonMaterial]] = defaultdict(dict)
    counts = Q(block__in=[VIDEO, H5P]) | Q(link__graded=True)
    rows = list(LessonMaterial.objects.filter(counts, lesson__in=lessons, live=True))
    for row in rows:
        materials[row.lesson_id].setdefault((row.block, row.asset_id or row.content_id or row.link_id), row)
    progress = {
        (row.student_id, row.lesson_id): row
        for row in LessonProgress.objects.filter(student__in=students, lesson__in=lessons)
    }
    watched = {
        (row.student_id, row.lesson_id, row.asset_id): row.watched_share
        for row in WatchProgress.objects.filter(student__in=students, lesson__in=lessons)
    }
    results = {
        (row.user_id, row.context, row.content_id): row
        for row in Result.objects.filter(user__in=students, context__in=[h5p_context(pk) for pk in lessons])
    }
    scores = tool_scores(students, [row.link_id for row in rows if row.link_id])
    return {
        (student, lesson): _state(student, lesson, materials[lesson].values(), progress, watched, results, scores)
        for student in students
        for lesson in lessons
    }


def tool_scores(students: Sequence[int], links: Sequence[uuid.UUID]) -> dict[tuple[int, uuid.UUID], Score]:
    """What tools reported: {(student id, link id): the score of the link's first column}; one query, none without links."""
    if not links:
        return {}
    rows = Score.objects.filter(student__in=students, item__link__in=links).select_related("item").order_by("-item")
    return {(row.student_id, row.item.link_id): row for row in rows}


def _state(
    student: int,
    lesson: int,
    materials: Iterable[LessonMaterial],
    progress: dict[tuple[int, int], LessonProgress],
    watched: dict[tuple[int, int, uuid.UUID], float],
    results: dict[tuple[int, str, int], Result],
    scores: dict[tuple[int, uuid.UUID], Score],
) -> LessonState:
    items = []
    for material in materials:
        if material.block == VIDEO:
            share = watched.get((student, lesson, material.asset_id), 0.0) if material.asset_id else 0.0
            items.append(ItemState(VIDEO, material.pk, done=share >= WATCHED_FROM, share=share))
        elif material.link_id:
            told = scores.get((student, material.link_id))
            items.append(
                ItemState(
                    LTI,
                    material.pk,
                    done=told is not None and told.done,
                    score=told.given if told else None,
                    max_score=told.maximum if told else None,
                )
            )
        else:
            result = results.get((student, h5p_context(lesson), material.content_id or 0))
            score, most = (result.best_score, result.max_score) if result else (None, None)
            done = result is not None and result.completed
            items.append(ItemState(H5P, material.pk, done=done, score=score, max_score=most))
    row = progress.get((student, lesson))
    if row is None:
        return LessonState(items)
    return LessonState(items, row.opened_at, row.seen_at, row.read_at, row.completed_at, row.seconds)


def _count(lessons: QuerySet[Lesson]) -> Subquery:
    counted = lessons.order_by().values("course").annotate(n=Count("pk")).values("n")
    return Subquery(counted)


def courses_of(user: User, action: str = "view") -> list[Course]:
    """The courses a person may open, each with `lessons_live`, `lessons_draft` and `lessons_done` (by this person)."""
    of_course = Lesson.objects.filter(course=OuterRef("pk"))
    return list(
        visible(user, Course, action)
        .select_related("school_class", "subject", "school")
        .annotate(
            lessons_live=Coalesce(_count(of_course.filter(live=True)), 0),
            lessons_draft=Coalesce(_count(of_course.filter(Q(live=False) | Q(has_unpublished_changes=True))), 0),
            lessons_done=Coalesce(
                _count(of_course.filter(live=True, progress__student=user, progress__completed_at__isnull=False)), 0
            ),
        )
        .order_by("state", "school_class__grade", "school_class__name", "subject__order", "title")
    )


@dataclass(frozen=True)
class LessonRow:
    """A lesson in a course's list with the reader's own state (empty for those who leave none)."""

    lesson: Lesson
    state: LessonState


@dataclass(frozen=True)
class SectionRows:
    """A section and its lessons; `section` is None for lessons without one."""

    section: Section | None
    rows: list[LessonRow]


def course_outline(course: Course, lessons: LessonQuerySet, student: int | None) -> list[SectionRows]:
    """The course as sections of `lessons` (what the reader may see) with the state of `student`; six queries.

    Sections without a lesson are left out unless nobody's state is asked, which is the teacher's view.
    """
    found = list(lessons.filter(course=course).select_related("section").in_order())
    states = lesson_states([student], [lesson.pk for lesson in found]) if student is not None else {}
    rows: dict[int | None, list[LessonRow]] = defaultdict(list)
    for lesson in found:
        state = states[student, lesson.pk] if student is not None else NOT_OPENED
        rows[lesson.section_id].append(LessonRow(lesson, state))
    outline = [SectionRows(None, rows[None])] if rows[None] else []
    for section in course.sections.all():
        if rows[section.pk] or student is None:
            outline.append(SectionRows(section, rows[section.pk]))
    return outline


def neighbours(lesson: Lesson, lessons: LessonQuerySet) -> tuple[Lesson | None, Lesson | None]:
    """The lesson before and the one after among `lessons` of the same course, in the course's order."""
    found = list(lessons.filter(course=lesson.course_id).only("pk", "title", "course_id").in_order())
    index = next((i for i, row in enumerate(found) if row.pk == lesson.pk), None)
    if index is None:
        return None, None
    return (found[index - 1] if index else None), (found[index + 1] if index + 1 < len(found) else None)


@dataclass(frozen=True)
class HomeLesson:
    """A lesson on the student's home; `started` is what to continue."""

    lesson: Lesson
    started: bool
    state: LessonState


def lessons_to_do(student: User, limit: int = 5) -> list[HomeLesson]:
    """Published lessons the student has not completed: the ones begun first, the last seen on top, then the newest."""
    own = LessonProgress.objects.filter(student=student, lesson=OuterRef("pk"))
    lessons = list(
        visible(student, Lesson, "study")
        .filter(course__state="open")
        .annotate(done=Subquery(own.values("completed_at")[:1]), seen=Subquery(own.values("seen_at")[:1]))
        .filter(done=None)
        .select_related("course__subject")
        .defer("body")
        .order_by(F("seen").desc(nulls_last=True), "-first_published_at", "order")[:limit]
    )
    states = lesson_states([student.pk], [lesson.pk for lesson in lessons])
    return [HomeLesson(lesson, lesson.seen is not None, states[student.pk, lesson.pk]) for lesson in lessons]


@dataclass(frozen=True)
class ReportRow:
    """One student of the report: a state for each lesson of `StudyReport.lessons`, in that order."""

    student: User
    states: list[LessonState]

    @property
    def completed(self) -> int:
        """How many lessons the student has completed."""
        return sum(state.completed for state in self.states)


@dataclass(frozen=True)
class StudyReport:
    """Who has studied what in a course."""

    course: Course
    lessons: list[Lesson]
    rows: list[ReportRow]


def students_of(course: Course) -> set[User]:
    """Who studies the course today: its class, or the whole school."""
    enrolled = Enrolment.objects.current().select_related("student")
    if course.school_class_id is not None:
        enrolled = enrolled.filter(school_class=course.school_class_id)
    else:
        enrolled = enrolled.filter(school=course.school_id)
    return {row.student for row in enrolled}


def study_report(course: Course) -> StudyReport:
    """The students of the course's class today (or of the school) and their state in every published lesson."""
    students = sorted(students_of(course), key=lambda student: (student.sort_key, student.code))
    lessons = list(course.lessons.filter(live=True).defer("body").in_order())
    states = lesson_states([student.pk for student in students], [lesson.pk for lesson in lessons])
    rows = [ReportRow(student, [states[student.pk, lesson.pk] for lesson in lessons]) for student in students]
    return StudyReport(course, lessons, rows)


def children_in(course: Course, actor: Actor) -> list[User]:
    """A parent's children who are in the course's class today."""
    return list(
        User.objects.filter(
            pk__in=Enrolment.objects.current()
            .filter(school_class=course.school_class_id, student__in=actor.children)
            .values("student")
        ).order_by("sort_key")
    )


@dataclass(frozen=True)
class PageBlock:
    """A block as the page draws it: its type and value, what is remembered of it, and its number among the materials."""

    type: str
    id: str
    value: Any
    material_id: int | None = None
    position: float = 0.0
    item: ItemState | None = None


@dataclass(frozen=True)
class LessonPage:
    """A lesson's blocks and the reader's state; `state` is NOT_OPENED for those who only look."""

    blocks: list[PageBlock]
    state: LessonState

    @property
    def plays(self) -> bool:
        """Whether a player is drawn."""
        return any(block.type == VIDEO for block in self.blocks)

    @property
    def interacts(self) -> bool:
        """Whether an H5P content is drawn."""
        return any(block.type == H5P for block in self.blocks)

    @property
    def framed_links(self) -> list[Link]:
        """The external tools that are shown inside the page."""
        links = [block.value["link"] for block in self.blocks if block.type == LTI]
        return [link for link in links if link and link.in_frame]

    @property
    def tasks(self) -> list[PageBlock]:
        """What counts towards completion, each once, in the page's order."""
        return list({block.item.material_id: block for block in reversed(self.blocks) if block.item}.values())[::-1]


# Where a block that counts names what it shows.
_TARGETS = {VIDEO: "asset", H5P: "content", LTI: "link"}


def lesson_page(lesson: Lesson, student: User | None) -> LessonPage:
    """The lesson's blocks with what `student` has done; `lesson` may be a draft, whose blocks count nothing yet."""
    state = NOT_OPENED
    positions: dict[uuid.UUID, float] = {}
    materials: dict[tuple[str, str], LessonMaterial] = {}
    if student is not None:
        state = lesson_states([student.pk], [lesson.pk])[student.pk, lesson.pk]
        for found in LessonMaterial.objects.filter(lesson=lesson, live=True).order_by("-order", "-pk"):
            materials[found.block, str(found.asset_id or found.content_id or found.link_id)] = found
        positions = dict(
            WatchProgress.objects.filter(student=student, lesson=lesson).values_list("asset_id", "position")
        )
    items = {item.material_id: item for item in state.items}
    blocks = []
    for child in lesson.body:
        target = child.value[_TARGETS[child.block_type]] if child.block_type in _TARGETS else None
        row = materials.get((child.block_type, str(target.pk))) if target is not None else None
        blocks.append(
            PageBlock(
                child.block_type,
                child.id,
                child.value,
                row.pk if row else None,
                positions.get(row.asset_id, 0.0) if row and row.asset_id else 0.0,
                items.get(row.pk) if row else None,
            )
        )
    return LessonPage(blocks, state)


@dataclass(frozen=True)
class EditorBlock:
    """A block in the editor with the file or content it refers to and what is still wrong with it."""

    data: BlockData
    asset: Asset | None
    content: Content | None
    link: Link | None
    error: str

    @property
    def type(self) -> str:
        """The block's type."""
        return self.data.type


def editor_blocks(blocks: list[BlockData], errors: Sequence[BlockError]) -> list[EditorBlock]:
    """The blocks with their files, contents and tools, two or three queries; references were checked when the draft was saved."""
    assets = {str(pk): row for pk, row in Asset.objects.in_bulk(_refs(Asset, blocks, ASSET_BLOCKS)).items()}
    contents = {str(pk): row for pk, row in Content.objects.in_bulk(_refs(Content, blocks, (H5P,))).items()}
    refs = _refs(Link, blocks, (LTI,))
    links = {str(row.pk): row for row in Link.objects.filter(pk__in=refs).select_related("tool")} if refs else {}
    wrong = {error.block: error.message for error in errors}
    return [
        EditorBlock(
            block,
            assets.get(block.ref) if block.type in ASSET_BLOCKS else None,
            contents.get(block.ref) if block.type == H5P else None,
            links.get(block.ref) if block.type == LTI else None,
            wrong.get(block.id, ""),
        )
        for block in blocks
    ]


def _refs(model: type[Asset] | type[Content] | type[Link], blocks: list[BlockData], types: Sequence[str]) -> list[Any]:
    return [key for block in blocks if block.type in types and (key := ref_key(model, block.ref)) is not None]


def ref_key(model: type[Asset] | type[Content] | type[Link], ref: str) -> Any:
    """A reference as the model's key; None where it cannot be one."""
    try:
        return model._meta.pk.to_python(ref) if ref else None
    except ValidationError:
        return None


def lesson_of_context(student: User, context: str) -> Lesson | None:
    """The lesson of an H5P context, if the person studies it; None for a teacher's trial or another room's context."""
    name, _dash, number = context.partition("-")
    if name != "lesson" or not number.isascii() or not number.isdigit():
        return None
    return visible(student, Lesson, "study").filter(pk=int(number)).first()


def own_contents(user: User, also: list[EditorBlock]) -> list[Content]:
    """The H5P contents a teacher may choose from: their newest fifty and those the lesson has already."""
    found = {content.pk: content for content in Content.objects.filter(owner=user).order_by("-created")[:50]}
    return [*found.values(), *(block.content for block in also if block.content and block.content.pk not in found)]
