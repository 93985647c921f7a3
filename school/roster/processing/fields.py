"""What lists tell, and the headings by which it is known: the Ministry's data base, vnEdu, SMAS, lists typed by schools."""

import re
from dataclasses import dataclass
from functools import cache

STUDENTS, STAFF, TEACHING = "students", "staff", "teaching"


@dataclass(frozen=True)
class Field:
    """A thing that a list tells: its usual heading, and the headings (folded, words only) by which it is known."""

    key: str
    heading: str
    names: tuple[str, ...]
    required: bool = False


def _f(key: str, heading: str, names: str, *, required: bool = False) -> Field:
    return Field(key, heading, tuple(name.strip() for name in names.split("|")), required)


_PERSON = (
    _f("full_name", "Họ và tên", "ho va ten|ho ten|ho va ten hoc sinh|ho ten hoc sinh|ten hoc sinh|ho ten hs"
       "|ho va ten hs|ho ten giao vien|ho va ten giao vien|ho va ten can bo|ho ten can bo|ten giao vien"
       "|ten can bo|ho va ten sinh vien|ho va ten can bo giao vien|ho va ten khai sinh|ho ten khai sinh|full name"),
    _f("family_middle", "Họ đệm", "ho dem|ho va ten dem|ho va dem|ho ten dem|ho va chu dem|ho lot|ho va ten lot|ho"),
    _f("given_name", "Tên", "ten"),
    _f("birth_date", "Ngày sinh", "ngay sinh|ngay thang nam sinh|sinh ngay|ngay thang sinh|nam sinh|ng sinh"
       "|ngay sinh hoc sinh|ngay sinh hs|ngay thang nam sinh hoc sinh|ngay thang nam sinh dd mm yyyy|birth date"
       "|date of birth"),
    _f("birth_day", "Ngày sinh (ngày)", "ngay sinh ngay|ngay thang nam sinh ngay|sinh ngay ngay"),
    _f("birth_month", "Ngày sinh (tháng)", "ngay sinh thang|ngay thang nam sinh thang|thang sinh"),
    _f("birth_year", "Ngày sinh (năm)", "ngay sinh nam sinh"),
    _f("born_male", "Ngày sinh (cột Nam)", "ngay sinh nam|ngay thang nam sinh nam|nam sinh nam|sinh ngay nam"),
    _f("born_female", "Ngày sinh (cột Nữ)", "ngay sinh nu|ngay thang nam sinh nu|nam sinh nu|sinh ngay nu"),
    _f("gender", "Giới tính", "gioi tinh|phai|gioi|nam nu|gender|gt"),
    _f("male", "Nam", "nam|gioi tinh nam|phai nam"),
    _f("female", "Nữ", "nu|gioi tinh nu|phai nu|la nu|hoc sinh nu"),
    _f("citizen_id", "Số định danh cá nhân", "so dinh danh ca nhan|ma dinh danh ca nhan|dinh danh ca nhan|cccd"
       "|so cccd|can cuoc cong dan|so can cuoc cong dan|so can cuoc|so cccd dinh danh ca nhan|can cuoc"
       "|so dinh danh ca nhan cccd|so ddcn|so cmnd cccd|cccd dinh danh|so cccd dinh danh|so cmnd|cmnd cccd|ddcn"
       "|so dinh danh|so can cuoc cong dan dinh danh ca nhan"),
    _f("ethnicity", "Dân tộc", "dan toc"),
    _f("address", "Chỗ ở hiện nay", "cho o hien nay|cho o|noi o hien nay|dia chi|dia chi hien nay|noi o"
       "|dia chi thuong tru|dia chi lien he|noi thuong tru|ho khau thuong tru|dia chi lien lac|noi o hien tai"
       "|cho o hien tai|dia chi hien tai"),
    _f("email", "Email", "email|e mail|thu dien tu|dia chi email|hop thu|email hoc sinh"),
)  # fmt: skip

FIELDS: dict[str, tuple[Field, ...]] = {
    STUDENTS: (
        _f("ministry_code", "Mã định danh Bộ GD&ĐT", "ma dinh danh bo gd dt|ma dinh danh bo gddt"
           "|ma dinh danh|ma bo gd dt|ma dinh danh hoc sinh|ma dinh danh cua bo|ma dinh danh bo"
           "|ma dinh danh bo giao duc|ma moet|ma dinh danh bo gd|ma dinh danh hs|ma dinh danh moet|ma bo"
           "|ma dinh danh bo giao duc va dao tao|ma hoc sinh bo gd dt|dinh danh|ma dinh danh csdl"
           "|ma hoc sinh moet|ma so dinh danh|ma dinh danh csdl nganh|ma dinh danh gddt", required=True),
        _f("local_code", "Mã học sinh", "ma hoc sinh|ma hs|ma so hoc sinh|ma sinh vien|ma so sinh vien|mssv|msv"
           "|ma sv|ma hoc sinh truong|so dang bo|ma hoc sinh vnedu"),
        _f("class_name", "Lớp", "lop|lop hoc|ten lop|ten lop hoc|lop hanh chinh|class|lop nam hoc", required=True),
        _f("phone", "Điện thoại học sinh", "dien thoai hoc sinh|sdt hoc sinh|so dien thoai hoc sinh"
           "|dien thoai sinh vien|sdt sinh vien|dien thoai ca nhan|sdt hs|sdt cua hoc sinh|sdt ca nhan"),
        _f("contact_name", "Người liên hệ", "nguoi lien he|nguoi lien lac|ho ten phu huynh|ho va ten phu huynh"
           "|ten phu huynh|phu huynh|ho ten nguoi lien he|ho ten cha me|ho ten cha hoac me|ho ten cha me nguoi giam ho"
           "|phu huynh hoc sinh|ho ten phhs|phhs|ho va ten cha me|ho ten bo me|ho ten bo hoac me|ho ten phu huynh hoc sinh"),
        _f("contact_phone", "Điện thoại liên hệ", "dien thoai lien he|sdt lien he|so dien thoai lien he|dt lien he"
           "|dien thoai lien lac|sdt lien lac|so dien thoai lien lac|so lien he|so lien lac|dien thoai phu huynh"
           "|sdt phu huynh|so dien thoai phu huynh|sdt ph|sdt phhs|dien thoai phhs|dien thoai|sdt|so dien thoai|so dt"
           "|dt|di dong|dien thoai di dong|sdt nhan tin|sdt nhan tin nhan|so dien thoai nhan tin|sdt dang ky sms"
           "|so dien thoai dang ky smas|sdt gia dinh|dien thoai gia dinh|so dien thoai gia dinh|dien thoai nha rieng"),
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
           "|ma vien chuc|ma dinh danh|ma can bo giao vien|ma cbgv|ma cbgvnv|ma dinh danh can bo|ma so can bo"
           "|ma dinh danh bo gd dt|ma can bo giao vien nhan vien|ma dinh danh bo gddt|ma so giao vien", required=True),
        _f("position", "Chức vụ", "chuc vu|chuc danh|vi tri viec lam|vi tri|nhiem vu"
           "|chuc vu chuc danh|vi tri cong tac|chuc danh chuc vu", required=True),
        _f("phone", "Điện thoại", "dien thoai|so dien thoai|sdt|dien thoai di dong|di dong|dt|so dt"
           "|dien thoai lien he|sdt lien he|so dien thoai lien he|dien thoai ca nhan|so dien thoai di dong|sdt di dong"),
        *_PERSON,
    ),
    TEACHING: (
        _f("class_name", "Lớp", "lop|lop hoc|ten lop|lop day|class|lop giang day", required=True),
        _f("subject", "Môn học", "mon hoc|mon|ten mon|ten mon hoc|mon day|mon giang day|phan mon", required=True),
        _f("staff_code", "Mã cán bộ", "ma can bo|ma giao vien|ma gv|ma cb|ma giao vien day"
           "|ma gvbm|ma can bo gvbm|ma giao vien bo mon|ma can bo giang day|ma can bo giao vien", required=True),
        _f("staff_name", "Họ và tên", "ho va ten|ho ten|giao vien|ten giao vien|ho ten giao vien"
           "|ho va ten giao vien|giao vien giang day|giao vien bo mon"),
        _f("is_homeroom", "Có GVCN", "co gvcn|gvcn|chu nhiem|la gvcn|co chu nhiem|giao vien chu nhiem"),
        _f("homeroom_code", "Mã cán bộ GVCN", "ma can bo gvcn|ma gvcn|ma giao vien chu nhiem|ma can bo chu nhiem"
           "|ma can bo giao vien chu nhiem|ma gv chu nhiem"),
    ),
}  # fmt: skip

# Words of a heading that name whose it is or what it is, in one form; what is left of an unknown heading of a list of
# students ("Số điện thoại di động của bố") is looked up as a set.
_SAME_WORDS = (
    (r"\b(so )?(dien thoai|sdt|dt)( di dong)?\b|\bso di dong\b|\bdi dong\b|\bso dt\b", "sdt"),
    (r"\bho (va )?ten\b", "ten"),
    (r"\b(bo|ba)\b", "cha"),
    (r"\b(nguoi )?(giam ho|do dau|nuoi duong)\b", "giamho"),
    (r"\b(phu huynh( hoc sinh)?|phhs|ph)\b", "phuhuynh"),
    (r"\b(cua|thong tin|ve|ong|hoc sinh|hs|lien he|lien lac|chinh|1)\b", " "),
)
_WORD_SETS: dict[frozenset[str], str] = {
    frozenset({"cha", "ten"}): "father_name",
    frozenset({"cha"}): "father_name",
    frozenset({"cha", "sdt"}): "father_phone",
    frozenset({"me", "ten"}): "mother_name",
    frozenset({"me"}): "mother_name",
    frozenset({"me", "sdt"}): "mother_phone",
    frozenset({"giamho", "ten"}): "guardian_name",
    frozenset({"giamho"}): "guardian_name",
    frozenset({"giamho", "sdt"}): "guardian_phone",
    frozenset({"phuhuynh", "ten"}): "contact_name",
    frozenset({"phuhuynh"}): "contact_name",
    frozenset({"phuhuynh", "sdt"}): "contact_phone",
    frozenset({"cha", "me", "ten"}): "contact_name",
    frozenset({"cha", "me", "sdt"}): "contact_phone",
}
# Columns of every list that tell nothing; all others that are not read are named.
COUNTING = frozenset({"", "stt", "tt", "so tt", "so thu tu", "no", "thu tu"})


@cache
def _known(kind: str) -> dict[str, str]:
    return {name: one.key for one in FIELDS[kind] for name in one.names}


def field_of(kind: str, words: str) -> str:
    """The field that a heading's words (folded) name in a list of a kind, "" when they name none."""
    if found := _known(kind).get(words):
        return found
    if kind != STUDENTS or "ong ba" in words:
        return ""
    for pattern, word in _SAME_WORDS:
        words = re.sub(pattern, word, words)
    return _WORD_SETS.get(frozenset(words.split()), "")
