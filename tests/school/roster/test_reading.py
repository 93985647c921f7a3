"""Files as people make them: what is understood, what is named as wrong, what is refused whole."""

import unicodedata
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from school.roster.processing import fields as columns
from school.roster.processing import tables, values
from school.roster.processing.lists import Reading, read_list
from tests.school.roster.files import HEAD, pupil, xlsx

pytestmark = pytest.mark.pure
DATA = Path(__file__).parent / "data"


def read(content: bytes, kind: str = columns.STUDENTS, **options) -> Reading:
    return read_list(tables.read_sheets(content), kind, **options)


def places(reading: Reading) -> list[tuple[int, str]]:
    return [(fault.row, fault.column) for fault in reading.sorted_faults()]


def refusal(content: bytes, kind: str = columns.STUDENTS) -> str:
    with pytest.raises(tables.TableError) as refused:
        read(content, kind)
    return str(refused.value)


def csv_of(*rows: dict, separator: str = ",") -> str:
    lines = [HEAD, *(list(row.values()) for row in rows)]
    return "\r\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)


def test_titles_totals_signatures_and_blank_lines_are_no_rows():
    foot = (
        [],
        ["Tổng số: 2 học sinh"],
        ["", "", "", "", "", "Hà Nội, ngày 05 tháng 9 năm 2026"],
        ["", "Người lập biểu", "", "", "", "Hiệu trưởng"],
        ["", "Lê Thị Bình", "", "", "", "Trần Văn Cường"],
    )
    reading = read(xlsx([pupil(1), pupil(2, "Tống Văn Bình"), [3] + [""] * 13], foot=foot))
    assert [row.full_name for row in reading.rows] == ["Lê Minh An", "Tống Văn Bình"]
    assert reading.faults == []


def test_headings_repeated_on_a_printed_page_and_numbers_of_columns_are_no_rows():
    reading = read(xlsx([[f"({n})" for n in range(1, 15)], pupil(1), list(HEAD), pupil(2)]))
    assert len(reading.rows) == 2
    assert reading.faults == []


def test_headings_of_two_rows_are_joined():
    out = BytesIO()
    import xlsxwriter

    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("6A1")
    for column, label in enumerate(["STT", "Mã định danh", "Họ tên", "Ngày sinh", "Giới tính", "Lớp"]):
        sheet.merge_range(0, column, 1, column, label)
    sheet.merge_range(0, 6, 0, 7, "Cha")
    sheet.merge_range(0, 8, 0, 9, "Mẹ")
    for column, label in enumerate(["Họ tên", "SĐT", "Họ tên", "SĐT"], start=6):
        sheet.write(1, column, label)
    line = ["1", "0103915001", "Lê An", "5-9-2015", "nữ", "6a1", "Lê Ba", "0912.345.678", "Vũ Tư", "+84 987 654 321"]
    sheet.write_row(2, 0, line)
    book.close()
    (row,) = read(out.getvalue()).rows
    assert (row.get("full_name"), row.get("father_name"), row.get("mother_name")) == ("Lê An", "Lê Ba", "Vũ Tư")
    assert (row.get("father_phone"), row.get("mother_phone")) == ("+84912345678", "+84987654321")
    assert (row.get("class_name"), row.get("gender"), row.birth_date) == ("6A1", "F", date(2015, 9, 5))


@pytest.mark.parametrize(
    "written",
    ["05/09/2015", "5/9/2015", "5-9-2015", "05.09.2015", "2015-09-05", "2015/9/5", date(2015, 9, 5), " 05/09/2015 ",
     "05/09/2015 00:00:00", "'05/09/2015"],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(written):
    (row,) = read(xlsx([pupil(1, born=written)])).good_rows
    assert row.birth_date == date(2015, 9, 5)


@pytest.mark.parametrize(
    "written", ["2014", 2014, "09/2015", "31/02/2014", "13/13/2014", "5/9/15", "không rõ", "Nam", 0]
)
def test_what_is_no_whole_date_is_named(written):
    assert places(read(xlsx([pupil(1, born=written)]))) == [(4, "Ngày sinh")]


def test_a_date_that_became_a_number_is_offered_and_taken_only_when_accepted():
    content = xlsx([pupil(1, born=42252)])
    (fault,) = read(content).faults
    assert fault.suggestion == "2015-09-05"
    (row,) = read(content, accept_repairs=True).good_rows
    assert row.birth_date == date(2015, 9, 5)


def test_zeros_that_excel_dropped_are_offered_back():
    content = xlsx([pupil(1, code=103915001, citizen=1215679248, father="Lê Ba", father_phone=912345678)])
    reading = read(content)
    assert {fault.suggestion for fault in reading.faults} == {"0103915001", "001215679248", "+84912345678"}
    (row,) = read(content, accept_repairs=True).good_rows
    assert (row.get("ministry_code"), row.get("citizen_id")) == ("0103915001", "001215679248")
    assert row.get("father_phone") == "+84912345678"


def test_whole_numbers_are_codes_without_a_fraction():
    (row,) = read(xlsx([pupil(1, code=2103915001, **{"class": "6A1"})])).good_rows
    assert row.get("ministry_code") == "2103915001"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"code": "0132"}, "Mã định danh Bộ GD&ĐT"),
        ({"code": "01039150011"}, "Mã định danh Bộ GD&ĐT"),
        ({"code": "01O3915001"}, "Mã định danh Bộ GD&ĐT"),
        ({"code": ""}, "Mã định danh Bộ GD&ĐT"),
        ({"citizen": "00121567"}, "Số định danh cá nhân"),
        ({"name": ""}, "Họ và tên"),
        ({"name": "12345"}, "Họ và tên"),
        ({"name": "\u00a0 "}, "Họ và tên"),
        ({"born": ""}, "Ngày sinh"),
        ({"gender": "Nữu"}, "Giới tính"),
        ({"gender": ""}, "Giới tính"),
        ({"class": ""}, "Lớp"),
        ({"father": "Lê Ba", "father_phone": "12345"}, "Điện thoại cha"),
        ({"mother": "Lê Tư", "mother_phone": "0912345678; 12"}, "Điện thoại mẹ"),
    ],
)
def test_each_wrong_cell_is_named_alone(change, column):
    reading = read(xlsx([pupil(1), pupil(2, **change), pupil(3)]))
    assert places(reading) == [(5, column)]
    assert len(reading.good_rows) == 2


@pytest.mark.parametrize("key", ["code", "name", "born", "class", "father_phone", "gender"])
def test_a_formula_is_named_wherever_a_value_should_be(key):
    reading = read(xlsx([pupil(1, **{key: '=HYPERLINK("http://x","a")'})]))
    column = dict(zip(pupil(1), HEAD, strict=True))[key]
    assert places(reading) == [(4, column)]
    assert reading.faults[0].value.startswith("=HYPERLINK")


def test_running_numbers_by_formula_are_nobodys_fault():
    assert read(xlsx([pupil(1), pupil(2, stt="=A4+1")])).faults == []


def test_a_formula_typed_into_a_csv_is_named():
    content = csv_of(pupil(1, name="=cmd|' /C calc'!A0")).encode()
    assert places(read(content)) == [(2, "Họ và tên")]


def test_names_of_every_keyboard_and_copied_blanks_are_one_name():
    name = "Lê\u00a0Thị  Hồng\u200b Nhung "
    (row,) = read(xlsx([pupil(1, unicodedata.normalize("NFD", name))])).good_rows
    assert row.full_name == "Lê Thị Hồng Nhung"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_of_every_excel_is_read(encoding, separator):
    written = csv_of(pupil(1, "Lê Thị Hồng Ánh"), pupil(2, "Đỗ Văn Ước"), separator=separator)
    if encoding == "cp1258":
        # Windows-1258 writes the tone marks after the letters.
        written = "".join(_for_windows(char) for char in written)
    reading = read(written.encode(encoding))
    assert [row.full_name for row in reading.good_rows] == ["Lê Thị Hồng Ánh", "Đỗ Văn Ước"]


def _for_windows(char: str) -> str:
    try:
        char.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", char)
        tones = [part for part in parts if part in "\u0300\u0309\u0303\u0301\u0323"]
        letter = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        return letter + "".join(tones)
    return char


def test_a_sheet_for_each_class_is_read_and_its_name_is_the_class():
    import xlsxwriter

    out = BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, code in (("6A1", "0103915001"), ("6A2", "0103915002"), ("Ghi chú", "")):
        sheet = book.add_worksheet(name)
        if code:
            sheet.write_row(0, 0, ["STT", "Mã định danh", "Họ và tên", "Ngày sinh", "Giới tính"])
            sheet.write_row(1, 0, ["1", code, "Lê An", "05/09/2015", "Nam"])
        else:
            sheet.write(0, 0, "Danh sách nộp ngày 05/09")
    book.close()
    assert [row.get("class_name") for row in read(out.getvalue()).good_rows] == ["6A1", "6A2"]


def test_given_names_in_their_own_column_are_kept_apart():
    head = ["STT", "Mã định danh", "Họ và tên đệm", "Tên", "Ngày sinh", "Nữ", "Lớp"]
    rows = [
        [1, "0103915001", "H'", "Hen Niê", "05/09/2015", "x", "6A1"],
        [2, "0103915002", "Lê", "An", "05/09/2015", "", "6A1"],
    ]
    first, second = read(xlsx(rows, head=head)).good_rows
    assert (first.full_name, first.get("given_name"), first.get("gender")) == ("H' Hen Niê", "Hen Niê", "F")
    assert second.get("gender") == "M"


def test_columns_in_another_order_and_other_words_are_found():
    head = ["Lớp học", "Họ tên học sinh", "Phái", "Ngày, tháng, năm sinh", "Mã định danh (Bộ GD-ĐT) *", "SĐT bố"]
    (row,) = read(xlsx([["Lớp 6A1", "Lê An", "Nữ", "05/09/2015", "0103915001", ""]], head=head)).good_rows
    assert (row.get("class_name"), row.get("ministry_code")) == ("6A1", "0103915001")


def test_a_missing_column_is_said_with_the_row_of_the_headings():
    without = [label for label in HEAD if label != "Ngày sinh"]
    line = [value for key, value in pupil(1).items() if key != "born"]
    message = refusal(xlsx([line], head=without))
    assert "Ngày sinh" in message
    assert "3" in message


def test_a_list_without_class_or_code_is_refused_whole():
    for label, key in (
        ("Lớp", "class"),
        ("Mã định danh Bộ GD&ĐT", "code"),
        ("Họ và tên", "name"),
        ("Giới tính", "gender"),
    ):
        line = [value for name, value in pupil(1).items() if name != key]
        assert label in refusal(xlsx([line], head=[one for one in HEAD if one != label]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbf\r\n",
        b"%PDF-1.7\n%...",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        b"PK\x03\x04 not a zip at all",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        b"<html><body><table><tr><td>STT</td></tr></table></body></html>",
        b"hello",
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(content):
    assert refusal(content).endswith((".", ". "))


def test_a_workbook_cut_in_the_middle_is_damaged():
    whole = xlsx([pupil(1)])
    assert refusal(whole[: len(whole) // 2]) == refusal(b"PK\x03\x04" + whole[200:])


def test_a_zip_that_is_no_workbook_is_no_list():
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert "Excel" in refusal(out.getvalue())


def test_an_entity_bomb_in_a_sheet_is_a_damaged_file():
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx([pupil(1)]))) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(
                    b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet', 1
                )
            target.writestr(name, content)
    assert "Excel" in refusal(out.getvalue())


def test_an_empty_list_under_its_headings_is_said():
    assert "rows" in refusal(xlsx([])) or "dòng" in refusal(xlsx([]))


def test_faults_of_swapped_columns_are_named_cell_by_cell():
    reading = read(xlsx([pupil(1, gender="07/11/2015", born="Nam")]))
    assert places(reading) == [(4, "Ngày sinh"), (4, "Giới tính")]


def test_the_sheets_formulas_are_those_that_excel_shows():
    content = xlsx([pupil(1, name='=HYPERLINK("http://x","a")')])
    (sheet,) = tables.read_sheets(content)
    assert sheet.formulas == {(3, 3): '=HYPERLINK("http://x","a")'}
    assert CalamineWorkbook.from_filelike(BytesIO(content)).sheet_names == ["Danh sách"]


@pytest.mark.parametrize(
    ("name", "grade"),
    [("6A1", 6), ("12A10", 12), ("6A", 6), ("6/1", 6), ("6.1", 6), ("10-2", 10), ("10TOÁN", 10), ("66A1", 66), ("13B9", 13),
     ("A6", None), ("Lá", None), ("", None), ("6A1.", None)],
)  # fmt: skip
def test_the_grade_stands_in_front_of_a_classs_name(name, grade):
    assert values.class_grade(values.read_class_name(name)) == grade


def test_a_workbook_of_excel_97_is_read_with_its_dates_formulas_and_hidden_sheets():
    content = (DATA / "excel97.xls").read_bytes()
    (sheet,) = tables.read_sheets(content)
    assert sheet.formulas == {(5, 2): "=…"}
    reading = read(content)
    assert places(reading) == [(6, "Họ và tên"), (7, "Mã định danh Bộ GD&ĐT"), (7, "Điện thoại cha")]
    (row,) = reading.good_rows
    assert (row.full_name, row.birth_date, row.get("father_phone")) == (
        "Lê Thị Hồng Ánh",
        date(2015, 9, 5),
        "+84912345678",
    )


def test_a_workbook_under_a_password_is_refused_in_words():
    message = refusal((DATA / "locked.xlsx").read_bytes())
    assert "password" in message or "mật khẩu" in message


def test_a_damaged_workbook_of_excel_97_is_refused_in_words():
    whole = (DATA / "excel97.xls").read_bytes()
    for length in (600, len(whole) // 2, len(whole) - 1500):
        with pytest.raises(tables.TableError):
            read(whole[:length])
