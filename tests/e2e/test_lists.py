"""A school's lists in a real browser: sent, looked at, taken over; people found; slips made and fetched."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from school.identity.models import User
from school.roster.models import RosterImport
from school.roster.services import oneroster_export
from tests.e2e.browser import SIZES, axe, no_sideways_scroll, watch
from tests.school.roster.files import pupil, xlsx
from tests.school.roster.sheets import workbook
from tests.school.roster.test_layouts import UNKNOWN
from tests.school.roster.test_oneroster import edited
from tests.world import World, build


@pytest.fixture
def cast(site: Any) -> World:
    """The two schools, for the running server."""
    return build()


def clean(page: Page) -> None:
    axe(page)
    no_sideways_scroll(page)


@pytest.mark.parametrize("size", list(SIZES))
def test_a_list_with_faults_is_seen_before_its_good_rows_are_taken_over(
    size: str, open_page: Callable[..., Page], cast: World, tmp_path: Path
) -> None:
    path = tmp_path / "hoc-sinh-6A1.xlsx"
    path.write_bytes(
        xlsx(
            [pupil(1, "Lê Thị Bích"), pupil(2, "Đỗ Văn Ước", gender="Nữu"), pupil(3, class_="66A1"), pupil(4, "Vũ Hà")]
        )
    )
    page = open_page(size, cast.a.school_admin)
    page.goto("/danh-sach/nhap/")
    clean(page)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Xem trước danh sách").click()
    expect(page.get_by_role("heading", name="hoc-sinh-6A1.xlsx")).to_be_visible()
    expect(page.get_by_text("Nữu")).to_be_visible()
    clean(page)
    page.get_by_label("Chỉ nhận các dòng đúng").check()
    page.get_by_role("button", name="Nhận danh sách").click()
    expect(page.get_by_text("Đã nhận 2 dòng.")).to_be_visible()
    clean(page)
    assert User.objects.filter(code__startswith="010391500").count() == 2
    page.goto("/danh-sach/?tim=le+thi+bich")
    expect(page.get_by_role("link", name="Lê Thị Bích")).to_be_visible()
    expect(page.get_by_text("Vũ Hà")).to_have_count(0)
    clean(page)


@pytest.mark.parametrize("size", list(SIZES))
def test_slips_of_a_class_are_made_and_fetched_once(size: str, open_page: Callable[..., Page], cast: World) -> None:
    page = open_page(size, cast.a.school_admin)
    page.goto("/danh-sach/phieu/")
    clean(page)
    page.get_by_role("link", name="Lớp 6A1").click()
    page.get_by_label("In cả phiếu cho cha mẹ học sinh").check()
    clean(page)
    page.get_by_role("button", name="Tạo phiếu").click()
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Tải tờ phiếu (PDF)").click()
    assert Path(fetched.value.path()).read_bytes().startswith(b"%PDF")
    page.reload()
    expect(page.get_by_role("button", name="Tải tờ phiếu (PDF)")).to_have_count(0)
    clean(page)


@pytest.mark.parametrize("size", list(SIZES))
def test_a_class_list_and_those_who_never_signed_in_are_clean(
    size: str, open_page: Callable[..., Page], cast: World
) -> None:
    page = open_page(size, cast.a.school_admin)
    for address in (f"/danh-sach/lop/{cast.a.class1.pk}/", "/danh-sach/chua-dang-nhap/", "/danh-sach/?nhom=can-bo"):
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        clean(page)


@pytest.mark.parametrize("size", list(SIZES))
def test_the_columns_of_an_unknown_layout_are_matched_and_remembered(
    size: str, open_page: Callable[..., Page], cast: World, tmp_path: Path
) -> None:
    path = tmp_path / "mau-la.xlsx"
    path.write_bytes(workbook([*UNKNOWN, [2, "0103915002", "Đỗ Văn Ước", "06/09/2015", "Nam", "6A2"]]))
    page = open_page(size, cast.a.school_admin)
    page.goto("/danh-sach/nhap/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Xem trước danh sách").click()
    expect(page.get_by_role("heading", name="Ghép cột")).to_be_visible()
    expect(page.get_by_role("cell", name="0103915002")).to_be_visible()
    clean(page)
    for heading, field in (("ID", "ministry_code"), ("Tên đầy đủ", "full_name"), ("DOB", "birth_date")):
        page.get_by_label(heading, exact=True).select_option(field)
    watch(page).expect("422")
    page.get_by_role("button", name="Đọc danh sách theo cách này").click()
    expect(page.get_by_role("alert")).to_contain_text("Lớp")
    clean(page)
    page.get_by_label("Nhóm", exact=True).select_option("class_name")
    page.get_by_role("button", name="Đọc danh sách theo cách này").click()
    expect(page.get_by_text("Các cột không được đọc")).to_be_visible()
    clean(page)
    page.goto("/danh-sach/nhap/cot/")
    expect(page.get_by_text("mau-la.xlsx")).to_be_visible()
    clean(page)


@pytest.mark.parametrize("size", list(SIZES))
def test_how_far_a_long_list_is_can_be_seen_and_the_list_be_dropped(
    size: str, open_page: Callable[..., Page], cast: World
) -> None:
    record = RosterImport.objects.create(
        school=cast.a.school, kind="students", file_name="truong.xlsx", sha256="0" * 64, by=cast.a.school_admin,
        state="checking", stage="writing", done=4000, total=10_000,
    )  # fmt: skip
    page = open_page(size, cast.a.school_admin)
    page.goto(f"/danh-sach/nhap/{record.pk}/")
    expect(page.get_by_text("Đã đối chiếu 4.000/10.000 dòng")).to_be_visible()
    clean(page)
    RosterImport.objects.filter(pk=record.pk).update(done=8000)
    expect(page.get_by_text("Đã đối chiếu 8.000/10.000 dòng")).to_be_visible()
    page.get_by_role("button", name="Bỏ danh sách").click()
    expect(page.get_by_role("heading", name="Nhập danh sách")).to_be_visible()
    record.refresh_from_db()
    assert record.state == "cancelled"


@pytest.mark.parametrize("size", list(SIZES))
def test_a_oneroster_set_is_made_broken_sent_and_seen(
    size: str, open_page: Callable[..., Page], cast: World, tmp_path: Path
) -> None:
    page = open_page(size, cast.office_admin)
    page.goto("/danh-sach/oneroster/")
    clean(page)
    content = oneroster_export(version="1.2", schools=[cast.a.school], by=None)
    path = tmp_path / "bo-du-lieu.zip"
    path.write_bytes(edited(content, users=lambda text: text.replace(",true,", ",yes,", 2)))
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("heading", name="bo-du-lieu.zip")).to_be_visible()
    expect(page.get_by_text("enabledUser").first).to_be_visible()
    clean(page)
    page.get_by_label("Chỉ nhận các dòng đúng").check()
    page.get_by_role("button", name="Nhận bộ dữ liệu").click()
    expect(page.get_by_role("button", name="Nhận bộ dữ liệu")).to_have_count(0)
    clean(page)
