"""Whole lists with many faults, each in a row of its own: every one gets one line at its place, and no good row gets any."""

from collections.abc import Callable
from typing import Any

import pytest

from school.roster.processing import tables
from school.roster.processing.reports import faults_csv
from school.roster.services import roster_import
from tests.school.roster.files import HEAD, xlsx
from tests.school.roster.sheets import workbook

pytestmark = pytest.mark.django_db

FIRST = 4  # titles in two rows, then the headings
KEYS = (
    *("stt", "code", "citizen", "name", "born", "gender", "class", "ethnicity", "address"),
    *("father", "father_phone", "mother", "mother_phone", "status"),
)
COLUMN = dict(zip(KEYS, HEAD, strict=True))


def row(number: int) -> dict[str, Any]:
    return {
        "stt": number,
        "code": f"01039150{number:02}",
        "citizen": f"0012150000{number:02}",
        "name": ("Lê Minh An", "Trần Thị Bưởi", "Đỗ Văn Ước", "Phạm Quỳnh Hoa")[number % 4],
        "born": f"{number % 28 + 1:02}/11/2015",
        "gender": "Nam" if number % 2 else "Nữ",
        "class": "6A1" if number <= 40 else "6A2",
        "ethnicity": "Kinh",
        "address": "Phường Ngọc Lâm",
        "father": f"Lê Văn {'ABCDEGHIKL'[number % 10]}a",
        "father_phone": f"09120001{number:02}",
        "mother": "",
        "mother_phone": "",
        "status": "Đang học",
    }


# What is done to a row, and the columns whose cells are then named.
FAULTS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("a code of nine digits as text", {"code": "010391500"}, ("code",)),
    ("a code that became a number", {"code": 103915099}, ("code",)),
    ("a code with a letter", {"code": "01O3915009"}, ("code",)),
    ("no code", {"code": ""}, ("code",)),
    ("no name", {"name": "  "}, ("name",)),
    ("a name of digits", {"name": "Lê An 2"}, ("name",)),
    ("a name whose letters were lost", {"name": "Nguy?n V?n An"}, ("name",)),
    ("a name of an old font", {"name": "NguyÔn V¨n An"}, ("name",)),
    ("a name in VNI", {"name": "Nguyeãn Vaên An"}, ("name",)),
    ("a formula for a name", {"name": "=A1&B1"}, ("name",)),
    ("an error of Excel", {"address": "#REF!"}, ("address",)),
    ("30 February", {"born": "30/02/2015"}, ("born",)),
    ("a year alone", {"born": "2015"}, ("born",)),
    ("a short year", {"born": "5/9/15"}, ("born",)),
    ("a month first", {"born": "09/25/2015"}, ("born",)),
    ("a birth in the future", {"born": "05/09/2051"}, ("born",)),
    ("a birth of a grandfather", {"born": "05/09/1951"}, ("born",)),
    ("no birth", {"born": ""}, ("born",)),
    ("an unknown gender", {"gender": "Nm"}, ("gender",)),
    ("no gender", {"gender": ""}, ("gender",)),
    ("a class that there is not", {"class": "6A9"}, ("class",)),
    ("a grade that there is not", {"class": "66A1"}, ("class",)),
    ("no class", {"class": ""}, ("class",)),
    ("a phone of nine digits", {"father_phone": "091234567"}, ("father_phone",)),
    ("a phone in words", {"father_phone": "không có"}, ("father_phone",)),
    ("two phones, one wrong", {"father_phone": "0912000111 - 12"}, ("father_phone",)),
    ("a phone of nobody", {"mother_phone": "0912000999"}, ("mother",)),
    ("a citizen's number too short", {"citizen": "00121500"}, ("citizen",)),
    ("an unknown state", {"status": "Đi chơi"}, ("status",)),
    ("an address without end", {"address": "x" * 300}, ("address",)),
    ("two faults in one row", {"gender": "?", "born": "hôm qua"}, ("born", "gender")),
]
# What looks odd and is right.
FINE: list[dict[str, Any]] = [
    {"name": "  Lê\u00a0Minh   An "},
    {"name": "Trâ\u0300n Thi\u0323 Bu\u031bo\u031b\u0309i"},
    {"name": "H'Hen Niê"},
    {"born": "1-2-2015"},
    {"born": "2015/02/01"},
    {"born": "ngày 1 tháng 2 năm 2015"},
    {"gender": " NỮ "},
    {"class": "Lớp 6a1"},
    {"father_phone": "+84 912.000.177"},
    {"father_phone": "0912 000 178; 0243 827 1234"},
    {"ethnicity": "", "address": "", "citizen": "", "father": "", "father_phone": ""},
    {"status": ""},
]


def test_each_fault_among_sound_rows_gets_one_line_and_no_sound_row_gets_any(world):
    rows = [row(number) for number in range(1, len(FAULTS) + len(FINE) + 20)]
    expected: set[tuple[int, str]] = set()
    for at, (_title, change, columns) in enumerate(FAULTS):
        rows[at + 3].update(change)
        expected |= {(FIRST + at + 3, COLUMN[key]) for key in columns}
    for at, change in enumerate(FINE):
        rows[at + 5 + len(FAULTS)].update(change)
    # A row copied whole, and a code given to two.
    rows.append({**rows[-3], "stt": len(rows) + 1})
    expected.add((FIRST + len(rows) - 1, COLUMN["code"]))
    rows[-5]["code"] = rows[1]["code"]
    expected.add((FIRST + len(rows) - 5, COLUMN["code"]))
    outcome = roster_import(school=world.a.school, kind="students", content=xlsx(rows))
    found = [(fault.row, fault.column) for fault in outcome.faults]
    assert sorted(found) == sorted(expected)
    assert all(fault.message for fault in outcome.faults)
    assert not outcome.written
    assert outcome.good == len(rows) - len(FAULTS) - 2
    assert len(faults_csv(outcome.faults).splitlines()) == len(expected) + 1


STAFF = ["STT", "Mã cán bộ", "Họ và tên", "Ngày sinh", "Giới tính", "Điện thoại", "Email", "Chức vụ"]


def test_faults_of_a_list_of_staff_get_one_line_each(world):
    def person(number: int, **change: Any) -> list[Any]:
        line = {
            "stt": number, "code": f"GV0390{number:02}", "name": "Huỳnh Minh Giang", "born": "27/09/1987", "gender": "Nữ",
            "phone": f"03493294{number:02}", "email": f"g{number}@truong.example", "position": "Giáo viên",
        }  # fmt: skip
        return list((line | change).values())

    changes = [
        {}, {}, {"code": ""}, {"code": "GV"}, {"name": ""}, {"born": "31/11/1987"}, {"born": "27/09/2020"}, {"phone": "12"},
        {"email": "a@b"}, {"position": ""}, {"position": "Thợ mộc"}, {"code": "GV039001"}, {"gender": "Nam "},
    ]  # fmt: skip
    lines = [person(number, **change) for number, change in enumerate(changes, start=1)]
    outcome = roster_import(school=world.a.school, kind="staff", content=workbook([STAFF, *lines]))
    assert [(fault.row, fault.column) for fault in outcome.faults] == [
        (4, "Mã cán bộ"), (5, "Mã cán bộ"), (6, "Họ và tên"), (7, "Ngày sinh"), (8, "Ngày sinh"), (9, "Điện thoại"),
        (10, "Email"), (11, "Chức vụ"), (12, "Chức vụ"), (13, "Mã cán bộ"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: "sep=;\n" + text,
        lambda text: text.replace(";", "\t"),
        lambda text: text + "\n\n;;;\n;;Tổng cộng: 2 học sinh;;;\n;;;;Hiệu trưởng;",
        lambda text: "SỞ GIÁO DỤC;;;;;\nDANH SÁCH HỌC SINH;;;;;\n;;;;;\n" + text,
    ],
)
def test_a_csv_is_the_same_list_however_it_was_saved(world, spoil: Callable[[str], str]):
    lines = ["STT;Mã định danh;Họ và tên;Ngày sinh;Giới tính;Lớp"]
    lines += [f"{n};010391500{n};Lê An;05/09/2015;Nam;6A1" for n in (1, 2)]
    content = spoil("\n".join(lines)).encode()
    assert len(tables.read_sheets(content)) == 1
    outcome = roster_import(school=world.a.school, kind="students", content=content)
    assert (outcome.written, outcome.counts.new, outcome.faults) == (True, 2, [])
