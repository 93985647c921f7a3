"""The maths teacher pastes her marks from Excel, sees the averages and publishes; the homeroom teacher takes attendance."""

from __future__ import annotations

from decimal import Decimal

from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from config.demo.files import demo_file
from gradebook.models import AbsenceSession, Mark, MarkSheet, Remark, TermResult
from school.identity.models import User
from tests.e2e.parts.words import look, vi, wait_until

MARKS = "marks_thcs_ngoc_lam_6A1_toan_hk1.xlsx"


def block_of_excel() -> str:
    """What Excel puts on the clipboard for the table with its codes: tabs and lines, decimals as the cells show them."""
    rows = CalamineWorkbook.from_path(demo_file("district", MARKS)).get_sheet_by_index(0).to_python()
    head = next(index for index, row in enumerate(rows) if "Mã định danh Bộ GD&ĐT" in row)
    cells = [row[1:] for row in rows[head + 1 :] if row[1]]
    return "\n".join("\t".join(_shown(cell) for cell in row) for row in cells) + "\n"


def _shown(cell: object) -> str:
    return f"{cell:g}".replace(".", ",") if isinstance(cell, float) else str(cell)


def pastes_and_publishes(page: Page, size: str) -> MarkSheet:
    """Open the sheet, paste the block, see it saved and the averages shown, publish."""
    page.goto("/so-diem/")
    line = page.get_by_role("listitem").filter(has_text="Toán – 6A1")
    line.get_by_role("button", name=vi("Open the sheet")).click()
    grid = page.locator("marks-grid")
    first = grid.locator("input[data-id]").first
    first.click()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const paste = {clipboardData: data, bubbles: true, cancelable: true};
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", paste));
        }""",
        block_of_excel(),
    )
    sheet = MarkSheet.objects.get(subject__code="TOAN", school_class__name="6A1")
    student = User.objects.get(code="0103915001")
    row = page.locator(f"tr[data-student='{student.pk}']")
    # (8,1 + 7,8 + 9,7 + 7 + 2·7,4 + 3·7,4) / 9 = 7,73…
    expect(row.locator(".avg")).to_have_text("7,7")
    wait_until(
        page, lambda: Mark.objects.filter(column__sheet=sheet, value__isnull=False).count() == 262, "262 marks saved"
    )
    assert TermResult.objects.get(sheet=sheet, student=student).average == Decimal("7.7")
    expect(page.locator("[data-status]")).to_contain_text(vi("Saved"))
    look(page, f"teacher-marks-{size}")
    page.get_by_role("button", name=vi("Publish"), exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=vi("Publish"), exact=True).click()
    wait_until(page, lambda: MarkSheet.objects.get(pk=sheet.pk).published_at, "published marks")
    return sheet


def reports_an_absence(page: Page, student: User, size: str) -> None:
    """The homeroom teacher taps the pupil who is absent this morning and writes a remark."""
    page.goto("/diem-danh/")
    page.get_by_role("link", name="6A1").first.click()
    line = page.get_by_role("group", name=student.full_name)
    line.get_by_text(vi("Without leave"), exact=True).click()
    look(page, f"homeroom-attendance-{size}")
    page.get_by_role("button", name=vi("Save attendance")).click()
    wait_until(page, lambda: AbsenceSession.objects.filter(student=student).exists(), "the absence")
    page.get_by_role("link", name=vi("Write a remark")).click()
    page.locator("select").first.select_option(label=student.full_name)
    page.locator("textarea").first.fill("Em tiến bộ rõ rệt ở phần phân số.")
    page.get_by_role("button", name=vi("Send the remark")).click()
    wait_until(page, lambda: Remark.objects.filter(student=student).exists(), "the remark")
