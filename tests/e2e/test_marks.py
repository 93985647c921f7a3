"""The marks grid in a real browser: typing, pasting, undoing, losing the network, meeting a colleague, composing."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from gradebook.models import AbsenceSession, Mark, MarkLog, MarkSheet
from gradebook.processing import table_read
from gradebook.regulations import marks as tenth
from gradebook.regulations import tt22
from gradebook.services import Change, marks_save, sheet_open
from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment
from tests.e2e.browser import axe, no_sideways_scroll, picture, watch
from tests.shared import shared
from tests.world import World

SAMPLE = "samples/district/marks_thcs_ngoc_lam_6A1_toan_hk1.xlsx"
CODES = ("TX1", "TX2", "TX3", "TX4", "GK", "CK")
LOST = r"ERR_FAILED|ERR_INTERNET_DISCONNECTED"

PASTE = """(input, text) => {
    input.focus();
    const data = new DataTransfer();
    data.setData("text/plain", text);
    input.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
# The database's opening is told a second and a half late, as on a slow phone.
SLOW_DATABASE = """
const told = Object.getOwnPropertyDescriptor(IDBRequest.prototype, "onsuccess");
Object.defineProperty(IDBRequest.prototype, "onsuccess", {...told, set(work) {
    const late = this instanceof IDBOpenDBRequest;
    told.set.call(this, event => late ? setTimeout(() => work.call(this, event), 1500) : work.call(this, event));
}});
"""


@pytest.fixture
def sheet(site: Any, world: World) -> MarkSheet:
    """Maths of 6A1; the cast's two pupils are its rows."""
    return sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)


@pytest.fixture
def grid(open_page: Callable[..., Page], world: World, sheet: MarkSheet) -> Page:
    """The teacher's window on the sheet."""
    page = open_page("desktop", world.a.teacher)
    # The first page of a session compiles every template.
    page.goto(f"/so-diem/{sheet.pk}/", timeout=60_000)
    return page


def cell(page: Page, student: User, code: str) -> Any:
    return page.locator(f'tr[data-student="{student.pk}"] input[data-code="{code}"]')


def result(page: Page, student: User) -> Any:
    return page.locator(f'tr[data-student="{student.pk}"] output')


def type_row(page: Page, student: User, *texts: str) -> None:
    for code, text in zip(CODES, texts, strict=False):
        cell(page, student, code).click()
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def saved(page: Page) -> None:
    expect(page.locator("[data-status] span")).to_contain_text("Đã lưu lúc")


def fail_saves(page: Page) -> None:
    watch(page).expect(LOST)
    page.route("**/luu/", lambda route: route.abort())


def test_the_average_appears_while_typing_and_the_servers_value_stands(grid: Page, world: World) -> None:
    held: list[Route] = []
    grid.route("**/luu/", lambda route: held.append(route))
    type_row(grid, world.a.student, "8", "75", "9", "8,0", "7", "8.5")
    expect(cell(grid, world.a.student, "TX2")).to_have_value("7,5")
    expect(result(grid, world.a.student)).to_have_text("8,0")
    assert not Mark.objects.exists()
    grid.unroute("**/luu/")
    for route in held:
        route.continue_()
    saved(grid)
    expect(result(grid, world.a.student)).to_have_text("8,0")
    expect(grid.locator("td[data-state=saved]")).to_have_count(6)
    assert str(world.a.student.term_results.get().average) == "8.0"


def test_the_grid_is_walked_by_keys(grid: Page, world: World) -> None:
    first, second = (row for row in grid.locator("tbody tr").all())
    first.locator("input").first.click()
    grid.keyboard.press("ArrowRight")
    expect(first.locator("input").nth(1)).to_be_focused()
    grid.keyboard.press("ArrowDown")
    expect(second.locator("input").nth(1)).to_be_focused()
    grid.keyboard.press("ArrowUp")
    grid.keyboard.type("7")
    grid.keyboard.press("Enter")
    expect(second.locator("input").nth(1)).to_be_focused()
    grid.keyboard.press("Shift+Enter")
    expect(first.locator("input").nth(1)).to_have_value("7")
    grid.keyboard.type("9")
    grid.keyboard.press("Escape")
    expect(first.locator("input").nth(1)).to_have_value("7")


def test_a_wrong_mark_says_why_and_is_not_sent(grid: Page, world: World) -> None:
    type_row(grid, world.a.student, "8", "tám")
    expect(grid.locator("td[data-state=error]")).to_have_count(1)
    cell(grid, world.a.student, "TX2").click()
    expect(grid.locator("#cell-why")).to_contain_text("Chỉ nhập số từ 0 đến 10")
    expect(grid.locator("[data-bad]")).to_contain_text("1 ô cần sửa")
    expect(grid.locator("td[data-state=saved]")).to_have_count(1)
    axe(grid)
    assert [mark.column.code for mark in Mark.objects.all()] == ["TX1"]


def test_the_real_samples_cells_are_pasted_to_the_pupils_they_name_and_undone(
    grid: Page, world: World, sheet: MarkSheet
) -> None:
    lines = table_read(shared(SAMPLE).read_bytes()).rows
    pupils = []
    for number, line in enumerate(lines, 1):
        pupil = User.objects.create_user(code=f"s{number}", full_name=line["name"], ministry_code=line["ministry"])
        Enrolment.objects.create(
            student=pupil, school_class=world.a.class1, school=world.a.school, starts=world.year.starts
        )
        pupils.append(pupil)
    grid.reload()
    block = "\r\n".join(
        "\t".join([line["ministry"], line["name"], *(line.get(code, "") for code in CODES)]) for line in lines
    )
    grid.locator("tbody input").first.evaluate(PASTE, block + "\r\n")
    expect(grid.locator("[data-who]")).to_contain_text("264 ô")
    expect(grid.locator("[data-who]")).to_contain_text("làm tròn")
    saved(grid)
    assert Mark.objects.filter(value__isnull=False).count() == 44 * 6 - 2
    for pupil, line in zip(pupils, lines, strict=True):
        read = [tenth.mark_read(line.get(code, "")).tenths for code in CODES]
        term = tt22.subject_term(read[:4], read[4], read[5])
        shown = "–" if term.average is None else f"{term.average // 10},{term.average % 10}"
        expect(result(grid, pupil)).to_have_text(shown)
    picture(grid, "marks-desktop")
    grid.locator("[data-undo]").click()
    saved(grid)
    grid.wait_for_function("document.querySelectorAll('td[data-state=dirty], td[data-state=saving]').length === 0")
    assert not Mark.objects.filter(value__isnull=False).exists()
    assert not Mark.objects.exclude(comment="").exists()


def test_a_block_without_names_goes_down_from_the_cell_with_quotes_and_both_decimal_signs(
    grid: Page, world: World
) -> None:
    cell(grid, world.a.student, "TX1").evaluate(PASTE, '8,1\t"7.8"\t9.75\r\n10\t"1""2"\t6\r\n')
    values = {code: cell(grid, world.a.student, code).input_value() for code in CODES[:3]}
    assert values == {"TX1": "8,1", "TX2": "7,8", "TX3": "9,8"}
    rows = grid.locator("tbody tr")
    expect(rows.nth(1).locator("td[data-state=error] input")).to_have_value('1"2')
    saved(grid)
    assert sorted(str(mark.value) for mark in Mark.objects.all()) == ["10.0", "6.0", "7.8", "8.1", "9.8"]


def test_what_was_typed_without_network_survives_a_reload_and_is_sent_once(
    grid: Page, world: World, sheet: MarkSheet
) -> None:
    fail_saves(grid)
    type_row(grid, world.a.student, "8", "9")
    grid.wait_for_timeout(1200)
    assert not Mark.objects.exists()
    type_row(grid, world.a.student2, "6")
    grid.wait_for_timeout(900)
    grid.unroute("**/luu/")
    grid.reload()
    saved(grid)
    expect(cell(grid, world.a.student, "TX1")).to_have_value("8")
    expect(cell(grid, world.a.student2, "TX1")).to_have_value("6")
    assert sorted(int(mark.value) for mark in Mark.objects.all()) == [6, 8, 9]
    assert MarkLog.objects.count() == 3
    grid.reload()
    grid.wait_for_timeout(1500)
    assert MarkLog.objects.count() == 3


def test_a_batch_whose_answer_was_lost_is_not_done_twice(grid: Page, world: World, sheet: MarkSheet) -> None:
    watch(grid).expect(LOST)
    sent: list[str] = []

    def lose_first_answer(route: Route) -> None:
        sent.append(route.request.post_data_json["key"])
        if len(sent) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()

    grid.route("**/luu/", lose_first_answer)
    type_row(grid, world.a.student, "8")
    saved(grid)
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert MarkLog.objects.count() == 1
    assert Mark.objects.get().version == 1


def test_what_is_typed_while_the_database_opens_is_never_written_over(
    grid: Page, world: World, sheet: MarkSheet
) -> None:
    fail_saves(grid)
    type_row(grid, world.a.student, "5", "6", "7")
    grid.wait_for_timeout(1000)
    grid.unroute("**/luu/")
    grid.context.add_init_script(SLOW_DATABASE)
    grid.reload()
    cell(grid, world.a.student, "TX1").click()
    grid.keyboard.type("9")
    grid.keyboard.press("ArrowRight")
    grid.keyboard.type("1")
    grid.wait_for_timeout(2200)
    expect(cell(grid, world.a.student, "TX1")).to_have_value("9")
    expect(cell(grid, world.a.student, "TX2")).to_have_value("1")
    expect(cell(grid, world.a.student, "TX3")).to_have_value("7")
    grid.keyboard.type("0")
    grid.keyboard.press("Enter")
    saved(grid)
    grid.wait_for_timeout(1500)
    values = {mark.column.code: int(mark.value) for mark in Mark.objects.select_related("column")}
    assert values == {"TX1": 9, "TX2": 10, "TX3": 7}


def test_the_next_person_at_the_machine_neither_sees_nor_sends_what_was_kept(
    grid: Page, world: World, sheet: MarkSheet, sign_in: Callable[..., None]
) -> None:
    watch(grid).expect(LOST)
    grid.context.set_offline(True)
    type_row(grid, world.a.student, "5")
    grid.wait_for_timeout(900)
    following = grid.context.new_page()
    grid.close()
    grid.context.set_offline(False)
    world.a.teacher2.teaching.update(subject=world.maths)
    sign_in(following, world.a.teacher2)
    following.goto(f"/so-diem/{sheet.pk}/")
    following.wait_for_timeout(1500)
    expect(cell(following, world.a.student, "TX1")).to_have_value("")
    assert not Mark.objects.exists()
    sign_in(following, world.a.teacher)
    following.reload()
    saved(following)
    assert Mark.objects.get().by == world.a.teacher


def test_going_offline_keeps_the_cells_and_coming_back_sends_them(grid: Page, world: World) -> None:
    watch(grid).expect(LOST)
    grid.context.set_offline(True)
    type_row(grid, world.a.student, "8", "9")
    expect(grid.locator("[data-status] span")).to_contain_text("Mất mạng – giữ 2 ô")
    expect(grid.locator("td[data-state=dirty]")).to_have_count(2)
    grid.context.set_offline(False)
    saved(grid)
    assert Mark.objects.count() == 2


@pytest.mark.parametrize(("choice", "value"), [("[data-mine]", "7"), ("[data-theirs]", "3")])
def test_two_people_on_one_cell_choose_between_both_values(
    grid: Page, world: World, sheet: MarkSheet, choice: str, value: str
) -> None:
    column = sheet.columns.get(kind="TX", number=1)
    marks_save(sheet=sheet, changes=[Change(world.a.student.pk, column.pk, "3", 0)], by=world.a.homeroom)
    type_row(grid, world.a.student, "7")
    expect(grid.locator("td[data-state=conflict]")).to_have_count(1)
    cell(grid, world.a.student, "TX1").click()
    expect(grid.locator("#cell-why")).to_contain_text("Vũ Lan Chủ vừa sửa ô này")
    expect(grid.locator("[data-mine]")).to_have_text("Giữ của tôi: 7")
    expect(grid.locator("[data-theirs]")).to_have_text("Lấy của họ: 3")
    axe(grid)
    grid.locator(choice).click()
    expect(grid.locator("td[data-state=conflict]")).to_have_count(0)
    expect(cell(grid, world.a.student, "TX1")).to_have_value(value)
    grid.wait_for_timeout(1500)
    assert str(Mark.objects.get().value) == f"{value}.0"


def test_keys_of_an_input_method_stay_with_it_and_nothing_is_rewritten_meanwhile(grid: Page, world: World) -> None:
    note = cell(grid, world.a.student, "NX")
    note.click()
    session = grid.context.new_cdp_session(grid)
    session.send("Input.imeSetComposition", {"text": "tiê", "selectionStart": 3, "selectionEnd": 3})
    expect(note).to_have_value("tiê")
    for key in ("Enter", "ArrowDown", "Escape"):
        note.evaluate(
            "(input, key) => input.dispatchEvent(new KeyboardEvent('keydown', "
            "{key, keyCode: 229, isComposing: true, bubbles: true, cancelable: true}))",
            key,
        )
        expect(note).to_be_focused()
        expect(note).to_have_value("tiê")
    session.send("Input.insertText", {"text": "tiến bộ"})
    grid.keyboard.press("Enter")
    expect(note).not_to_be_focused()
    saved(grid)
    assert Mark.objects.get().comment == "tiến bộ"


def test_an_ended_session_keeps_the_marks_and_says_so(grid: Page, world: World, sign_in: Callable[..., None]) -> None:
    watch(grid).expect("403", "ERR_")
    cookies = grid.context.cookies()
    grid.context.clear_cookies()
    type_row(grid, world.a.student, "8")
    expect(grid.locator("[data-status] span")).to_contain_text("hãy tải lại trang và đăng nhập")
    grid.context.add_cookies(cookies)
    grid.reload()
    saved(grid)
    assert Mark.objects.count() == 1


def test_without_javascript_the_sheet_is_a_form_with_a_button(
    open_page: Callable[..., Page], world: World, sheet: MarkSheet
) -> None:
    page = open_page("desktop", world.a.teacher, java_script_enabled=False)
    page.goto(f"/so-diem/{sheet.pk}/")
    for code, text in zip(CODES, ("8", "7,5", "9", "8", "7", "8,5"), strict=True):
        cell(page, world.a.student, code).fill(text)
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(result(page, world.a.student)).to_have_text("8,0")
    assert Mark.objects.count() == 6


def test_the_pages_fit_a_phone_and_a_desktop_and_axe_finds_nothing(
    either: Page, world: World, sheet: MarkSheet, sign_in: Callable[..., None]
) -> None:
    size = "phone" if either.viewport_size["width"] < 500 else "desktop"
    column = sheet.columns.first()
    marks_save(sheet=sheet, changes=[Change(world.a.student.pk, column.pk, "8", 0)], by=world.a.teacher)
    sign_in(either, world.a.teacher)
    for name, path in (
        ("sheets", "/so-diem/?hk=1"),
        ("sheet", f"/so-diem/{sheet.pk}/"),
        ("sheet-print", f"/so-diem/{sheet.pk}/in/"),
        ("sheet-upload", f"/so-diem/{sheet.pk}/nhap-excel/"),
        ("sheet-history", f"/so-diem/{sheet.pk}/lich-su/"),
        ("attendance", f"/diem-danh/{world.a.class1.pk}/"),
        ("remark", f"/nhan-xet/{world.a.class1.pk}/"),
    ):
        either.goto(path)
        no_sideways_scroll(either)
        axe(either)
        picture(either, f"{name}-{size}")


def test_attendance_is_taken_with_one_tap_and_marks_reach_the_family(
    either: Page, world: World, sheet: MarkSheet, sign_in: Callable[..., None]
) -> None:
    sign_in(either, world.a.homeroom)
    either.goto(f"/diem-danh/{world.a.class1.pk}/?ngay={today()}&buoi=S")
    row = either.locator("fieldset", has_text=world.a.student.full_name)
    row.get_by_text("Không phép").click()
    expect(either.locator("[data-absent]")).to_have_text("1")
    either.get_by_role("button", name="Lưu điểm danh").click()
    expect(either.get_by_text("Đã lưu: 1 học sinh vắng.")).to_be_visible()
    assert AbsenceSession.objects.get().student == world.a.student
    changes = [
        Change(world.a.student.pk, column.pk, text, 0)
        for column, text in zip(sheet.columns.all(), ("8", "7,5", "9", "8", "7", "8,5"), strict=False)
    ]
    marks_save(sheet=sheet, changes=changes, by=world.a.teacher)
    sign_in(either, world.a.teacher)
    either.goto(f"/so-diem/{sheet.pk}/")
    either.get_by_role("button", name="Công bố").click()
    either.locator("#confirm").get_by_role("button", name="Công bố").click()
    expect(either.get_by_text("1 học sinh có điểm mới")).to_be_visible()
    sign_in(either, world.a.father)
    either.goto("/bang-diem/")
    either.goto(either.url + "?hk=1")
    expect(either.locator(".result .big")).to_have_text("8,0")
    either.get_by_text("Cách tính điểm trung bình").click()
    expect(either.get_by_text("(8 + 7,5 + 9 + 8 + 2 × 7 + 3 × 8,5) : (4 + 5) = 8,0")).to_be_visible()
    no_sideways_scroll(either)
    axe(either)
    picture(either, f"report-{'phone' if either.viewport_size['width'] < 500 else 'desktop'}")


def test_the_pages_averages_are_the_regulations_for_thousands_of_rows(grid: Page) -> None:
    chance = random.Random(22)
    rows = [[chance.randint(0, 100) for _ in range(chance.randint(4, 7))] for _ in range(3000)]
    expected = []
    for row in rows:
        average = tt22.subject_term(row[:-2], row[-2], row[-1]).average
        assert average is not None
        expected.append(f"{average // 10},{average % 10}")
    got = grid.evaluate(
        """async rows => {
            const {rowResult, writeTenths} = await import("/static/gradebook/marks.js");
            const kinds = row => row.map((tenths, x) => ({
                kind: x < row.length - 2 ? "TX" : x === row.length - 2 ? "GK" : "CK", scale: "tenths", text: writeTenths(tenths),
            }));
            return rows.map(row => rowResult("average", kinds(row)));
        }""",
        rows,
    )
    assert got == expected


def test_the_page_reads_marks_as_the_server_does(grid: Page) -> None:
    texts = [
        "", " 7 ", "7,5", "7.25", "7.249", "9,96", "10", "10,0", "10.04", "11", "75", "-1", "+8", "8,5,1", "1e1", "٧",
        "８", "tám", ",5", "0", "00", "007", "6,75", "0.05", "0.049999",
    ]  # fmt: skip
    expected = [[read.valid, read.tenths] for read in map(tenth.mark_read, texts)]
    got = grid.evaluate(
        """async texts => {
            const {readTenths} = await import("/static/gradebook/marks.js");
            return texts.map(text => readTenths(text)).map(read => [!read.fault, read.fault ? null : read.tenths]);
        }""",
        texts,
    )
    assert got == expected
