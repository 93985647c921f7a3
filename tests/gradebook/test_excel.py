"""Sheets as Excel files: the form out and back, a school's own file, and files that belong elsewhere."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from gradebook.models import Mark, MarkLog
from gradebook.processing import FileError, changes_of, table_read
from gradebook.selectors import grid_of
from gradebook.services import Change, marks_save, sheet_lock, sheet_open
from school.identity.models import User
from school.organisation.models import Enrolment
from tests.shared import shared

SAMPLE = "samples/district/marks_thcs_ngoc_lam_6A1_toan_hk1.xlsx"


def workbook(rows: list[list[object]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def mark_rows(student, *texts: object, title: str = "BẢNG ĐIỂM MÔN TOÁN LỚP 6A1 HỌC KỲ I") -> list[list[object]]:
    heads = ["STT", "Mã định danh Bộ GD&ĐT", "Họ và tên", *(f"ĐĐGtx {n}" for n in range(1, 5)), "ĐĐGgk", "ĐĐGck"]
    return [[title], [], heads, [1, student.ministry_code, student.full_name, *texts]]


def send(client, sheet, data: bytes):
    return client.post(
        reverse("gradebook:sheet-upload", args=[sheet.pk]), {"file": SimpleUploadedFile("so-diem.xlsx", data)}
    )


def texts_of(sheet, data: bytes) -> list[str]:
    return [change.value for change in changes_of(grid_of(sheet), table_read(data)).changes]


def test_the_downloaded_form_comes_back_filled_and_is_written_after_the_preview(world, sheet, fill, client_for) -> None:
    fill(sheet, world.a.student, "8")
    client = client_for(world.a.teacher)
    answer = client.get(reverse("gradebook:sheet-download", args=[sheet.pk]))
    assert 'filename="so-diem-toan-6a1-hk1.xlsx"' in answer["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    page = book.active
    assert [cell.value for cell in page[4]][5:] == [
        "ĐĐGtx 1", "ĐĐGtx 2", "ĐĐGtx 3", "ĐĐGtx 4", "ĐĐGgk", "ĐĐGck", "Nhận xét",
    ]  # fmt: skip
    page.cell(5, 7).value, page.cell(5, 10).value, page.cell(6, 6).value = "7,25", 9.5, "12"
    stream = io.BytesIO()
    book.save(stream)
    preview = send(client, sheet, stream.getvalue())
    assert Mark.objects.count() == 1
    assert [row[:4] for row in preview.context["good"]] == [
        ("Đặng Minh An", "Thường xuyên 2 (hệ số 1)", "", "7,3"),
        ("Đặng Minh An", "Giữa kì (hệ số 2)", "", "9,5"),
    ]
    assert len(preview.context["bad"]) == 1
    client.post(reverse("gradebook:sheet-apply", args=[sheet.pk]), {"payload": preview.context["payload"]})
    assert Mark.objects.count() == 3
    assert MarkLog.objects.filter(channel="excel").exclude(source="").count() == 2
    again = send(client, sheet, stream.getvalue())
    assert again.context["good"] == []


def test_a_forged_or_foreign_preview_writes_nothing(world, sheet, fill, client_for) -> None:
    client = client_for(world.a.teacher)
    preview = send(client, sheet, workbook(mark_rows(world.a.student, 8)))
    other = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term2)
    for target, payload in ((sheet, preview.context["payload"] + "x"), (other, preview.context["payload"])):
        client.post(reverse("gradebook:sheet-apply", args=[target.pk]), {"payload": payload})
    assert not Mark.objects.exists()


def test_the_real_sample_is_read_with_its_commas_dots_and_blanks(world, sheet) -> None:
    data = shared(SAMPLE).read_bytes()
    table = table_read(data)
    for number, line in enumerate(table.rows, 1):
        pupil = User.objects.create_user(code=f"s{number}", full_name=line["name"], ministry_code=line["ministry"])
        Enrolment.objects.create(
            student=pupil, school_class=world.a.class1, school=world.a.school, starts=world.year.starts
        )
    found = changes_of(grid_of(sheet), table)
    assert len(table.rows) == 44
    assert found.problems == []
    assert len(found.changes) == 44 * 6 - 2
    assert found.changes[0].value == "8,1"


@pytest.mark.parametrize(
    "title",
    [
        "BẢNG ĐIỂM MÔN TOÁN LỚP 6A2 HỌC KỲ I",
        "BẢNG ĐIỂM MÔN NGỮ VĂN LỚP 6A1 HỌC KỲ I",
        "BẢNG ĐIỂM MÔN TOÁN LỚP 6A1 HỌC KÌ II",
        "BẢNG ĐIỂM MÔN TOÁN LỚP 6A1 NĂM HỌC 2001-2002",
    ],
)
def test_a_file_of_another_class_subject_term_or_year_is_refused(world, sheet, client_for, title) -> None:
    data = workbook(mark_rows(world.a.student, 8, title=title))
    with pytest.raises(FileError):
        changes_of(grid_of(sheet), table_read(data))
    assert send(client_for(world.a.teacher), sheet, data).status_code == 422
    assert not Mark.objects.exists()


def test_a_file_whose_pupils_are_all_strangers_is_refused(world, sheet) -> None:
    with pytest.raises(FileError):
        changes_of(grid_of(sheet), table_read(workbook(mark_rows(world.a.outsider, 8))))


def test_pupils_are_found_by_code_or_by_name_and_birth_date_but_never_by_name_alone(world, sheet) -> None:
    student, student2 = world.a.student, world.a.student2
    born = f"{student.birth_date:%d/%m/%Y}"
    heads = ["Mã học sinh", "Họ và tên", "Ngày sinh", "TX1"]
    rows = [heads, [student2.code.upper(), "?", "", "6"], ["", student.full_name, born, "7"]]
    assert sorted(texts_of(sheet, workbook(rows))) == ["6", "7"]
    nameless = [heads, [student2.code, "", "", "6"], ["", student.full_name, "", "7"]]
    found = changes_of(grid_of(sheet), table_read(workbook(nameless)))
    assert ([change.value for change in found.changes], len(found.problems)) == (["6"], 1)


def test_a_code_that_excel_robbed_of_its_leading_zero_is_found(world, sheet) -> None:
    rows = mark_rows(world.a.student, 8)
    rows[3][1] = int(world.a.student.ministry_code)
    assert texts_of(sheet, workbook(rows)) == ["8"]


def test_a_two_row_header_and_marks_in_one_cell_are_understood(world, sheet) -> None:
    student = world.a.student
    two = [
        ["Mã định danh", "Họ và tên", "ĐĐGtx", None, None, None, "ĐĐGgk", "ĐĐGck"],
        [None, None, "1", "2", "3", "4", None, None],
        [1, 2, 3, 4, 5, 6, 7, 8],
        [student.ministry_code, student.full_name, 8, "7,5", 9, 8, 7, 8.5],
    ]
    assert texts_of(sheet, workbook(two)) == ["8", "7,5", "9", "8", "7", "8.5"]
    one = [
        ["Mã định danh", "Họ và tên", "ĐĐGtx", "ĐĐGgk"],
        [student.ministry_code, student.full_name, "8 7,5 9", "7"],
    ]
    assert sorted(texts_of(sheet, workbook(one))) == ["7", "7,5", "8", "9"]


def test_a_pupil_twice_in_the_file_and_a_column_too_many_are_said(world, sheet) -> None:
    rows = mark_rows(world.a.student, 8)
    rows.append(list(rows[3]))
    assert len(changes_of(grid_of(sheet), table_read(workbook(rows))).problems) == 1
    heads = ["Mã định danh", "Họ và tên", "TX1", "TX7"]
    more = [heads, [world.a.student.ministry_code, "An", 8, 9]]
    assert len(changes_of(grid_of(sheet), table_read(workbook(more))).problems) == 1


def test_what_is_no_workbook_or_has_no_table_is_refused(world, sheet, client_for) -> None:
    for data in (b"not a workbook", workbook([["Danh sách"], ["STT", "Họ và tên"], [1, "An"]])):
        with pytest.raises(FileError):
            table_read(data)
        assert send(client_for(world.a.teacher), sheet, data).status_code == 422


def test_the_same_file_read_again_changes_nothing_even_where_a_mark_was_corrected_since(
    world, sheet, client_for
) -> None:
    client = client_for(world.a.teacher)
    data = workbook(mark_rows(world.a.student, 8, 7))
    preview = send(client, sheet, data)
    client.post(reverse("gradebook:sheet-apply", args=[sheet.pk]), {"payload": preview.context["payload"]})
    mark = Mark.objects.get(column__number=1, column__kind="TX")
    marks_save(sheet=sheet, changes=[Change(world.a.student.pk, mark.column_id, "9", 1)], by=world.a.teacher)
    again = send(client, sheet, data)
    assert again.context["good"] == []
    assert "Chính tệp này đã được ghi" in again.content.decode()
    client.post(reverse("gradebook:sheet-apply", args=[sheet.pk]), {"payload": preview.context["payload"]})
    mark.refresh_from_db()
    assert mark.value == 9


def test_locked_cells_of_a_file_are_named_and_left_out(world, sheet, fill, client_for) -> None:
    fill(sheet, world.a.student, "8", "7,5", "9", "8", "7", "8,5")
    fill(sheet, world.a.student2, "8", "7,5", "9", "8", "7", "8,5")
    sheet_lock(sheet=sheet, by=world.a.principal, groups=["TX"])
    preview = send(client_for(world.a.teacher), sheet, workbook(mark_rows(world.a.student, 10, None, None, None, 9)))
    assert [row[3] for row in preview.context["good"]] == ["9"]
    assert "Cột TX đã khoá sổ" in preview.context["bad"][0]


def test_of_a_workbook_with_a_page_for_each_class_the_sheets_own_is_read(world, sheet) -> None:
    book = Workbook()
    for row in mark_rows(world.a.outsider, 5, title="BẢNG ĐIỂM MÔN TOÁN LỚP 6A2"):
        book.active.append(row)
    for row in mark_rows(world.a.student, 8, title="BẢNG ĐIỂM MÔN TOÁN LỚP 6A1"):
        page = book.create_sheet("6A1") if "6A1" not in book.sheetnames else book["6A1"]
        page.append(row)
    stream = io.BytesIO()
    book.save(stream)
    grid = grid_of(sheet)
    found = changes_of(grid, table_read(stream.getvalue(), grid))
    assert [change.value for change in found.changes] == ["8"]
