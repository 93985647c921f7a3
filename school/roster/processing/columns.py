"""Which column of a sheet holds what: the heading row is found by its words, wherever it stands."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from school import text
from school.roster.processing.tables import Sheet
from school.roster.processing.values import as_text

STUDENTS, STAFF, TEACHING = "students", "staff", "teaching"
_SEARCHED_ROWS = 30


@dataclass(frozen=True)
class Field:
    """A thing that a list tells: its usual heading, and the headings (folded, words only) by which it is known."""

    key: str
    heading: str
    names: tuple[str, ...]
    required: bool = False


def _f(key: str, heading: str, names: str, *, required: bool = False) -> Field:
    return Field(key, heading, tuple(name.strip() for name in names.split("|")), required)


# The headings of the Ministry's data base, vnEdu, SMAS and of lists that schools type themselves.
_PERSON = (
    _f("full_name", "Họ và tên", "ho va ten|ho ten|ho va ten hoc sinh|ho ten hoc sinh|ten hoc sinh|ho ten hs"
       "|ho va ten hs|ho ten giao vien|ho va ten giao vien|ho va ten can bo|ho ten can bo|ten giao vien"
       "|ten can bo|ho va ten sinh vien|ho va ten can bo giao vien|full name"),
    _f("family_middle", "Họ đệm", "ho dem|ho va ten dem|ho va dem|ho ten dem|ho va chu dem|ho lot|ho va ten lot"),
    _f("given_name", "Tên", "ten"),
    _f("birth_date", "Ngày sinh", "ngay sinh|ngay thang nam sinh|sinh ngay|ngay thang sinh|nam sinh"
       "|ngay sinh hoc sinh|ngay sinh hs|ngay thang nam sinh hoc sinh|birth date|date of birth"),
    _f("gender", "Giới tính", "gioi tinh|phai|gioi|nam nu|gender"),
    _f("female", "Nữ", "nu"),
    _f("citizen_id", "Số định danh cá nhân", "so dinh danh ca nhan|ma dinh danh ca nhan|dinh danh ca nhan|cccd"
       "|so cccd|can cuoc cong dan|so can cuoc cong dan|so can cuoc|so cccd dinh danh ca nhan"
       "|so dinh danh ca nhan cccd|so ddcn|so cmnd cccd|cccd dinh danh"),
    _f("ethnicity", "Dân tộc", "dan toc"),
    _f("address", "Chỗ ở hiện nay", "cho o hien nay|cho o|noi o hien nay|dia chi|dia chi hien nay|noi o"
       "|dia chi thuong tru|dia chi lien he|noi thuong tru|ho khau thuong tru"),
    _f("email", "Email", "email|e mail|thu dien tu|dia chi email|hop thu"),
)  # fmt: skip

FIELDS: dict[str, tuple[Field, ...]] = {
    STUDENTS: (
        _f("ministry_code", "Mã định danh Bộ GD&ĐT", "ma dinh danh bo gd dt|ma dinh danh bo gddt"
           "|ma dinh danh|ma bo gd dt|ma dinh danh hoc sinh|ma dinh danh cua bo|ma dinh danh bo"
           "|ma dinh danh bo giao duc|ma moet|ma dinh danh bo gd"
           "|ma dinh danh bo giao duc va dao tao|ma hoc sinh bo gd dt|dinh danh", required=True),
        _f("local_code", "Mã học sinh", "ma hoc sinh|ma hs|ma so hoc sinh|ma sinh vien|ma so sinh vien|mssv|msv"
           "|ma sv"),
        _f("class_name", "Lớp", "lop|lop hoc|ten lop|ten lop hoc|lop hanh chinh|class", required=True),
        _f("phone", "Điện thoại học sinh", "dien thoai hoc sinh|sdt hoc sinh|so dien thoai hoc sinh"
           "|dien thoai sinh vien|sdt sinh vien|dien thoai ca nhan"),
        _f("father_name", "Họ tên cha", "ho ten cha|ho va ten cha|ten cha|ho ten bo|ho va ten bo|ten bo"
           "|cha ho ten|cha|cha ho va ten|bo ho ten|bo ho va ten|bo|ho ten cha bo|ho va ten cha bo|ho ten bo cha"),
        _f("father_phone", "Điện thoại cha", "dien thoai cha|sdt cha|so dien thoai cha|dt cha|dien thoai bo"
           "|sdt bo|dt bo|so dien thoai bo|cha dien thoai|cha sdt|cha so dien thoai|bo dien thoai|bo sdt"
           "|bo so dien thoai|dien thoai cha bo|so dt cha|so dt bo|so dien thoai cua cha|so dien thoai cua bo"),
        _f("mother_name", "Họ tên mẹ", "ho ten me|ho va ten me|ten me|me ho ten|me ho va ten|me|ho ten ma|ten ma"),
        _f("mother_phone", "Điện thoại mẹ", "dien thoai me|sdt me|so dien thoai me|dt me|me dien thoai|me sdt"
           "|so dt me|me so dien thoai|so dien thoai cua me"),
        _f("guardian_name", "Họ tên người giám hộ", "ho ten nguoi giam ho|ten nguoi giam ho|nguoi giam ho"
           "|ho va ten nguoi giam ho|nguoi giam ho ho ten|nguoi giam ho ho va ten"),
        _f("guardian_phone", "Điện thoại người giám hộ", "dien thoai nguoi giam ho|sdt nguoi giam ho"
           "|so dien thoai nguoi giam ho|nguoi giam ho dien thoai|nguoi giam ho so dien thoai"),
        _f("status", "Trạng thái", "trang thai|tinh trang|trang thai hoc sinh|trang thai hoc|tinh trang hoc"),
        *_PERSON,
    ),
    STAFF: (
        _f("staff_code", "Mã cán bộ", "ma can bo|ma giao vien|ma gv|ma cb|ma nhan vien|ma nv"
           "|ma vien chuc|ma dinh danh|ma can bo giao vien|ma cbgv|ma cbgvnv|ma dinh danh can bo"
           "|ma dinh danh bo gd dt", required=True),
        _f("position", "Chức vụ", "chuc vu|chuc danh|vi tri viec lam|vi tri|nhiem vu"
           "|chuc vu chuc danh", required=True),
        _f("phone", "Điện thoại", "dien thoai|so dien thoai|sdt|dien thoai di dong|di dong|dt|so dt"
           "|dien thoai lien he"),
        *_PERSON,
    ),
    TEACHING: (
        _f("class_name", "Lớp", "lop|lop hoc|ten lop|lop day|class", required=True),
        _f("subject", "Môn học", "mon hoc|mon|ten mon|ten mon hoc|mon day|mon giang day|phan mon", required=True),
        _f("staff_code", "Mã cán bộ", "ma can bo|ma giao vien|ma gv|ma cb|ma giao vien day"
           "|ma gvbm|ma can bo gvbm|ma giao vien bo mon|ma can bo giang day", required=True),
        _f("staff_name", "Họ và tên", "ho va ten|ho ten|giao vien|ten giao vien|ho ten giao vien"
           "|ho va ten giao vien"),
        _f("is_homeroom", "Có GVCN", "co gvcn|gvcn|chu nhiem|la gvcn|co chu nhiem|giao vien chu nhiem"),
        _f("homeroom_code", "Mã cán bộ GVCN", "ma can bo gvcn|ma gvcn|ma giao vien chu nhiem|ma can bo chu nhiem"
           "|ma can bo giao vien chu nhiem|ma gv chu nhiem"),
    ),
}  # fmt: skip

KIND_NAMES: dict[str, StrPromise] = {
    STUDENTS: _("list of students"),
    STAFF: _("list of staff"),
    TEACHING: _("teaching assignments"),
}


@dataclass
class Header:
    """Where the heading row is and which columns were known: key to column; labels as the file writes them."""

    row: int
    columns: dict[str, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)

    def label(self, key: str, kind: str) -> str:
        """The heading of a field's column in this file, else its usual heading."""
        if key in self.columns:
            return self.labels[self.columns[key]]
        return next(one.heading for one in FIELDS[kind] if one.key == key)


def folded_heading(label: str) -> str:
    """A heading's words: no marks, no signs, nothing of what stands in brackets after it."""
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text.fold(label))
    words = re.sub(r"[^a-z0-9]+", " ", bare).strip()
    return words or re.sub(r"[^a-z0-9]+", " ", text.fold(label)).strip()


def _labels(sheet: Sheet, row: int) -> dict[int, str]:
    return {c: found for c in range(len(sheet.rows[row])) if (found := as_text(sheet.value(row, c)))}


def _spread(sheet: Sheet, row: int) -> dict[int, str]:
    """Labels of a row, those of cells merged across standing over each of their columns."""
    labels = _labels(sheet, row)
    for (top, left), (bottom, right) in sheet.merges:
        if top <= row <= bottom and left in _labels(sheet, top):
            for column in range(left, right + 1):
                labels[column] = _labels(sheet, top)[left]
    return labels


def _match(kind: str, row: int, labels: dict[int, str], whole: dict[int, str] | None = None) -> Header:
    header = Header(row, labels=whole or labels)
    known = {name: one.key for one in FIELDS[kind] for name in one.names}
    for column in sorted(labels):
        key = known.get(folded_heading(labels[column]))
        if key:
            header.columns.setdefault(key, column)
    return header


def find_header(sheet: Sheet, kind: str) -> Header | None:
    """The heading row that names most of a kind's fields; headings of two rows are joined. None when there is none."""
    best: Header | None = None
    for row in range(min(len(sheet.rows), _SEARCHED_ROWS)):
        candidates = [_match(kind, row, _labels(sheet, row))]
        if row:
            over, under = _spread(sheet, row - 1), _labels(sheet, row)
            joined = {c: over.get(c, "") for c in over} | {
                c: f"{over[c]} {label}" if c in over and over[c] != label else label for c, label in under.items()
            }
            candidates.append(_match(kind, row, joined))
        for header in candidates:
            if best is None or len(header.columns) > len(best.columns):
                best = header
    needed = sum(one.required for one in FIELDS[kind])
    return best if best and len(best.columns) >= max(2, needed) else None


def missing_fields(header: Header, kind: str) -> list[Field]:
    """Required fields that the heading row does not name; a name may be given in two columns, a code by the school."""
    missing = [one for one in FIELDS[kind] if one.required and one.key not in header.columns]
    if kind == STUDENTS and "local_code" in header.columns:
        missing = [one for one in missing if one.key != "ministry_code"]
    if kind != TEACHING and "full_name" not in header.columns and "given_name" not in header.columns:
        missing += [one for one in FIELDS[kind] if one.key == "full_name"]
    if kind == STUDENTS:
        missing += [one for one in FIELDS[kind] if one.key == "birth_date" and one.key not in header.columns]
        if not {"gender", "female"} & set(header.columns):
            missing += [one for one in FIELDS[kind] if one.key == "gender"]
    return missing


def other_kind(sheets: list[Sheet], kind: str) -> str:
    """The kind that the sheets fit when they do not fit the asked one, or ""."""
    for other in FIELDS:
        if other != kind and any(
            (header := find_header(sheet, other)) and not missing_fields(header, other) for sheet in sheets
        ):
            return other
    return ""
