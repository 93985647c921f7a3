"""The office's administrator: all schools, the lists of one of them, what is wrong with a dirty one; the figures of the week."""

from __future__ import annotations

import csv
import re

from playwright.sync_api import Page, expect

from config.demo.files import demo_file
from school.organisation.models import Enrolment, School, TeachingAssignment
from school.roster.models import RosterImport
from tests.e2e.parts.words import look, vi

SCHOOL = "Trường THCS Ngọc Lâm"
LISTS = ("staff_thcs_ngoc_lam.xlsx", "students_thcs_ngoc_lam.xlsx", "teaching_thcs_ngoc_lam.xlsx")


def sees_all_schools(page: Page) -> None:
    """The dashboard counts the schools and lists each."""
    page.goto("/van-phong/")
    expect(page.locator("main")).to_contain_text(str(School.objects.count()))
    expect(page.get_by_role("row", name=re.compile(SCHOOL))).to_be_visible()


def send_list(page: Page, name: str) -> RosterImport:
    """Choose a file for the school and look at the preview."""
    page.goto("/danh-sach/nhap/")
    page.get_by_label(vi("School"), exact=True).select_option(label=SCHOOL.removeprefix("Trường "))
    page.get_by_label(vi("Kind of list")).select_option(name.split("_")[0])
    page.get_by_label(vi("File"), exact=True).set_input_files(demo_file("district", name))
    page.get_by_role("button", name=vi("Look at the list")).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible(timeout=60_000)
    return RosterImport.objects.latest("pk")


def is_shown_the_faults(page: Page, size: str) -> None:
    """Every fault of the dirty list by row, column and words; nothing is written; the list is dropped."""
    before = Enrolment.objects.count()
    send_list(page, "students_thcs_ngoc_lam_dirty.xlsx")
    faults = demo_file("district", "students_thcs_ngoc_lam_dirty.faults.csv").read_text(encoding="utf-8-sig")
    for row in csv.DictReader(faults.splitlines()):
        if not row["fault"].startswith("none"):
            # By tags, not roles: on a phone the table is laid out as cards.
            number = page.locator("td", has_text=re.compile(rf"^{row['row_in_sheet']}$"))
            expect(page.locator("tr", has=number).filter(has_text=row["column"])).not_to_have_count(0)
    look(page, f"office-faults-{size}")
    page.get_by_role("button", name=vi("Drop the list")).click()
    assert Enrolment.objects.count() == before


def imports_the_lists(page: Page, size: str) -> None:
    """Staff, students and teaching of the school are taken over."""
    for name in LISTS:
        send_list(page, name)
        page.get_by_role("button", name=vi("Take the list over")).click()
        expect(page.get_by_text(vi("Taken over"), exact=False).first).to_be_visible(timeout=60_000)
    look(page, f"office-lists-{size}")
    assert Enrolment.objects.current().filter(school__name=SCHOOL, school_class__name="6A1").count() == 44
    assert TeachingAssignment.objects.current().filter(school__name=SCHOOL).exists()


def reads_the_figures(page: Page, size: str) -> None:
    """The dashboard counts what the story did this week."""
    page.goto("/van-phong/")
    look(page, f"office-home-{size}")
