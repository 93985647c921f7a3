"""Layouts of vnEdu, SMAS and the Ministry's data base, and of schools that draw their own: read whole, or named."""

import unicodedata
from datetime import date
from typing import Any

import pytest

from school.roster.processing import legacy, tables
from school.roster.processing.columns import Layout, find_header
from school.roster.processing.contacts import contacts_place
from school.roster.processing.fields import FIELDS, STUDENTS, field_of
from school.roster.processing.lists import ColumnsError, Reading, read_list
from school.roster.processing.matching import chosen_by_words, faults_of, matching_of
from tests.school.roster.sheets import workbook

pytestmark = pytest.mark.pure

HEAD = ["STT", "Mã định danh", "Họ và tên", "Ngày sinh", "Giới tính", "Lớp"]
LINE = ["1", "0103915001", "Nguyễn Văn Hùng", "05/09/2015", "Nam", "6A1"]


def read(content: bytes, kind: str = STUDENTS, **options: Any) -> Reading:
    reading = read_list(tables.read_sheets(content), kind, **options)
    if kind == STUDENTS:
        contacts_place(reading)
    return reading


def told(reading: Reading) -> list[tuple[int, str]]:
    return [(fault.row, fault.column) for fault in reading.sorted_faults()]


def test_vnedus_export_is_read_with_its_contact_number_and_nothing_is_passed_over_in_silence():
    lines = [
        ["PHÒNG GD&ĐT LONG BIÊN"],
        ["DANH SÁCH HỌC SINH LỚP 6A1"],
        [],
        ["STT", "Mã học sinh", "Mã định danh Bộ GD", "Họ và tên", "Ngày sinh", "Giới tính", "Trạng thái học sinh", "Lớp",
         "SĐT liên hệ", "Họ tên cha", "Nghề nghiệp cha", "Họ tên mẹ", "Năm sinh mẹ", "Ghi chú"],
        [1, "2400123", "0103915001", "Lê An ", "05/09/2015", "Nam", "Đang học", "6A1", "0912345678", "", "", "Vũ Tư", "1980",
         "con liệt sĩ"],
        [2, "2400124", "0103915002", "Lê Bo", "5/9/2015", "Nữ", "Đang học", "6A1", "0987654321 - 0912000111", "", "", "", "", ""],
    ]  # fmt: skip
    reading = read(workbook(lines))
    assert reading.faults == []
    assert reading.unread == ["Năm sinh mẹ", "Ghi chú"]
    first, second = reading.rows
    assert (first.get("mother_phone"), first.get("first_contact"), first.get("phone")) == ("+84912345678", "mother", "")
    assert second.get("phone") == "+84987654321"
    assert [(one.row, one.column) for one in reading.warnings] == [(6, "SĐT liên hệ")]
    assert len(reading.notes) == 2


def test_smass_headings_of_two_rows_with_birth_dates_under_the_genders():
    lines = [
        ["DANH SÁCH HỌC SINH"],
        ["STT", "Mã HS", "Mã định danh", "Họ tên", "", "", "Lớp", "", "", "", "", "", "SĐT nhận tin nhắn"],
        ["", "", "", "", "Nam", "Nữ", "", "Họ tên", "Nghề nghiệp", "Số điện thoại", "Họ tên", "Số ĐTDĐ", ""],
        [
            1,
            "HS001",
            "0103915001",
            "Lê An",
            "05/09/2015",
            "",
            "6A1",
            "Lê Ba",
            "CN",
            "0912345678",
            "Vũ Tư",
            "",
            "0912345678",
        ],
        [2, "HS002", "0103915002", "Lê Bo", "", "06/09/2015", "6A1", "", "", "", "Vũ Tư", "", "0977345678"],
        [3, "HS003", "0103915003", "Lê Ca", "", "", "6A1", "", "", "", "", "", ""],
        [4, "HS004", "0103915004", "Lê Da", "01/01/2015", "01/01/2015", "6A1", "", "", "", "", "", ""],
    ]
    merges = [
        (1, 4, 1, 5, "Ngày tháng năm sinh"),
        (1, 7, 1, 9, "Thông tin bố"),
        (1, 10, 1, 11, "Thông tin mẹ"),
        (1, 0, 2, 0, "STT"),
    ]
    reading = read(workbook(lines, merges=merges))
    boy, girl = reading.good_rows
    assert (boy.get("gender"), boy.birth_date, boy.get("father_phone")) == ("M", date(2015, 9, 5), "+84912345678")
    assert (girl.get("gender"), girl.birth_date, girl.get("mother_phone")) == ("F", date(2015, 9, 6), "+84977345678")
    assert boy.get("first_contact") == "father"
    assert told(reading) == [(6, "Ngày tháng năm sinh Nam"), (7, "Ngày tháng năm sinh Nam")]
    assert reading.unread == ["Thông tin bố Nghề nghiệp"]


def test_day_month_and_year_in_three_columns_are_one_date():
    lines = [
        ["STT", "Mã định danh", "Họ tên", "", "", "", "Nữ", "Lớp"],
        ["", "", "", "Ngày", "Tháng", "Năm", "", ""],
        [1, "0103915001", "Lê An", 5, 9, 2015, "x", "6A1"],
        [2, "0103915002", "Lê Bo", 31, 2, 2015, "Nam", "6A1"],
        [3, "0103915003", "Lê Ca", "", 2, 2015, "", "6A1"],
    ]
    reading = read(workbook(lines, merges=[(0, 3, 0, 5, "Ngày sinh")]))
    (row,) = reading.good_rows
    assert (row.birth_date, row.get("gender")) == (date(2015, 9, 5), "F")
    assert told(reading) == [(4, "Ngày sinh Ngày"), (5, "Ngày sinh Ngày")]
    assert reading.rows[1].get("gender") == "M"


@pytest.mark.parametrize(
    ("male", "female", "gender"),
    [("x", "", "M"), ("", "x", "F"), ("Nam", "", "M"), ("", "Nữ", "F"), ("X", "0", "M"), ("x", "x", ""), ("", "", "")],
)
def test_ticks_under_nam_and_nu(male, female, gender):
    lines = [
        [*HEAD[:4], "", "", "Lớp"],
        ["", "", "", "", "Nam", "Nữ", ""],
        [1, "0103915001", "Lê An", "05/09/2015", male, female, "6A1"],
    ]
    reading = read(workbook(lines, merges=[(0, 4, 0, 5, "Giới tính")]))
    assert reading.rows[0].get("gender") == gender
    assert len(reading.faults) == (not gender)


@pytest.mark.parametrize(
    ("cell", "gender"), [("x", "F"), ("", "M"), ("Nam", "M"), ("Nữ", "F"), ("không", "M"), ("gì", "")]
)
def test_a_column_nu_alone_may_hold_ticks_or_words(cell, gender):
    lines = [
        ["STT", "Mã định danh", "Họ tên", "Ngày sinh", "Nữ", "Lớp"],
        [1, "0103915001", "Lê An", "05/09/2015", cell, "6A1"],
    ]
    reading = read(workbook(lines))
    assert reading.rows[0].get("gender") == gender
    assert told(reading) == ([] if gender else [(2, "Nữ")])


def test_a_class_merged_over_its_pupils_is_the_class_of_each():
    lines = [HEAD, *([str(n), f"010391500{n}", "Lê An", "05/09/2015", "Nam", ""] for n in range(1, 5))]
    reading = read(workbook(lines, merges=[(1, 5, 2, 5, "6A1"), (3, 5, 4, 5, "6A2")]))
    assert [row.get("class_name") for row in reading.good_rows] == ["6A1", "6A1", "6A2", "6A2"]


def test_hidden_rows_columns_and_sheets_and_sheets_without_a_list_are_named():
    reading = read(
        workbook(
            [HEAD, LINE, ["2", "0103915002", *LINE[2:]]],
            hidden_rows=[2],
            hidden_columns=[3],
            more=[
                ("Tổng hợp", [["Lớp", "Sĩ số", "Nữ"], ["6A1", 40, 20]]),
                ("Ghi chú", [["abc"]]),
                ("Cũ", [HEAD, LINE]),
            ],
            hidden_sheets=["Cũ"],
        )
    )
    assert len(reading.good_rows) == 2
    assert len(reading.notes) == 5
    for words in ("Tổng hợp", "Ghi chú", "Cũ", ": 3", "Ngày sinh"):
        assert any(words in note for note in reading.notes), words


def in_font(text: str, table: dict[str, str]) -> str:
    back = {meant: written for written, meant in table.items()}
    return "".join(back.get(char, char) for char in text)


@pytest.mark.parametrize(("font", "table"), [("TCVN3", legacy._TCVN3), ("VNI", legacy._VNI)])
def test_a_file_for_an_old_font_is_converted_whole_and_that_is_said(font, table):
    lines = [
        [in_font(cell, table) for cell in line]
        for line in (HEAD, LINE, ["2", "0103915002", "Trần Thị Bưởi", *LINE[3:]])
    ]
    reading = read(workbook(lines))
    assert [row.full_name for row in reading.good_rows] == ["Nguyễn Văn Hùng", "Trần Thị Bưởi"]
    assert any(font in note for note in reading.notes)


def test_a_csv_in_the_bytes_of_an_old_font_is_converted_too():
    text = "\n".join(";".join(in_font(cell, legacy._TCVN3) for cell in line) for line in (HEAD, LINE))
    (row,) = read(text.encode("latin-1")).good_rows
    assert row.full_name == "Nguyễn Văn Hùng"


def test_a_name_for_an_old_font_among_others_is_named_and_mended_when_accepted():
    content = workbook([HEAD, ["1", "0103915001", "NguyÔn V¨n Hïng", *LINE[3:]]])
    (fault,) = read(content).faults
    assert (fault.row, fault.column, fault.suggestion) == (2, "Họ và tên", "Nguyễn Văn Hùng")
    (row,) = read(content, accept_repairs=True).good_rows
    assert row.full_name == "Nguyễn Văn Hùng"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("NguyÔn V¨n An", "Nguyễn Văn An"), ("§ç Minh Hµ", "Đỗ Minh Hà"), ("NGUYÔN V¡N AN", "NGUYỄN VĂN AN"), ("B­ëi", "Bưởi"),
     ("Nguyeãn Vaên An", "Nguyễn Văn An"), ("Ñoã Minh Haø", "Đỗ Minh Hà"), ("Nguyá»…n VÄƒn An", "Nguyễn Văn An"),
     ("Schröder", ""), ("Muñoz", ""), ("H' Hen Niê", ""), ("Ksor Hờ Bia", ""), ("Lê Thị Hồng Ánh", ""), ("Nguyễn Thúy Giềng", ""),
     ("François", ""), ("Nguyễn Thuỳ Uyên", "")],
)  # fmt: skip
def test_only_what_is_no_syllable_and_would_become_one_is_an_old_font(written, meant):
    assert legacy.meant(written)[1] == meant


@pytest.mark.parametrize(
    ("name", "good"),
    [("Nguy?n V?n An", False), ("Lê An*", False), ("Bố: Lê Ba", False), ("Lê_An", False), ("Lê An (B)", True), ("H'Hen Niê", True),
     ("Y-Bhăm Êban", True), ("Lê\x0bAn", True), ("#N/A", False), ("A" * 41, False), ("Ðỗ An", True)],
)  # fmt: skip
def test_signs_that_no_name_has_are_named(name, good):
    text = "\n".join(";".join(line) for line in (HEAD, [LINE[0], LINE[1], name, *LINE[3:]]))
    reading = read(text.encode())
    assert told(reading) == ([] if good else [(2, "Họ và tên")])


def test_texts_longer_than_their_place_are_named_before_the_data_base_refuses_them():
    lines = [
        [*HEAD, "Địa chỉ", "Dân tộc", "Mã học sinh"],
        [*LINE, "a" * 256, "b" * 41, "c" * 21],
    ]
    assert told(read(workbook(lines))) == [(2, "Địa chỉ"), (2, "Dân tộc"), (2, "Mã học sinh")]


def test_a_second_column_of_the_same_heading_is_named_as_not_read():
    reading = read(workbook([[*HEAD, "Điện thoại", "Điện thoại"], [*LINE, "0912345678", "0912345679"]]))
    assert reading.unread == ["Điện thoại (2)"]


def test_a_column_with_values_but_without_heading_is_named_by_its_letter():
    assert read(workbook([[*HEAD, ""], [*LINE, "8,5"]])).unread in (
        ["column G, without heading"],
        ["cột G, không có tiêu đề"],
    )


@pytest.mark.parametrize(
    ("heading", "key"),
    [("so dien thoai di dong cua bo", "father_phone"), ("sdt me", "mother_phone"), ("ho va ten me", "mother_name"),
     ("thong tin cha ho va ten", "father_name"), ("so dien thoai phu huynh", "contact_phone"), ("nghe nghiep cha", ""),
     ("nam sinh me", ""), ("ho ten ong ba", ""), ("sdt nguoi giam ho", "guardian_phone"), ("diem toan", "")],
)  # fmt: skip
def test_headings_of_parents_are_understood_by_their_words(heading, key):
    assert field_of(STUDENTS, heading) == key


def test_no_heading_names_two_fields_of_one_kind():
    for fields in FIELDS.values():
        names = [name for one in fields for name in one.names]
        assert sorted(set(names)) == sorted(names)


def test_a_contact_who_is_a_named_parent_is_the_first_contact_and_another_becomes_the_guardian():
    lines = [
        [*HEAD, "Họ tên cha", "Họ tên mẹ", "Người liên hệ", "SĐT liên hệ"],
        [*LINE, "Lê Ba", "Vũ Tư", "VŨ TƯ", "0912345678"],
        ["2", "0103915002", *LINE[2:], "Lê Ba", "Vũ Tư", "Hồ Năm", "0912345679"],
    ]
    mother, guardian = read(workbook(lines)).good_rows
    assert (mother.get("first_contact"), mother.get("mother_phone")) == ("mother", "+84912345678")
    assert (guardian.get("guardian_name"), guardian.get("guardian_phone")) == ("Hồ Năm", "+84912345679")


# What a person says of the columns.

UNKNOWN = [
    ["TRƯỜNG X"],
    ["Thứ", "ID", "Tên đầy đủ", "DOB", "GT", "Nhóm"],
    [1, "0103915001", "Lê An", "05/09/2015", "Nam", "6A1"],
]
SAID = {"ID": "ministry_code", "Tên đầy đủ": "full_name", "DOB": "birth_date", "Nhóm": "class_name", "Thứ": ""}


def test_a_file_with_unknown_headings_is_refused_in_such_a_way_that_a_person_may_match_them():
    with pytest.raises(ColumnsError):
        read(workbook(UNKNOWN))
    matching = matching_of(tables.read_sheets(workbook(UNKNOWN)), STUDENTS)
    assert matching.row == 1
    assert [(column.shown, column.samples, column.key) for column in matching.columns] == [
        ("Thứ", ("1",), ""),
        ("ID", ("0103915001",), ""),
        ("Tên đầy đủ", ("Lê An",), ""),
        ("DOB", ("05/09/2015",), ""),
        ("GT", ("Nam",), "gender"),
        ("Nhóm", ("6A1",), ""),
    ]


@pytest.mark.parametrize("how", ["by names", "by row", "by fingerprint"])
def test_what_a_person_said_goes_before_what_headings_say(how):
    sheets = tables.read_sheets(workbook(UNKNOWN))
    matching = matching_of(sheets, STUDENTS)
    layout = {
        "by names": Layout(SAID),
        "by row": Layout(SAID, row=1),
        "by fingerprint": Layout(SAID, fingerprint=matching.fingerprint),
    }[how]
    reading = read_list(sheets, STUDENTS, layouts=[layout])
    (row,) = reading.good_rows
    assert (row.full_name, row.get("class_name"), row.get("gender")) == ("Lê An", "6A1", "M")
    assert reading.headers[0].layout == layout
    assert reading.unread == ["Thứ"]


def test_a_layout_of_other_headings_is_not_taken_for_this_file():
    sheets = tables.read_sheets(workbook([HEAD, LINE]))
    other = matching_of(tables.read_sheets(workbook(UNKNOWN)), STUDENTS)
    assert read_list(sheets, STUDENTS, layouts=[Layout(SAID, fingerprint=other.fingerprint)]).good_rows
    assert find_header(sheets[0], STUDENTS).layout is None


def test_the_same_headings_have_one_fingerprint_whatever_stands_above_them_and_however_they_are_typed():
    one = matching_of(tables.read_sheets(workbook([HEAD, LINE])), STUDENTS)
    typed = [unicodedata.normalize("NFD", word.upper() + " ") for word in HEAD]
    other = matching_of(tables.read_sheets(workbook([["SỞ GD"], ["DANH SÁCH"], typed, LINE])), STUDENTS)
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != matching_of(tables.read_sheets(workbook([HEAD[::-1], LINE[::-1]])), STUDENTS).fingerprint


def test_a_column_without_heading_can_be_matched_too():
    lines = [[*HEAD[:5], ""], LINE]
    reading = read_list(tables.read_sheets(workbook(lines)), STUDENTS, layouts=[Layout({"[F]": "class_name"}, row=0)])
    assert reading.good_rows[0].get("class_name") == "6A1"


def test_a_choice_that_leaves_out_a_needed_field_or_names_one_twice_is_told():
    assert faults_of(STUDENTS, SAID | {"GT": "gender"}) == []
    assert len(faults_of(STUDENTS, SAID | {"GT": ""})) == 1
    assert len(faults_of(STUDENTS, SAID | {"GT": "gender", "Thứ": "full_name"})) == 1
    assert faults_of(STUDENTS, SAID | {"GT": "gender", "Nhóm": ""}, has_class=True) == []


def test_a_written_mapping_takes_keys_and_vietnamese_names_and_refuses_others_in_words():
    written = {"ID": "ministry_code", "SĐT 1": "Điện thoại liên hệ", "Bỏ": None}
    assert chosen_by_words(STUDENTS, written) == {"ID": "ministry_code", "SĐT 1": "contact_phone", "Bỏ": ""}
    with pytest.raises(ValueError, match="color"):
        chosen_by_words(STUDENTS, {"ID": "color"})
