"""The story that must work, in a real browser on a phone's and a desktop's viewport."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lms.h5p.models import Result
from lms.h5p.services import library_install
from lms.models import Lesson, LessonProgress, WatchProgress
from media.conf import ffmpeg_binary
from media.models import Asset, AssetState
from tests.e2e.browser import axe, no_sideways_scroll, picture, watch
from tests.e2e.conftest import Site
from tests.e2e.worker import worker
from tests.lms.h5p.packages import quick_check
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lecture(tmp_path: Path) -> Path:
    """The first seven seconds of the demonstration's lecture, cut without encoding: a real video, quickly processed."""
    target = tmp_path / "bai-giang-phan-so.mp4"
    source = ROOT / "demo" / "media" / "bai-giang-phan-so-1080p.mp4"
    words = [ffmpeg_binary(), "-nostdin", "-loglevel", "error", "-t", "7", "-i", str(source), "-c", "copy", str(target)]
    subprocess.run(words, check=True, timeout=60)
    return target


def clean(page: Page, name: str) -> None:
    """The page's look is as it should be; its picture is kept."""
    axe(page)
    no_sideways_scroll(page)
    picture(page, name)


def wait_until(page: Page, found: Callable[[], object], what: str, seconds: float = 20) -> object:
    """What a person would see after a moment."""
    for _round in range(int(seconds * 5)):
        if value := found():
            return value
        page.wait_for_timeout(200)
    raise AssertionError(f"never came: {what}")


def teacher_makes_the_lesson(page: Page, world: World, lecture: Path, package: Path) -> Lesson:
    """A course for 6A1, a lesson with a text, a video and an H5P package; the video's progress; publishing."""
    page.goto("/khoa-hoc/")
    clean(page, "teacher-courses-empty")
    page.get_by_role("link", name="Khoá học mới").first.click()
    page.get_by_label("Tên khoá học").fill("Toán 6 – Phân số")
    page.get_by_label("Lớp và môn học").select_option(label="6A1 · Toán")
    page.get_by_role("button", name="Tạo khoá học").click()
    page.get_by_label("Tiêu đề").fill("Bài 1: Phân số là gì?")
    page.get_by_role("button", name="Tạo bài học").click()

    page.get_by_role("button", name="Văn bản", exact=True).click()
    area = page.get_by_role("textbox", name="Văn bản")
    area.click()
    page.keyboard.type("Hôm nay ta học về phân số.")
    expect(page.locator("[data-saved]")).to_have_text("Chưa lưu")

    page.get_by_role("button", name="Video", exact=True).click()
    video = page.locator(".edit-block", has=page.get_by_role("heading", name="2. Video"))
    expect(page.get_by_role("textbox", name="Văn bản")).to_have_text("Hôm nay ta học về phân số.")
    video.locator("input[type=file]").set_input_files(lecture)
    state = video.locator(".media-progress")
    expect(state).to_be_visible(timeout=30_000)
    wait_until(page, lambda: Asset.objects.exists(), "the uploaded video")

    page.get_by_role("button", name="H5P", exact=True).click()
    exercise = page.locator(".edit-block", has=page.get_by_role("heading", name="3. H5P"))
    exercise.locator("input[type=file]").set_input_files(package)
    expect(exercise.locator("select option:checked")).not_to_have_text("Chưa chọn", timeout=30_000)
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu nháp")
    clean(page, "teacher-editor")

    seen = set()
    wait_until(page, lambda: seen.add(state.get_attribute("data-state")) or "ready" in seen, "a ready video", 120)
    assert seen <= {"uploaded", "processing", "ready"}
    assert Asset.objects.get().state == AssetState.READY
    page.get_by_role("button", name="Xuất bản", exact=True).click()
    expect(page.get_by_text("Bài học đã được xuất bản")).to_be_visible()
    lesson = Lesson.objects.get()
    assert lesson.live
    return lesson


def play(page: Page) -> None:
    """Presses the player's own button, which plays or pauses."""
    page.locator("media-play-button").click()


def position(page: Page) -> float:
    return float(page.locator("video").evaluate("video => video.currentTime"))


def student_studies(open_page: Callable[..., Page], world: World, lesson: Lesson) -> None:
    """Watches half on a phone, goes on elsewhere at the same second, does the exercise; all of it is kept."""
    student = world.a.student
    phone = open_page("phone", student)
    phone.goto("/")
    clean(phone, "student-home")
    phone.get_by_role("link", name=re.compile("Bài 1: Phân số là gì")).click()
    expect(phone.get_by_text("Hôm nay ta học về phân số.")).to_be_visible()
    clean(phone, "student-lesson-phone")
    play(phone)
    wait_until(phone, lambda: position(phone) > 3, "three seconds of film")
    play(phone)
    seen = wait_until(phone, lambda: WatchProgress.objects.filter(watched_seconds__gte=2).first(), "the report")
    assert isinstance(seen, WatchProgress)
    expect(phone.locator("[data-watch-percent]")).not_to_have_text("Đã xem 0%")
    phone.close()

    desktop = open_page("desktop", student)
    desktop.goto(f"/bai-hoc/{lesson.pk}/")
    play(desktop)
    wait_until(desktop, lambda: position(desktop) > seen.position - 0.5, "the place where the phone stopped", 5)
    wait_until(desktop, lambda: WatchProgress.objects.get().watched_share > 0.8, "the whole film")
    done = desktop.locator("#done")
    expect(done).to_contain_text("xong.")

    frame = desktop.frame_locator("[data-h5p-player] iframe")
    desktop.wait_for_selector("[data-h5p-player][data-ready]")
    frame.locator("fieldset").nth(0).get_by_label("3/6").check()
    frame.locator("fieldset").nth(1).get_by_label("3/4").check()
    frame.locator("fieldset").nth(2).get_by_label("2/5").check()
    frame.get_by_role("button", name="Nộp bài").click()
    expect(done).to_contain_text("Em đã học xong bài này")
    expect(done).to_contain_text("2/3 điểm")
    assert Result.objects.get().context == f"lesson-{lesson.pk}"
    assert LessonProgress.objects.get(student=student).completed_at is not None
    clean(desktop, "student-lesson-completed")
    desktop.goto("/khoa-hoc/")
    desktop.get_by_role("link", name=re.compile("Toán 6 – Phân số")).click()
    expect(desktop.get_by_role("heading", name="Tiến độ của em")).to_be_visible()
    clean(desktop, "student-course")
    desktop.goto(f"/bai-hoc/{lesson.pk}/")
    expect(desktop.locator("#done")).to_contain_text("2/3 điểm")


def strangers_find_nothing(open_page: Callable[..., Page], world: World, lesson: Lesson, addresses: list[str]) -> None:
    """A pupil of another class or school: 404 for the page, the video's pieces and the package's files."""
    for user in (world.a.outsider, world.b.student):
        page = open_page("phone", user)
        watch(page).expect("404")
        for address in addresses:
            answer = page.request.get(address)
            assert answer.status == 404, f"{user.full_name} got {answer.status} for {address}"
        answer = page.goto(f"/bai-hoc/{lesson.pk}/")
        assert answer is not None
        assert answer.status == 404
        expect(page.locator("h1")).to_be_visible()


@pytest.mark.timeout(400)
def test_a_video_lesson_is_made_by_its_teacher_and_studied_by_the_class_alone(
    world: World, site: Site, open_page: Callable[..., Page], tmp_path: Path, lecture: Path
) -> None:
    package = tmp_path / "on-tap.h5p"
    package.write_bytes(quick_check())
    library_install(file=io.BytesIO(package.read_bytes()), by=world.office_admin)
    folder = tmp_path / "worker"
    folder.mkdir()
    with worker(folder):
        teacher = open_page("desktop", world.a.teacher)
        lesson = teacher_makes_the_lesson(teacher, world, lecture, package)

    loaded: list[str] = []
    student = open_page("phone", world.a.student)
    student.on("response", lambda answer: loaded.append(answer.url))
    student.goto(f"/bai-hoc/{lesson.pk}/")
    student.wait_for_selector("[data-h5p-player][data-ready]")
    play(student)
    wait_until(student, lambda: position(student) > 0.2, "the first picture")
    play(student)
    pieces = [url for url in loaded if "/kho-tep/" in url and re.search(r"\.(m3u8|mp4|jpg)(\?|$)", url)]
    files = [
        url for url in loaded if f"/h5p/{Result.objects.model.content.field.related_model.objects.get().pk}/" in url
    ]
    assert pieces
    assert files
    student.close()
    WatchProgress.objects.all().delete()
    LessonProgress.objects.all().delete()

    student_studies(open_page, world, lesson)
    strangers_find_nothing(open_page, world, lesson, [*pieces, *files])

    teacher.goto(f"/khoa-hoc/{lesson.course_id}/")
    clean(teacher, "teacher-course")
    teacher.goto(f"/khoa-hoc/{lesson.course_id}/theo-doi/")
    row = teacher.get_by_role("row", name=re.compile(world.a.student.full_name))
    expect(row).to_contain_text("Đã học xong")
    expect(row).to_contain_text("bài tập 2/3")
    clean(teacher, "teacher-report")
