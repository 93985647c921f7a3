"""Small files as schools send them, made in memory."""

import io
from datetime import date
from typing import Any

import xlsxwriter

HEAD = [
    "STT", "Mã định danh Bộ GD&ĐT", "Số định danh cá nhân", "Họ và tên", "Ngày sinh", "Giới tính", "Lớp", "Dân tộc",
    "Chỗ ở hiện nay", "Họ tên cha", "Điện thoại cha", "Họ tên mẹ", "Điện thoại mẹ", "Trạng thái",
]  # fmt: skip


def pupil(number: int, name: str = "Lê Minh An", **changes: Any) -> dict[str, Any]:
    """A sound row of a list of 6A1; keyword names are the headings' keys below."""
    row = {
        "stt": number,
        "code": f"01039150{number:02}",
        "citizen": "",
        "name": name,
        "born": "07/11/2015",
        "gender": "Nam",
        "class": "6A1",
        "ethnicity": "Kinh",
        "address": "Phường Ngọc Lâm",
        "father": "",
        "father_phone": "",
        "mother": "",
        "mother_phone": "",
        "status": "Đang học",
    }
    return row | {key.removesuffix("_"): value for key, value in changes.items()}


def xlsx(
    rows: list[dict[str, Any] | list[Any]],
    *,
    head: list[str] | None = None,
    titles: tuple[str, ...] = ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", "DANH SÁCH HỌC SINH"),
    foot: tuple[list[Any], ...] = (),
    merges: tuple[str, ...] = (),
) -> bytes:
    """A workbook: titles merged over the table, the heading row, the rows, what stands below."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Danh sách")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    at = 0
    for title in titles:
        sheet.merge_range(at, 0, at, 8, title)
        at += 1
    for line in [HEAD if head is None else head, *rows, *foot]:
        for column, value in enumerate(line.values() if isinstance(line, dict) else line):
            if isinstance(value, date):
                sheet.write_datetime(at, column, value, day)
            elif isinstance(value, str) and value.startswith("="):
                sheet.write_formula(at, column, value, None, "Nguyễn Văn Công")
            elif isinstance(value, str):
                sheet.write_string(at, column, value)
            elif value is not None:
                sheet.write(at, column, value)
        at += 1
    book.close()
    return out.getvalue()
