"""The story that must work, whole: from the office's lists to the figures on its dashboard, on a phone and on a desktop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from config.demo.district import OFFICE_ADMIN, district_make
from config.demo.news import news_make
from school.identity.models import User
from school.organisation.models import School
from tests.e2e.browser import SIZES, axe, no_sideways_scroll, picture
from tests.e2e.conftest import Site
from tests.e2e.parts import family, marks, office, public, shelf

PEOPLE = {
    "principal": "GV039001",
    "librarian": "GV039003",
    "school-admin": "GV039004",
    "teacher": "GV039015",
    "homeroom": "GV039024",
    "student": "0103915001",
}


def person(code: str) -> User:
    """Somebody of the lists."""
    found: User = User.objects.get(code=code)
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", list(SIZES))
def test_a_district_goes_from_its_lists_to_a_fathers_phone(
    site: Site, open_page: Callable[..., Page], size: str
) -> None:
    district_make()
    admin = open_page(size, person(OFFICE_ADMIN))
    office.sees_all_schools(admin)
    office.imports_the_lists(admin, size)
    office.is_shown_the_faults(admin, size)

    people = {role: person(code) for role, code in PEOPLE.items()}
    student = people["student"]
    father = student.guarded_by.get(relation="father").guardian
    marks.pastes_and_publishes(open_page(size, people["teacher"]), people["teacher"], size)
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
