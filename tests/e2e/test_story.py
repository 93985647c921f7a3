"""The story that must work, in a real browser on a phone's and a desktop's viewport."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from lms.h5p.services import library_install
from media.conf import ffmpeg_binary
from tests.e2e.browser import SIZES
from tests.e2e.conftest import Site
from tests.e2e.parts import lesson as part
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


@pytest.mark.timeout(400)
@pytest.mark.parametrize("size", list(SIZES))
def test_a_video_lesson_is_made_by_its_teacher_and_studied_by_the_class_alone(
    world: World, site: Site, open_page: Callable[..., Page], tmp_path: Path, lecture: Path, size: str
) -> None:
    package = tmp_path / "on-tap.h5p"
    package.write_bytes(quick_check())
    library_install(file=io.BytesIO(package.read_bytes()), by=world.office_admin)
    teacher = open_page(size, world.a.teacher)
    with worker():
        lesson = part.makes_the_lesson(teacher, "6A1 · Toán", lecture, package, size)
    loaded = part.studies(open_page, world.a.student, lesson)
    for stranger in (world.a.outsider, world.b.student):
        part.finds_nothing(open_page(size, stranger), lesson, loaded)
    part.reads_who_has_studied(teacher, lesson, world.a.student, size)
