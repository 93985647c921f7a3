"""Lessons made for tests, always the same way."""

from dataclasses import dataclass

from lms.blocks import BlockData
from lms.h5p.models import Content, Library
from lms.models import Course, Lesson
from lms.services.courses import course_create
from lms.services.lessons import lesson_create, lesson_publish, lesson_save_draft
from media.models import Asset, AssetState, Kind
from tests.world import Cast, World


def make_course(world: World, cast: Cast, title: str = "Toán 6") -> Course:
    return course_create(
        title=title, school=cast.school, school_class=cast.class1, subject=world.maths, by=cast.teacher
    )


def make_video(cast: Cast, duration: float = 100.0) -> Asset:
    return Asset.objects.create(
        owner=cast.teacher,
        school=cast.school,
        kind=Kind.VIDEO,
        title="Phân số",
        original_name="phan-so.mp4",
        state=AssetState.READY,
        duration=duration,
    )


def make_h5p(cast: Cast, title: str = "Ôn phân số") -> Content:
    library, _ = Library.objects.get_or_create(
        machine_name="H5P.TrueFalse", major=1, minor=8, defaults={"title": "True/False", "runnable": True}
    )
    return Content.objects.create(
        owner=cast.teacher, school=cast.school, title=title, main=library, folder=f"{cast.school.slug}-{title}"
    )


def make_lesson(
    course: Course, cast: Cast, blocks: list[BlockData], title: str = "Bài 1", publish: bool = True
) -> Lesson:
    lesson = lesson_create(course=course, title=title, by=cast.teacher)
    lesson_save_draft(lesson=lesson, title=title, section=None, blocks=blocks, by=cast.teacher)
    if publish:
        lesson_publish(lesson=lesson, by=cast.teacher)
    return Lesson.objects.get(pk=lesson.pk)


@dataclass
class Class6A1:
    """A published lesson of 6A1 with a video of 100 s and an H5P content."""

    course: Course
    lesson: Lesson
    video: Asset
    content: Content

    @property
    def material(self) -> int:
        """The video's number in the lesson's page."""
        return self.lesson.materials.get(live=True, block="video").pk


def text(html: str = "<p>Hôm nay ta học phân số.</p>") -> BlockData:
    return BlockData(type="text", text=html)


def build(world: World, cast: Cast) -> Class6A1:
    course, video, content = make_course(world, cast), make_video(cast), make_h5p(cast)
    blocks = [text(), BlockData(type="video", ref=str(video.pk)), BlockData(type="h5p", ref=str(content.pk))]
    return Class6A1(course, make_lesson(course, cast, blocks), video, content)
