"""What the public reads: the office's portal and the portals of two schools."""

from __future__ import annotations

from school.organisation.models import School
from school.portal.services import news_publish, portal_for

from .district import OFFICE_ADMIN, OFFICE_NAME
from .people import AI_MO, NGOC_LAM, PRINCIPAL, person


def news_make() -> None:
    """A portal and its first news for the office and for two schools; what is there already stays."""
    office = portal_for(
        None,
        title=f"{OFFICE_NAME}: cổng thông tin giáo dục",
        lead="54 trường tiểu học, trung học và đại học cùng một mái trường số.",
    )
    news_publish(
        home=office,
        title="Khai trương Mái Trường trên toàn cụm",
        lead="Thư viện, bài học, sổ điểm và sổ liên lạc dùng chung một lần đăng nhập.",
        text="Từ năm học 2026-2027, các trường trong cụm dùng chung hệ thống Mái Trường.\n\n"
        "Phụ huynh nhận tài khoản ở trường của con. Giáo viên và học sinh đăng nhập bằng mã đã cấp.",
        slug="khai-truong-mai-truong",
        by=person(OFFICE_ADMIN),
    )
    school = School.objects.get(code=NGOC_LAM)
    home = portal_for(school, lead="Trung thực, ham học, biết yêu thương.")
    news_publish(
        home=home,
        title="Tuần lễ đọc sách của thư viện",
        lead="Mỗi lớp chọn một cuốn, cùng đọc và kể lại.",
        text="Thư viện mở cửa đến 17 giờ các ngày trong tuần.\n\n"
        "Học sinh tìm sách trên Mái Trường, gõ không dấu cũng ra; sách điện tử đọc được ngay trên điện thoại.",
        slug="tuan-le-doc-sach",
        by=person(PRINCIPAL),
    )
    news_publish(
        home=portal_for(School.objects.get(code=AI_MO), lead="Mỗi ngày đến trường là một ngày vui."),
        title="Lịch thăm trường dành cho phụ huynh lớp 1",
        lead="Sáng thứ Bảy tuần này, từ 8 giờ đến 10 giờ.",
        text="Phụ huynh vào cổng chính, gặp giáo viên chủ nhiệm tại lớp của con.",
        slug="lich-tham-truong",
    )
