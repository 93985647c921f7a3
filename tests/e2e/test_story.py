"""The story that must work, whole: from the office's lists to the figures on its dashboard, on a phone and on a desktop."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from config.demo.district import OFFICE_ADMIN, district_make
from config.demo.files import demo_file
from config.demo.news import news_make
from lms.h5p.services import library_install
from media.conf import ffmpeg_binary
from school.identity.models import User
from school.organisation.models import School
from school.roster.services import roster_import
from tests.e2e.browser import SIZES, axe, no_sideways_scroll, picture, pictures
from tests.e2e.conftest import Site
from tests.e2e.parts import family, lesson, marks, office, public, shelf
from tests.e2e.worker import worker
from tests.lms.h5p.packages import quick_check

PEOPLE = {
    "principal": "GV039001",
    "librarian": "GV039003",
    "school-admin": "GV039004",
    "teacher": "GV039015",
    "homeroom": "GV039024",
    "student": "0103915001",
}
ROOT = Path(__file__).resolve().parents[2]
README = {
    "home-student-phone": "student",
    "parent-contact-book-phone": "parent",
    "teacher-marks-desktop": "teacher",
    "librarian-desk-desktop": "librarian",
    "home-principal-desktop": "principal",
    "office-home-desktop": "office",
}
OTHER_SCHOOL = "01004001"


def person(code: str) -> User:
    """Somebody of the lists."""
    found: User = User.objects.get(code=code)
    return found


@pytest.fixture
def lecture(tmp_path: Path) -> Path:
    """The first seven seconds of the demonstration's lecture, cut without encoding: a real video, quickly processed."""
    target = tmp_path / "bai-giang-phan-so.mp4"
    source = str(demo_file("media", "bai-giang-phan-so-1080p.mp4"))
    words = [ffmpeg_binary(), "-nostdin", "-loglevel", "error", "-t", "7", "-i", source, "-c", "copy", str(target)]
    subprocess.run(words, check=True, timeout=60)
    return target


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An H5P package of our own content type."""
    target = tmp_path / "on-tap.h5p"
    target.write_bytes(quick_check())
    return target


def for_the_readme(size: str) -> None:
    """Keep the pictures that the README shows, the top of each page (UPDATE_PICTURES=1)."""
    width, height = SIZES[size]
    for name, kept in README.items():
        if name.endswith(size):
            with Image.open(pictures() / f"{name}.png") as shot:
                shot.crop((0, 0, width, min(shot.height, height))).quantize(128).save(
                    ROOT / "docs" / "pictures" / f"{kept}.png", optimize=True
                )


def strangers() -> list[User]:
    """A pupil of another class and one of another school."""
    other = School.objects.get(code=OTHER_SCHOOL)
    content = demo_file("district", "students_th_ai_mo_a.xlsx").read_bytes()
    assert roster_import(school=other, kind="students", content=content).written
    elsewhere = User.objects.filter(enrolments__school=other).by_name().first()
    classmate_of_nobody = User.objects.filter(enrolments__school_class__name="6A2").by_name().first()
    assert elsewhere is not None
    assert classmate_of_nobody is not None
    return [classmate_of_nobody, elsewhere]


# One after the other: each transcodes a film and plays it.
@pytest.mark.xdist_group("story")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", list(SIZES))
def test_a_district_goes_from_its_lists_to_a_fathers_phone(
    site: Site, open_page: Callable[..., Page], size: str, lecture: Path, package: Path
) -> None:
    district_make()
    admin = open_page(size, person(OFFICE_ADMIN))
    office.sees_all_schools(admin)
    office.imports_the_lists(admin, size)
    office.is_shown_the_faults(admin, size)

    people = {role: person(code) for role, code in PEOPLE.items()}
    student = people["student"]
    father = student.guarded_by.get(relation="father").guardian
    library_install(file=io.BytesIO(package.read_bytes()), by=person(OFFICE_ADMIN))
    teacher = open_page(size, people["teacher"])
    with worker():
        made = lesson.makes_the_lesson(teacher, "6A1 · Toán", lecture, package, size)
    loaded = lesson.studies(open_page, student, made)
    for stranger in strangers():
        lesson.finds_nothing(open_page(size, stranger), made, loaded)
    lesson.reads_who_has_studied(teacher, made, student, size)

    marks.pastes_and_publishes(teacher, size)
    marks.reports_an_absence(open_page(size, people["homeroom"]), student, size)
    family.reads_the_contact_book(open_page(size, father), father, student, size)

    librarian = open_page(size, people["librarian"])
    shelf.catalogues_and_lends(librarian, student, size)
    shelf.adds_an_ebook(librarian)
    shelf.finds_and_reads(open_page(size, student), size)

    news_make()
    school = School.objects.get(name=office.SCHOOL)
    public.reads_the_news(open_page(size), site, school.slug, size)

    office.reads_the_figures(admin, size)
    for role, user in {**people, "office": person(OFFICE_ADMIN), "father": father}.items():
        page = open_page(size, user)
        page.goto("/")
        axe(page)
        no_sideways_scroll(page)
        picture(page, f"home-{role}-{size}")
        page.close()
    if os.environ.get("UPDATE_PICTURES"):
        for_the_readme(size)
