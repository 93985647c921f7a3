"""A course of 6A1 with a video lesson and an interactive exercise, made as a teacher makes them."""

from __future__ import annotations

import io

from lms.blocks import H5P, HEADING, TEXT, VIDEO, BlockData
from lms.h5p.packing import folder_pack
from lms.h5p.services import content_install, library_install
from lms.models import Course
from lms.services.courses import course_create, section_create
from lms.services.lessons import lesson_create, lesson_publish, lesson_save_draft
from media.notes import note_add
from media.services import asset_from_file, download_allow
from school.organisation.models import Subject

from .district import OFFICE_ADMIN
from .files import demo_file
from .marks import class_6a1
from .people import MATHS_TEACHER, person

COURSE = "Toán 6 – Phân số"
LECTURE = "bai-giang-phan-so-1080p.mp4"
BEFORE = (
    "<p>Xem hết bài giảng (hơn một phút), rồi làm bài tập ngay bên dưới. "
    "Em có thể dừng và xem tiếp lúc khác: Mái Trường nhớ chỗ em dừng.</p>"
)
# Shown to the class when the film comes to this second.
QUESTIONS = {
    15: "Dừng lại và thử tự trả lời: hai phân số bằng nhau khi nào?",
    45: "Em hãy lấy thêm một ví dụ của riêng mình rồi ghi vào “Ghi chú của tôi”.",
}
NEXT = "<p>Đọc trước mục “Quy đồng mẫu số nhiều phân số” trong sách giáo khoa và ghi lại một câu em chưa hiểu.</p>"


def course_make() -> None:
    """The course, its first lesson published, its second a draft; the video waits for the worker."""
    if Course.objects.filter(title=COURSE).exists():
        return
    school_class, teacher = class_6a1(), person(MATHS_TEACHER)
    school = school_class.school
    course = course_create(
        title=COURSE,
        school=school,
        school_class=school_class,
        subject=Subject.objects.get(code="TOAN"),
        by=teacher,
    )
    section = section_create(course=course, title="Chương 6. Phân số")
    video = asset_from_file(
        demo_file("media", LECTURE), owner=teacher, title="Phân số bằng nhau: bài giảng", school=school
    )
    download_allow(video, True)
    for second, question in QUESTIONS.items():
        note_add(author=teacher, asset=video, at=second, text=question, shared=True)
    package = folder_pack(demo_file("h5p", "quick-check"))
    # Code comes in by the office alone; the teacher's package then takes the installed code.
    library_install(file=io.BytesIO(package), by=person(OFFICE_ADMIN))
    exercise = content_install(
        file=io.BytesIO(package),
        by=teacher,
        school=school,
        name="Luyện tập: phân số bằng nhau",
    )
    title = "Bài 1. Phân số bằng nhau"
    lesson = lesson_create(course=course, title=title, section=section, by=teacher)
    blocks = [
        BlockData(type=TEXT, text=BEFORE),
        BlockData(type=VIDEO, ref=str(video.pk), caption="Bài giảng của cô Toán 6A1"),
        BlockData(type=HEADING, text="Luyện tập"),
        BlockData(type=H5P, ref=str(exercise.pk)),
    ]
    lesson = lesson_save_draft(lesson=lesson, title=title, section=section, blocks=blocks, by=teacher)
    lesson_publish(lesson=lesson, by=teacher)
    title = "Bài 2. Quy đồng mẫu số nhiều phân số"
    draft = lesson_create(course=course, title=title, section=section, by=teacher)
    lesson_save_draft(lesson=draft, title=title, section=section, blocks=[BlockData(type=TEXT, text=NEXT)], by=teacher)
