"""A teacher makes a video lesson with an exercise; a student studies it on two devices; strangers find nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from lms.h5p.models import Content, Result
from lms.models import Lesson, LessonProgress, WatchProgress
from media.models import Asset, AssetState
from school.identity.models import User
from tests.e2e.browser import watch
from tests.e2e.parts.words import look, wait_until

TITLE = "Bài 1: Phân số là gì?"


def makes_the_lesson(page: Page, where: str, lecture: Path, package: Path, size: str) -> Lesson:
    """A course for the class and subject of `where` ("6A1 · Toán"), a lesson with text, video and H5P; it is published."""
    page.goto("/khoa-hoc/")
    look(page, f"teacher-courses-{size}")
    page.get_by_role("link", name="Khoá học mới").first.click()
    page.get_by_label("Tên khoá học").fill("Toán 6 – Phân số")
    page.get_by_label("Lớp và môn học").select_option(label=where)
    page.get_by_role("button", name="Tạo khoá học").click()
    page.get_by_label("Tiêu đề").fill(TITLE)
    page.get_by_role("button", name="Tạo bài học").click()

    page.get_by_role("button", name="Văn bản", exact=True).click()
    page.get_by_role("textbox", name="Văn bản").click()
    page.keyboard.type("Hôm nay ta học về phân số.")
    expect(page.locator("[data-saved]")).to_have_text("Chưa lưu")

    page.get_by_role("button", name="Video", exact=True).click()
    video = page.locator(".edit-block", has=page.get_by_role("heading", name="2. Video"))
    expect(page.get_by_role("textbox", name="Văn bản")).to_have_text("Hôm nay ta học về phân số.")
    video.locator("input[type=file]").set_input_files(lecture)
    state = video.locator(".media-progress")
    expect(state).to_be_visible(timeout=30_000)
    asset = Asset.objects.latest("created")

    page.get_by_role("button", name="H5P", exact=True).click()
    exercise = page.locator(".edit-block", has=page.get_by_role("heading", name="3. H5P"))
    exercise.locator("input[type=file]").set_input_files(package)
    expect(exercise.locator("select option:checked")).not_to_have_text("Chưa chọn", timeout=30_000)
    expect(page.locator("[data-saved]")).to_contain_text("Đã lưu nháp")
    look(page, f"teacher-editor-{size}")

    # The page asks by itself: the teacher sees the state go on without doing anything.
    expect(video.locator(".media-progress[data-state=ready]")).to_be_visible(timeout=150_000)
    asset.refresh_from_db()
    assert asset.state == AssetState.READY
    page.get_by_role("button", name="Xuất bản", exact=True).click()
    expect(page.get_by_text("Bài học đã được xuất bản")).to_be_visible()
    lesson = Lesson.objects.latest("pk")
    assert lesson.live
    return lesson


def play(page: Page) -> None:
    """Presses the player's own button, which plays or pauses."""
    page.locator("media-play-button").click()


def position(page: Page) -> float:
    """Where the film stands, in seconds."""
    return float(page.locator("video").evaluate("video => video.currentTime"))


def pressed_until(page: Page, target: Locator, done: Callable[[], bool], what: str) -> None:
    """Presses until it has worked, at most once a second."""
    for _press in range(20):
        if done():
            return
        if target.is_visible():
            target.click()
        page.wait_for_timeout(1000)
    raise AssertionError(f"never came: {what}")


@dataclass
class Loaded:
    """What a student's browser loaded for the lesson: playlists and pieces of the film, the package's player."""

    film: list[str]
    package: list[str]


def studies(open_page: Callable[..., Page], student: User, lesson: Lesson) -> Loaded:
    """Watches half on a phone, goes on elsewhere at the same second, does the exercise; all of it is kept."""
    urls: list[str] = []
    phone = open_page("phone", student)
    phone.on("response", lambda answer: urls.append(answer.url))
    phone.goto("/")
    look(phone, "student-home")
    phone.get_by_role("link", name=re.compile(re.escape(TITLE))).first.click()
    expect(phone.get_by_text("Hôm nay ta học về phân số.")).to_be_visible()
    phone.wait_for_selector("[data-h5p-player][data-ready]")
    look(phone, "student-lesson-phone")
    play(phone)
    # A busy machine without a graphics card shows a film slowly.
    wait_until(phone, lambda: position(phone) > 3, "three seconds of film", 60)
    play(phone)
    progress = WatchProgress.objects.filter(student=student, lesson=lesson)
    seen = wait_until(phone, lambda: progress.filter(watched_seconds__gte=2).first(), "the report")
    assert seen is not None
    expect(phone.locator("[data-watch-percent]")).not_to_have_text("Đã xem 0%")
    phone.close()

    desktop = open_page("desktop", student)
    desktop.goto(f"/bai-hoc/{lesson.pk}/")
    play(desktop)
    wait_until(desktop, lambda: position(desktop) > seen.position - 0.5, "the place where the phone stopped", 60)
    wait_until(desktop, lambda: progress.get().watched_share > 0.8, "the whole film", 90)
    done = desktop.locator("#done")
    expect(done).to_contain_text("xong.")

    desktop.wait_for_selector("[data-h5p-player][data-ready]")
    frame = desktop.frame_locator("[data-h5p-player] iframe")
    # The page moves a little when the film's end is told; a tap that missed is made again, as a person does.
    for number, answer in enumerate(("3/6", "3/4", "2/5")):
        choice = frame.locator("fieldset").nth(number).get_by_label(answer)
        pressed_until(desktop, choice, choice.is_checked, answer)
    submit = frame.get_by_role("button", name="Nộp bài")
    pressed_until(desktop, submit, Result.objects.filter(user=student, completed=True).exists, "the answers")
    expect(done).to_contain_text("Em đã học xong bài này")
    expect(done).to_contain_text("2/3 điểm")
    assert Result.objects.get(user=student).context == f"lesson-{lesson.pk}"
    assert LessonProgress.objects.get(student=student, lesson=lesson).completed_at is not None
    look(desktop, "student-lesson-completed")
    desktop.goto("/khoa-hoc/")
    desktop.get_by_role("link", name=re.compile("Toán 6 – Phân số")).click()
    expect(desktop.get_by_role("heading", name="Tiến độ của em")).to_be_visible()
    look(desktop, "student-course")
    desktop.goto(f"/bai-hoc/{lesson.pk}/")
    expect(desktop.locator("#done")).to_contain_text("2/3 điểm")

    content = Content.objects.get(lesson_materials__lesson=lesson, lesson_materials__live=True)
    return Loaded(
        film=[url for url in urls if "/kho-tep/" in url and re.search(r"\.(m3u8|mp4|jpg)(\?|$)", url)],
        package=[url for url in urls if f"/h5p/{content.pk}/choi/" in url],
    )


def finds_nothing(page: Page, lesson: Lesson, loaded: Loaded) -> None:
    """404 for the lesson's page, for every piece of the film and for the way into the package."""
    watch(page).expect("404")
    assert loaded.film
    assert loaded.package
    for address in [*loaded.film, *loaded.package]:
        answer = page.request.get(address)
        assert answer.status == 404, f"{answer.status} for {address}"
    found = page.goto(f"/bai-hoc/{lesson.pk}/")
    assert found is not None
    assert found.status == 404
    expect(page.locator("h1")).to_be_visible()


def reads_who_has_studied(page: Page, lesson: Lesson, student: User, size: str) -> None:
    """The teacher's table of the class."""
    page.goto(f"/khoa-hoc/{lesson.course_id}/")
    look(page, f"teacher-course-{size}")
    page.get_by_role("link", name="Ai đã học").click()
    row = page.get_by_role("row", name=re.compile(student.full_name))
    expect(row).to_contain_text("Đã học xong")
    expect(row).to_contain_text("bài tập 2/3")
    look(page, f"teacher-report-{size}")
