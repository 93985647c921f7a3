"""Handing in, locking, correcting and looking again in a real browser; the grids of primary, upper secondary and university."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gradebook.entry import Window
from gradebook.models import Correction, Mark, MarkReview, MarkSheet
from gradebook.services import (
    Change,
    cluster_add,
    delegation_give,
    marks_save,
    retest_add,
    sheet_open,
    sheet_publish,
    windows_set,
)
from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment, Subject, TeachingAssignment
from school.organisation.services import class_create, school_create
from tests.e2e.browser import axe, no_sideways_scroll, picture, watch
from tests.e2e.test_marks import PASTE, cell, result, saved
from tests.world import World

FULL = ("8", "7,5", "9", "8", "7", "8,5")
DAY = datetime.timedelta(days=1)


def size_of(page: Page) -> str:
    assert page.viewport_size is not None
    return "phone" if page.viewport_size["width"] < 500 else "desktop"


def looked_at(page: Page, name: str) -> None:
    no_sideways_scroll(page)
    axe(page)
    picture(page, f"{name}-{size_of(page)}")


def fill(sheet: MarkSheet, student: User, by: User, *texts: str) -> None:
    changes = [
        Change(student.pk, column.pk, text, 0) for column, text in zip(sheet.columns.all(), texts, strict=False) if text
    ]
    assert all(outcome.status == "ok" for outcome in marks_save(sheet=sheet, changes=changes, by=by).outcomes)


@pytest.fixture
def sheet(site: Any, world: World) -> MarkSheet:
    """Maths of 6A1, full and published; literature is begun."""
    made = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    for student in (world.a.student, world.a.student2):
        fill(made, student, world.a.teacher, *FULL)
    sheet_publish(sheet=made, by=world.a.teacher)
    other = sheet_open(school_class=world.a.class1, subject=world.literature, term=world.term1)
    fill(other, world.a.student, world.a.teacher2, "8", "7")
    return made


def test_a_sheet_goes_from_its_teacher_to_the_principals_lock_and_back_by_a_correction(
    either: Page, world: World, sheet: MarkSheet, sign_in: Callable[..., None]
) -> None:
    page = either
    sign_in(page, world.a.teacher)
    page.goto(f"/so-diem/{sheet.pk}/", timeout=60_000)
    page.get_by_role("link", name="Nộp GK").click()
    expect(page.get_by_text("Không thiếu điểm nào.")).to_be_visible()
    looked_at(page, "submit")
    page.get_by_role("button", name="Nộp", exact=True).click()
    expect(page.locator(".groups")).to_contain_text("Đã nộp")
    # Walking over a shut cell works, typing into it does not, and the line above says why.
    cell(page, world.a.student, "GK").click()
    page.keyboard.type("9")
    expect(cell(page, world.a.student, "GK")).to_have_value("7")
    expect(page.locator("#cell-why")).to_contain_text("Cột GK đã nộp")
    page.keyboard.press("Enter")
    expect(cell(page, world.a.student2, "GK")).to_be_focused()
    looked_at(page, "sheet-submitted")

    sign_in(page, world.a.principal)
    page.goto("/so-diem/toan-truong/?hk=1")
    looked_at(page, "overview")
    page.goto("/so-diem/toan-truong/?hk=1&chon=1")
    for name in ("TX", "GK", "CK"):
        page.get_by_label(f"{name} –").check()
    page.get_by_role("button", name="Khoá…").click()
    expect(page.get_by_text("Thiếu").first).to_be_visible()
    looked_at(page, "lock-many")
    page.get_by_role("button", name="Khoá các sổ đã đủ điểm").click()
    expect(page.get_by_text("Đã khoá 1 sổ.")).to_be_visible()

    sign_in(page, world.a.teacher)
    page.goto(f"/so-diem/{sheet.pk}/")
    page.get_by_role("link", name="Đề nghị sửa điểm").click()
    field = page.locator(f'input[name="m-{world.a.student.pk}-{sheet.columns.get(kind="GK").pk}"]')
    field.fill("8,5")
    page.get_by_label("Lí do").fill("Chấm lại bài, biên bản số 5")
    page.locator("input[type=file]").set_input_files(
        {"name": "bien-ban.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 scan"}
    )
    looked_at(page, "correction-ask")
    page.get_by_role("button", name="Gửi đề nghị").click()
    expect(page.get_by_role("heading", name="Sửa điểm: Toán – 6A1")).to_be_visible()

    sign_in(page, world.a.principal)
    page.goto("/so-diem/sua-diem/")
    looked_at(page, "corrections")
    page.locator("a.list-link").click()
    expect(page.get_by_text("Gia đình đã xem điểm cũ")).to_be_visible()
    looked_at(page, "correction")
    page.get_by_role("button", name="Duyệt và ghi điểm").click()
    expect(page.get_by_text("Đã sửa điểm.")).to_be_visible()
    assert Correction.objects.get().state == "approved"

    sign_in(page, world.a.teacher)
    page.goto(f"/so-diem/{sheet.pk}/")
    expect(page.locator(".notes")).to_contain_text("7 → 8,5")
    looked_at(page, "sheet-corrected")
    page.goto(f"/so-diem/{sheet.pk}/in/")
    picture(page, f"sheet-corrected-print-{size_of(page)}")


def test_days_of_entry_and_delegation_are_set_and_seen_in_the_sheet(
    either: Page, world: World, sheet: MarkSheet, sign_in: Callable[..., None]
) -> None:
    page = either
    windows_set(
        node=world.office, windows={(world.term1.pk, "CK"): Window(None, today() + 30 * DAY)}, by=world.office_admin
    )
    delegation_give(
        school=world.a.school, delegate=world.a.vice, by=world.a.principal, starts=today(), ends=today() + DAY,
        note="QĐ 12/QĐ-THCS",
    )  # fmt: skip
    sign_in(page, world.a.principal)
    watch(page).expect("422")
    page.goto("/so-diem/thoi-han/", timeout=60_000)
    page.locator(f"#den-{world.term1.pk}-GK").fill(f"{today() - DAY}")
    page.locator(f"#den-{world.term1.pk}-CK").fill(f"{today() + 60 * DAY}")
    page.get_by_role("button", name="Đặt thời hạn").click()
    expect(page.get_by_text("cấp trên cho nhập chậm nhất")).to_be_visible()
    looked_at(page, "windows")
    page.locator(f"#den-{world.term1.pk}-CK").fill(f"{today() + 20 * DAY}")
    page.get_by_role("button", name="Đặt thời hạn").click()
    expect(page.get_by_text("Đã đặt thời hạn nhập điểm.")).to_be_visible()
    page.goto("/so-diem/uy-quyen/")
    looked_at(page, "delegations")
    sign_in(page, world.a.teacher)
    page.goto(f"/so-diem/{sheet.pk}/")
    expect(page.locator(".groups")).to_contain_text(f"Cột GK khoá từ {today():%d/%m/%Y}")
    looked_at(page, "sheet-days")
    page.goto(f"/so-diem/{sheet.pk}/diem-thieu/")
    looked_at(page, "missing")


def test_a_family_asks_to_look_again_and_reads_the_answer(
    either: Page, world: World, sheet: MarkSheet, sign_in: Callable[..., None]
) -> None:
    page = either
    sign_in(page, world.a.father)
    page.goto(f"/bang-diem/{world.a.student.pk}/?hk=1", timeout=60_000)
    page.get_by_role("link", name="Đề nghị phúc khảo").click()
    page.get_by_label("Giữa kì").check()
    page.get_by_label("Cần xem lại điều gì?").fill("Câu 3 chưa được chấm")
    looked_at(page, "review-new")
    page.get_by_role("button", name="Gửi giáo viên").click()
    expect(page.get_by_text("Đã gửi đề nghị tới giáo viên")).to_be_visible()
    sign_in(page, world.a.teacher)
    page.goto("/so-diem/phuc-khao/")
    looked_at(page, "reviews")
    page.locator("a.list-link").click()
    looked_at(page, "review")
    page.get_by_label("Lời nhắn gia đình").fill("Đã chấm đúng đáp án.")
    page.get_by_role("button", name="Gửi câu trả lời").click()
    expect(page.get_by_text("Đã gửi câu trả lời cho gia đình.")).to_be_visible()
    assert MarkReview.objects.get().state == "kept"


# -- every level -------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(site: Any, world: World) -> Callable[..., tuple[MarkSheet, list[User]]]:
    """Open a sheet of a new class of any level with two pupils, taught by the cast's teacher."""

    def open_(level: str, grade: int, code: str, name: str) -> tuple[MarkSheet, list[User]]:
        school = school_create(code=f"x{level[:3]}", name="Trường X", levels=[level], parent=world.office, ward="Bồ Đề")
        made = class_create(school=school, year=world.year, name="LX", grade=grade)
        subject, _new = Subject.objects.get_or_create(code=code, defaults={"name": name})
        pupils = []
        for number, full_name in enumerate(("Lê Thị Ánh", "Phạm Gia Bình"), 1):
            pupil = User.objects.create_user(code=f"x{number}", full_name=full_name, ministry_code=f"090000000{number}")
            Enrolment.objects.create(student=pupil, school_class=made, school=school, starts=world.year.starts)
            pupils.append(pupil)
        TeachingAssignment.objects.create(
            teacher=world.a.teacher, school_class=made, subject=subject, school=school, starts=world.year.starts
        )
        return sheet_open(school_class=made, subject=subject, term=world.term1), pupils

    return open_


def compose(page: Page, into: Any, parts: list[str], text: str) -> None:
    """Type as Telex does: the text under composition is replaced again and again, Enter in between belongs to it."""
    into.click()
    session = page.context.new_cdp_session(page)
    for part in parts:
        session.send("Input.imeSetComposition", {"text": part, "selectionStart": len(part), "selectionEnd": len(part)})
        expect(into).to_have_value(part)
    session.send("Input.insertText", {"text": text})
    expect(into).to_have_value(text)


def test_the_primary_grid_takes_levels_tests_and_remarks_of_both_moments(
    either: Page, world: World, opened: Any, sign_in: Callable[..., None]
) -> None:
    page = either
    sheet, (first, second) = opened("primary", 4, "TOAN", "Toán")
    retest_add(sheet=sheet, group="CK", by=world.a.teacher)
    sign_in(page, world.a.teacher)
    page.goto(f"/so-diem/{sheet.pk}/", timeout=60_000)
    compose(page, cell(page, first, "NX"), ["tie", "tiê", "tiế"], "tiến bộ")
    page.keyboard.press("Enter")
    expect(cell(page, second, "NX")).to_be_focused()
    cell(page, first, "GK").evaluate(PASTE, "t\t9\r\nH\t8,5\r\n")
    expect(cell(page, first, "GK")).to_have_value("T")
    expect(page.locator("td[data-state=error]")).to_have_count(1)
    cell(page, second, "GK2").fill("8")
    page.keyboard.press("Enter")
    expect(page.locator("td[data-state=error]")).to_have_count(0)
    saved(page)
    page.wait_for_function("document.querySelectorAll('td[data-state=dirty], td[data-state=saving]').length === 0")
    assert Mark.objects.filter(column__sheet=sheet).exclude(value=None, comment="").count() == 5
    looked_at(page, "grid-primary")
    page.locator("[data-undo]").click()
    expect(cell(page, first, "GK")).to_have_value("")
    page.goto(f"/so-diem/{sheet.pk}/cot/")
    looked_at(page, "columns-primary")


def test_the_upper_secondary_grid_counts_the_topic_cluster_while_one_types(
    either: Page, world: World, opened: Any, sign_in: Callable[..., None]
) -> None:
    page = either
    sheet, (first, second) = opened("upper_secondary", 11, "VAT_LI", "Vật lí")
    cluster_add(sheet=sheet, by=world.a.teacher)
    regular = sheet.columns.filter(kind="TX").count()
    sign_in(page, world.a.teacher)
    page.goto(f"/so-diem/{sheet.pk}/", timeout=60_000)
    marks = ["8"] * (regular - 1) + ["10", "7", "9"]
    cell(page, first, "TX1").evaluate(PASTE, "\t".join(marks) + "\r\n" + "\t".join(["5"] * len(marks)))
    total = 10 * (8 * (regular - 1) + 10 + 14 + 27)
    tenths = (2 * total + regular + 5) // (2 * (regular + 5))
    expect(result(page, first)).to_have_text(f"{tenths // 10},{tenths % 10}")
    expect(result(page, second)).to_have_text("5,0")
    saved(page)
    expect(result(page, first)).to_have_text(f"{tenths // 10},{tenths % 10}")
    looked_at(page, "grid-upper")
    page.goto(f"/so-diem/{sheet.pk}/cot/")
    looked_at(page, "columns-upper")


def test_the_comment_grid_takes_dat_and_chua_dat(
    either: Page, world: World, site: Any, sign_in: Callable[..., None]
) -> None:
    page = either
    sheet = sheet_open(school_class=world.a.class1, subject=world.pe, term=world.term1)
    TeachingAssignment.objects.create(
        teacher=world.a.teacher, school_class=world.a.class1, subject=world.pe, school=world.a.school,
        starts=world.year.starts,
    )  # fmt: skip
    sign_in(page, world.a.teacher)
    page.goto(f"/so-diem/{sheet.pk}/", timeout=60_000)
    # Telex makes "đ" of "dd".
    compose(page, cell(page, world.a.student, "TX1"), ["d", "đ"], "đ")
    page.keyboard.press("Enter")
    expect(cell(page, world.a.student, "TX1")).to_have_value("Đ")
    cell(page, world.a.student, "TX2").evaluate(PASTE, "Đạt\tĐ\tđạt\r\nĐ\tcđ\tĐ\r\n")
    expect(result(page, world.a.student)).to_have_text("Đ")
    cell(page, world.a.student2, "TX1").fill("Đ")
    page.keyboard.press("Enter")
    expect(result(page, world.a.student2)).to_have_text("CĐ")
    saved(page)
    looked_at(page, "grid-comment")


def test_the_university_grid_shows_mark_letter_and_4_scale(
    either: Page, world: World, opened: Any, sign_in: Callable[..., None]
) -> None:
    page = either
    sheet, (first, second) = opened("university", 1, "GIAI_TICH", "Giải tích 1")
    sign_in(page, world.a.teacher)
    page.goto(f"/so-diem/{sheet.pk}/cot/", timeout=60_000)
    for place, (name, part, share) in enumerate(
        (("Chuyên cần", "TX", "10"), ("Giữa kì", "GK", "30"), ("Thi", "CK", "60"))
    ):
        page.locator(f"#ten-{place}").fill(name)
        page.locator(f"#phan-{place}").select_option(part)
        page.locator(f"#trong-so-{place}").fill(share)
    looked_at(page, "columns-university")
    page.get_by_role("button", name="Đặt đề cương").click()
    expect(page.get_by_text("Đã đặt các cột.")).to_be_visible()
    page.goto(f"/so-diem/{sheet.pk}/")
    cell(page, first, "TX1").evaluate(PASTE, "10\t7\t7,5\r\n10\t4\t2\r\n")
    expect(result(page, first)).to_have_text("7,6 B (3)")
    expect(result(page, second)).to_have_text("3,4 F (0)")
    saved(page)
    looked_at(page, "grid-university")
