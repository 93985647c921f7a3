"""Sheets of every level: primary moments and second tests, topic clusters, a university course's outline."""

import datetime

import pytest
from django.urls import reverse

from gradebook.models import MarkColumn, MarkLog
from gradebook.processing import changes_of, table_read
from gradebook.regulations import sheets as rules
from gradebook.selectors import cell_of, grid_of, spec_of
from gradebook.services import (
    Change,
    Component,
    SheetError,
    cluster_add,
    column_remove,
    components_set,
    log_verify,
    marks_save,
    retest_add,
    sheet_lock,
    sheet_open,
    sheet_submit,
)
from school.identity.models import User
from school.organisation.models import Enrolment, Subject, TeachingAssignment
from school.organisation.services import class_create, school_create
from tests.gradebook.test_excel import workbook


def codes(sheet):
    return [column.code for column in sheet.columns.all()]


@pytest.fixture
def opened(world):
    """Open a sheet of a new class of any level with one pupil, taught by the cast's teacher."""

    def open_(level, grade, code, **more):
        school = school_create(
            code=f"x{level[:3]}{grade}{code}"[:20], name="Trường X", levels=[level], parent=world.office, ward="Bồ Đề"
        )
        made = class_create(school=school, year=world.year, name="LX", grade=grade, **more)
        subject, _new = Subject.objects.get_or_create(code=code, defaults={"name": code})
        pupil = User.objects.create_user(
            code=f"p{school.pk}", full_name="Lê Thị Bé", ministry_code=f"09{school.pk:08d}",
            birth_date=datetime.date(2015, 2, 3),
        )  # fmt: skip
        starts = world.year.starts
        Enrolment.objects.create(student=pupil, school_class=made, school=school, starts=starts)
        TeachingAssignment.objects.create(
            teacher=world.a.teacher, school_class=made, subject=subject, school=school, starts=starts
        )
        world.a.teacher._actor = None
        return sheet_open(school_class=made, subject=subject, term=world.term1), pupil

    return open_


def test_a_primary_sheet_has_levels_whole_tests_and_a_remark_at_each_moment(opened, fill) -> None:
    sheet, pupil = opened("primary", 4, "TOAN")
    assert [(c.code, c.scale, c.group) for c in sheet.columns.all()] == [
        ("GK", "level", "GK"), ("GK2", "whole", "GK"), ("NX", "text", "GK"),
        ("CK", "level", "CK"), ("CK2", "whole", "CK"), ("NX2", "text", "CK"),
    ]  # fmt: skip
    assert sheet.states == {"GK": "open", "CK": "open"}
    fill(sheet, pupil, "T", "9", "Tiến bộ", "H", "8", "Cần cố gắng")
    column = sheet.columns.get(kind="GK", number=2)
    (outcome,) = marks_save(sheet=sheet, changes=[Change(pupil.pk, column.pk, "8,5", 1)], by=pupil).outcomes
    assert outcome.status == "refused"


def test_a_second_primary_test_is_optional_and_the_last_one_counts(world, opened, fill) -> None:
    sheet, pupil = opened("primary", 5, "TOAN")
    made = retest_add(sheet=sheet, group="CK", by=world.a.teacher)
    assert codes(sheet) == ["GK", "GK2", "NX", "CK", "CK2", "CK3", "NX2"]
    with pytest.raises(SheetError):
        retest_add(sheet=sheet, group="CK", by=world.a.teacher)
    fill(sheet, pupil, "T", "9", "", "T", "4")
    assert sheet.results.get().missing == 0
    columns = list(sheet.columns.all())

    def test_mark():
        marks = {mark.column_id: mark for mark in pupil.marks.all()}
        cells = [cell_of(marks.get(column.pk)) for column in columns]
        return rules.test_mark([spec_of(column) for column in columns], cells, "CK")

    assert test_mark() == 40
    sheet_submit(sheet=sheet, group="GK", by=world.a.teacher)
    fill(sheet, pupil, "", "", "", "", "", "8")
    assert test_mark() == 80
    with pytest.raises(SheetError, match="đã có điểm"):
        column_remove(sheet=sheet, column=made, by=world.a.teacher)
    sheet_lock(sheet=sheet, by=world.a.principal)
    sheet.refresh_from_db()
    assert list(log_verify(sheet)) == []


@pytest.mark.parametrize(("on_top", "count"), [(True, 5), (False, 4)])
def test_a_topic_cluster_is_one_regular_assessment_beside_the_others_or_one_of_them(
    world, opened, fill, on_top, count
) -> None:
    sheet, pupil = opened("upper_secondary", 11, "TOAN")
    before = codes(sheet)
    regular = sum(code.startswith("TX") for code in before)
    made = cluster_add(sheet=sheet, by=world.a.teacher, on_top=on_top)
    assert made.code == f"TX{regular + on_top}"
    with pytest.raises(SheetError):
        cluster_add(sheet=sheet, by=world.a.teacher)
    marks = ["8"] * (regular + on_top - 1)
    fill(sheet, pupil, *marks, "10", "7", "9")
    n = regular + on_top
    expected = (8 * (n - 1) + 10 + 2 * 7 + 3 * 9) * 10
    assert int(sheet.results.get().average * 10) == (2 * expected + n + 5) // (2 * (n + 5))
    assert MarkLog.objects.filter(action="columns").count() == 1


def test_a_cluster_column_is_taken_away_while_nothing_was_entered_in_it(world, opened) -> None:
    sheet, _pupil = opened("upper_secondary", 10, "TOAN")
    before = codes(sheet)
    for on_top in (True, False):
        made = cluster_add(sheet=sheet, by=world.a.teacher, on_top=on_top)
        column_remove(sheet=sheet, column=made, by=world.a.teacher)
        assert codes(sheet) == before
        assert not sheet.columns.exclude(role="").exists()
    with pytest.raises(SheetError):
        column_remove(sheet=sheet, column=sheet.columns.first(), by=world.a.teacher)


def test_only_scored_upper_secondary_subjects_have_clusters(world, sheet) -> None:
    with pytest.raises(SheetError):
        cluster_add(sheet=sheet, by=world.a.teacher)
    with pytest.raises(SheetError):
        retest_add(sheet=sheet, group="CK", by=world.a.teacher)
    with pytest.raises(SheetError):
        components_set(sheet=sheet, components=[Component("A", "CK", 100)], pass_only=False, by=world.a.teacher)


OUTLINE = [Component("Chuyên cần", "TX", 10), Component("Giữa kì", "GK", 30), Component("Thi cuối kì", "CK", 60)]


def test_a_course_outline_sums_to_exactly_100_and_stands_from_the_first_mark(world, opened, fill) -> None:
    sheet, student = opened("university", 1, "GIAI_TICH")

    def set_(*components, **more):
        components_set(sheet=sheet, components=components, by=world.a.teacher, **{"pass_only": False, **more})

    for wrong in (
        [Component("A", "GK", 40), Component("B", "CK", 61)],
        [Component("A", "CK", 100)],
        [Component("", "GK", 40), Component("B", "CK", 60)],
        [Component("A", "GK", 0), Component("B", "CK", 100)],
        [],
    ):
        with pytest.raises(SheetError):
            set_(*wrong)
    set_(Component("A", "CK", 100), one_allowed=True)
    assert sheet.columns.count() == 2
    set_(*OUTLINE)
    assert [(c.code, c.title, c.weight) for c in sheet.columns.all()] == [
        ("TX1", "Chuyên cần", 10), ("GK", "Giữa kì", 30), ("CK", "Thi cuối kì", 60), ("NX", "", 0),
    ]  # fmt: skip
    fill(sheet, student, "10", "7", "7,5")
    result = sheet.results.get()
    # 0,1 × 10 + 0,3 × 7 + 0,6 × 7,5 = 7,6
    assert (str(result.average), result.result) == ("7.6", "B")
    assert grid_of(sheet).rows[0].shown == "7,6 B (3)"
    with pytest.raises(SheetError, match="điểm đầu tiên"):
        set_(*OUTLINE)


def test_a_pass_only_course_has_no_letter_that_counts(world, opened, fill) -> None:
    sheet, student = opened("university", 2, "GDTC_1")
    components_set(sheet=sheet, components=OUTLINE, pass_only=True, by=world.a.teacher)
    fill(sheet.__class__.objects.get(pk=sheet.pk), student, "10", "4", "5")
    assert grid_of(sheet).rows[0].shown == "5,2 P"


def test_the_page_of_columns_sets_an_outline_and_says_what_is_wrong(world, opened, client_for) -> None:
    sheet, _student = opened("university", 1, "TRIET")
    client = client_for(world.a.teacher)
    url = reverse("gradebook:sheet-columns", args=[sheet.pk])
    assert "Quá trình" not in client.get(url).content.decode()
    fields = {"viec": "de-cuong"}
    for place, (title, part, share) in enumerate((("Chuyên cần", "TX", "10"), ("Thi", "CK", "80"))):
        fields |= {f"ten-{place}": title, f"phan-{place}": part, f"trong-so-{place}": share}
    wrong = client.post(url, fields)
    assert (wrong.status_code, "90 %" in wrong.content.decode()) == (422, True)
    assert client.post(url, fields | {"trong-so-1": "ba"}).status_code == 422
    assert client.post(url, fields | {"trong-so-1": "90 %"}).status_code == 302
    page = client.get(reverse("gradebook:sheet", args=[sheet.pk])).content.decode()
    assert "Chuyên cần" in page
    assert "Điểm học phần" in page
    assert client.post(url, {"viec": "bo:1"}).status_code == 422
    assert client.post(url, {}).status_code == 422


def test_the_pages_of_primary_and_upper_sheets_add_and_take_away_columns(world, opened, client_for) -> None:
    client = client_for(world.a.teacher)
    primary, _p = opened("primary", 4, "TIENG_VIET")
    url = reverse("gradebook:sheet-columns", args=[primary.pk])
    assert client.post(url, {"viec": "lan-hai:CK"}).status_code == 302
    made = primary.columns.get(role="retest")
    assert client.post(url, {"viec": f"bo:{made.pk}"}).status_code == 302
    assert not primary.columns.filter(role="retest").exists()
    upper, _p = opened("upper_secondary", 12, "VAT_LI")
    url = reverse("gradebook:sheet-columns", args=[upper.pk])
    assert client.post(url, {"viec": "chuyen-de:them"}).status_code == 302
    assert upper.columns.filter(role="cluster").count() == 1
    assert "CĐ học tập" in client.get(reverse("gradebook:sheet", args=[upper.pk])).content.decode()


# -- files of the industry's forms -------------------------------------------------------------------------------------


def texts(sheet, rows) -> dict[str, str]:
    grid = grid_of(sheet)
    known = {cell.column.pk: cell.column.code for cell in grid.rows[0].cells}
    found = changes_of(grid, table_read(workbook(rows), grid))
    assert found.problems == []
    return {known[change.column]: change.value for change in found.changes}


def test_form_1_with_titles_above_and_five_regular_columns(world, opened) -> None:
    sheet, pupil = opened("upper_secondary", 10, "TOAN")
    cluster_add(sheet=sheet, by=world.a.teacher)
    rows = [
        ["SỞ GIÁO DỤC VÀ ĐÀO TẠO"],
        ["BẢNG ĐIỂM MÔN TOÁN LỚP LX HỌC KÌ I"],
        [],
        ["STT", "Lớp", "Mã định danh Bộ GD&ĐT", "Họ và tên", "Ngày sinh", *(f"ĐĐGtx {n}" for n in range(1, 6)),
         "ĐĐGgk", "ĐĐGck", "Nhận xét"],
        [1, "LX", pupil.ministry_code, pupil.full_name, "03/02/2015", "8", 7.5, None, "9", "10", "7", 8.25, "Tốt"],
    ]  # fmt: skip
    assert texts(sheet, rows) == {
        "TX1": "8", "TX2": "7.5", "TX4": "9", "TX5": "10", "GK": "7", "CK": "8.25", "NX": "Tốt",
    }  # fmt: skip


def test_form_2_with_all_regular_marks_in_one_cell_an_average_and_a_code_of_the_remark(world, sheet) -> None:
    pupil = world.a.student
    rows = [
        ["STT", "Mã định danh", "Họ và tên", "Ngày sinh", "ĐĐGtx", "ĐĐGgk", "ĐĐGck", "ĐTBmhk", "Mã nhận xét",
         "Nội dung nhận xét"],
        [1, pupil.ministry_code, pupil.full_name, "01/03/2015", "8 7,5  9;8", "7", "8,5", "8,0", "T1", "Chăm học"],
    ]  # fmt: skip
    assert texts(sheet, rows) == {
        "TX1": "8", "TX2": "7,5", "TX3": "9", "TX4": "8", "GK": "7", "CK": "8,5", "NX": "Chăm học",
    }  # fmt: skip


def test_the_form_of_comment_subjects(world) -> None:
    sheet = sheet_open(school_class=world.a.class1, subject=world.pe, term=world.term1)
    pupil = world.a.student
    rows = [
        ["STT", "Mã định danh", "Họ và tên", "Ngày sinh", "Đánh giá", "Nội dung nhận xét"],
        [1, pupil.ministry_code, pupil.full_name, "", "Đ", "Tích cực"],
    ]
    assert texts(sheet, rows) == {"CK": "Đ", "NX": "Tích cực"}


def test_the_primary_form_puts_each_moments_remark_in_its_own_column(world, opened) -> None:
    sheet, pupil = opened("primary", 3, "TOAN")
    assert "GK2" not in codes(sheet)
    rows = [
        ["STT", "Lớp", "Mã định danh", "Họ và tên", "Ngày sinh", "Mức đạt được GK", "Nhận xét GK", "Mức đạt được CK",
         "Điểm KTĐK", "Nhận xét CK"],
        [1, "LX", "", pupil.full_name, "3/2/2015", "T", "Nhanh nhẹn", "H", 9, "Cần cẩn thận"],
    ]  # fmt: skip
    assert texts(sheet, rows) == {"GK": "T", "NX": "Nhanh nhẹn", "CK": "H", "CK2": "9", "NX2": "Cần cẩn thận"}


def test_the_districts_two_row_header_after_its_titles_and_its_row_of_numbers(world, sheet) -> None:
    pupil = world.a.student
    rows = [
        ["Phòng GDĐT Long Biên"],
        ["Trường THCS Ngọc Lâm"],
        ["BẢNG ĐIỂM HỌC KỲ I - NĂM HỌC " + world.year.name],
        ["Môn Toán - Lớp 6A1"],
        ["STT", "Tên lớp", "Mã học sinh", "Mã định danh", "Họ và tên", "Ngày sinh", "ĐĐGtx", None, None, None, "ĐĐGgk",
         "ĐĐGck"],
        [None, None, None, None, None, None, "1", "2", "3", "4", None, None],
        [str(number) for number in range(1, 13)],
        ["1", "6A1", pupil.code, "", pupil.full_name, "01/03/2015", "8", "7,5", "9", "8", "7", "8,5"],
    ]  # fmt: skip
    assert texts(sheet, rows) == {"TX1": "8", "TX2": "7,5", "TX3": "9", "TX4": "8", "GK": "7", "CK": "8,5"}


@pytest.mark.parametrize(("level", "grade", "code"), [("primary", 5, "TOAN"), ("university", 1, "HOA")])
def test_a_downloaded_form_of_any_level_is_read_back_cell_by_cell(world, opened, fill, level, grade, code) -> None:
    from gradebook.processing import sheet_workbook

    sheet, pupil = opened(level, grade, code)
    if level == "primary":
        retest_add(sheet=sheet, group="CK", by=world.a.teacher)
        fill(sheet, pupil, "T", "9", "Giữa kì tốt", "H", "4", "8", "Cuối kì khá")
    else:
        components_set(sheet=sheet, components=OUTLINE, pass_only=False, by=world.a.teacher)
        fill(sheet, pupil, "10", "7", "7,5", "Khá")
    grid = grid_of(sheet)
    found = changes_of(grid, table_read(sheet_workbook(grid), grid))
    assert (found.changes, found.problems) == ([], [])
    assert found.same == MarkColumn.objects.filter(sheet=sheet).count()
