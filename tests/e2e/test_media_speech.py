"""A teacher has captions made from the speech, reads them against the recording, corrects them, and a pupil sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lms.blocks import BlockData
from media import jobs, pipeline, services
from media.models import Asset, AssetState, Job
from media.services import asset_from_file
from tests.e2e.browser import SIZES, axe, no_sideways_scroll, picture
from tests.lms.made import make_course, make_lesson
from tests.media import speaking
from tests.world import World, build


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


@pytest.mark.parametrize("size", list(SIZES))
def test_captions_are_made_checked_and_shown(
    size: str,
    open_page: Callable[..., Page],
    cast: World,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.MEDIA_PIPELINE = {**settings.MEDIA_PIPELINE, "speech_model": speaking.model()}
    made = asset_from_file(speaking.lecture(seconds=17), owner=cast.a.teacher, title="Phân số bằng nhau")
    film = Asset.objects.get(pk=made.pk, state=AssetState.READY)
    lesson = make_lesson(make_course(cast, cast.a), cast.a, [BlockData(type="video", ref=str(film.pk))], title="Bài 3")
    monkeypatch.setattr(services, "_send_hint", lambda job_id: None)  # the test is the worker

    teacher = open_page(size, cast.a.teacher)
    teacher.goto(f"/kho-tep/{film.pk}/")
    panel = teacher.locator("[data-speech]")
    expect(panel.get_by_label("Ngôn ngữ trong bản ghi")).to_have_value("vi")
    panel.scroll_into_view_if_needed()
    picture(teacher, f"speech-off-{size}")
    panel.get_by_role("button", name="Tạo phụ đề từ lời nói").click()
    expect(panel).to_contain_text("Đang chờ đến lượt")
    job = film.jobs.get(kind=Job.JobKind.SPEECH)
    lease = jobs.claim(job.pk, owner="test")
    assert lease is not None
    jobs.beat(lease, 0.4)
    expect(panel).to_contain_text("Đang ghi lời nói: 40%")
    axe(teacher)
    picture(teacher, f"speech-moving-{size}")
    jobs.release("test")
    pipeline.run_job(job.pk, owner="test")
    expect(panel).to_contain_text("Phụ đề Tiếng Việt đã có, chờ kiểm tra")
    no_sideways_scroll(teacher)
    axe(teacher)
    picture(teacher, f"speech-ready-{size}")
    teacher.reload()
    expect(teacher.get_by_text("Máy ghi, chưa kiểm tra")).to_be_visible()
    picture(teacher, f"speech-list-{size}")

    panel.get_by_role("link", name="Kiểm tra từng dòng").click()
    first = teacher.locator(".caption-lines textarea").first
    expect(first).to_have_value(re.compile("^Chào các em"))
    no_sideways_scroll(teacher)
    axe(teacher)
    picture(teacher, f"speech-lines-{size}")
    second = teacher.locator(".caption-lines [data-seek]").nth(1)
    at = float(second.get_attribute("data-seek") or "0")
    second.click()
    teacher.wait_for_function("at => document.querySelector('video').currentTime >= at", arg=at)
    first.fill("Chào các em! Hôm nay chúng ta học bài phân số.")
    teacher.get_by_role("button", name="Lưu các dòng").click()
    expect(teacher.get_by_text("Đã lưu các dòng phụ đề.")).to_be_visible()
    pupil = open_page(size, cast.a.student)
    pupil.goto(lesson.get_absolute_url())
    expect(pupil.locator("details.transcript summary").filter(has_text="Tiếng Việt")).to_have_count(0)
    teacher.get_by_role("button", name="Lưu và cho người xem thấy").click()
    expect(teacher.get_by_text("Đang hiện").first).to_be_visible()

    pupil.reload()
    pupil.locator("details.transcript summary").filter(has_text="Tiếng Việt").click()
    expect(pupil.locator("[data-transcript]")).to_contain_text("Chào các em! Hôm nay chúng ta học bài phân số.")
    picture(pupil, f"speech-pupil-{size}")
