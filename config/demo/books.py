"""The school library: a shelf of books, two of them lent, one to read in the browser."""

from __future__ import annotations

from library.models import EBook, Loan, Record
from library.services import copies_add, ebook_add, loan_open, record_create
from school.organisation.models import School

from .files import demo_file
from .people import LIBRARIAN, MATHS_TEACHER, NGOC_LAM, STUDENT, person

EPUB = "truyen-kieu-trich.epub"
SHELF = "Kho mở, kệ 2"

# Title, authors, publisher, year, DDC, subjects, copies.
BOOKS = (
    ("Lịch sử Việt Nam bằng tranh, tập 1", "Trần Bạch Đằng", "Trẻ", 2012, "959.7", "Lịch sử; Truyện tranh", 3),
    ("Dế Mèn phiêu lưu ký", "Tô Hoài", "Kim Đồng", 2019, "895.922", "Truyện thiếu nhi", 5),
    ("Đất rừng phương Nam", "Đoàn Giỏi", "Kim Đồng", 2020, "895.922", "Tiểu thuyết", 4),
    ("Tuổi thơ dữ dội", "Phùng Quán", "Kim Đồng", 2018, "895.922", "Tiểu thuyết; Kháng chiến", 3),
    ("Góc sân và khoảng trời", "Trần Đăng Khoa", "Văn học", 2017, "895.922", "Thơ thiếu nhi", 2),
    ("Quê nội", "Võ Quảng", "Kim Đồng", 2021, "895.922", "Truyện thiếu nhi", 2),
    ("Những tấm lòng cao cả", "Edmondo De Amicis; Hoàng Thiếu Sơn", "Văn học", 2016, "853", "Truyện dịch", 4),
    ("Hạt giống tâm hồn: Vượt qua thử thách", "Nhiều tác giả", "Tổng hợp TP.HCM", 2015, "158", "Kỹ năng sống", 2),
    ("Toán 6 nâng cao: Phân số", "Nhóm giáo viên Toán", "Lưu hành nội bộ", 2026, "513", "Toán; Lớp 6", 10),
    ("Atlat Địa lí Việt Nam", "Nhiều tác giả", "Giáo dục Việt Nam", 2022, "912.597", "Địa lí; Bản đồ", 15),
)


def shelf_make() -> None:
    """Catalogue what is missing and lend two copies."""
    school, librarian = School.objects.get(code=NGOC_LAM), person(LIBRARIAN)
    known = set(Record.objects.filter(school=school).values_list("title", flat=True))
    for title, authors, publisher, year, number, subjects, copies in BOOKS:
        if title in known:
            continue
        fields = {
            "title": title,
            "authors": authors,
            "publisher": publisher,
            "year": year,
            "classification": number,
            "subjects": subjects,
        }
        record = record_create(school=school, fields=fields, by=librarian)
        copies_add(record=record, count=copies, location=SHELF)
    if not Loan.objects.filter(school=school).exists():
        for place, reader in ((0, STUDENT), (1, MATHS_TEACHER)):
            record = Record.objects.get(school=school, title=BOOKS[place][0])
            loan_open(item=record.items.order_by("pk")[0], borrower=person(reader), by=librarian)


def ebook_make() -> None:
    """The opening of Truyện Kiều, to be read in the browser."""
    school, librarian = School.objects.get(code=NGOC_LAM), person(LIBRARIAN)
    if EBook.objects.filter(school=school, file_name=EPUB).exists():
        return
    fields = {
        "title": "Truyện Kiều (trích)",
        "authors": "Nguyễn Du",
        "classification": "895.922",
        "subjects": "Thơ; Văn học trung đại",
        "summary": "Đoạn mở đầu của Truyện Kiều, đọc ngay trên trình duyệt.",
    }
    record = record_create(school=school, fields=fields, by=librarian)
    path = demo_file("library", EPUB)
    with path.open("rb") as source:
        ebook_add(record=record, source=source, size=path.stat().st_size, name=EPUB, by=librarian)
