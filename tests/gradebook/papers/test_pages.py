"""Books and slips as they come out of the printer: the right words for the right people, in a fixed number of queries."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from gradebook.models import MarkSheet
from gradebook.services import (
    Change,
    correction_approve,
    correction_request,
    sheet_lock,
    sheet_open,
    sheet_publish,
)
from school.identity.models import User
from tests.world import World

Fill = Callable[..., None]
FULL = ("8", "7,5", "9", "8", "7", "8,5", "Em chăm chỉ")


def pages(answer: Any) -> list[str]:
    """The text of each page of a PDF answer, blanks collapsed."""
    assert answer.status_code == 200, answer
    assert answer["Content-Type"] == "application/pdf"
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(answer.content)).pages]


def test_the_subjects_book_holds_every_pupil_in_the_forms_order_of_columns(
    world: World, sheet: MarkSheet, fill: Fill, client_for: Callable[[User], Client]
) -> None:
    fill(sheet, world.a.student, *FULL)
    text = " ".join(pages(client_for(world.a.teacher).get(reverse("gradebook:subject-book", args=[sheet.pk]))))
    for words in (
        "SỔ THEO DÕI VÀ ĐÁNH GIÁ HỌC SINH",
        "Độc lập – Tự do – Hạnh phúc",
        "Giáo viên: " + world.a.teacher.full_name,
    ):
        assert words in text
    # a cell over two lines is read where it is drawn
    heads = re.search(r"ĐĐGtxSTT (.*?)1 2 3 4 ", text)
    assert heads is not None
    assert heads.group(1) == "Mã định danh Họ và tên Ngày sinh ĐĐGgk ĐĐGck ĐTBmhk Nhận xét"
    row = re.search(rf"{world.a.student.full_name} (.*?) Em chăm chỉ", text)
    assert row is not None
    assert row.group(1).endswith("8 7,5 9 8 7 8,5 8,0")


def test_the_subjects_book_says_below_what_was_corrected_after_the_lock(
    world: World, sheet: MarkSheet, fill: Fill, client_for: Callable[[User], Client]
) -> None:
    for student in (world.a.student, world.a.student2):
        fill(sheet, student, *FULL)
    sheet_lock(sheet=sheet, by=world.a.principal)
    column = sheet.columns.get(kind="GK")
    asked = correction_request(
        sheet=sheet,
        changes=[Change(world.a.student.pk, column.pk, "9", 1)],
        by=world.a.teacher,
        reason="Chấm sót câu 5",
    )
    correction_approve(correction=asked, by=world.a.principal)
    text = " ".join(pages(client_for(world.a.teacher).get(reverse("gradebook:subject-book", args=[sheet.pk]))))
    assert "Điểm đã sửa sau khi khoá sổ: 1 " + world.a.student.full_name + ", GK: 7 → 9" in text
    assert "Chấm sót câu 5" in text


def test_a_slip_shows_what_was_published_and_nothing_else(
    world: World, sheet: MarkSheet, fill: Fill, client_for: Callable[[User], Client]
) -> None:
    fill(sheet, world.a.student, *FULL)
    parent, address = client_for(world.a.father), reverse("gradebook:slip", args=[world.a.student.pk]) + "?hk=1"
    assert "Chưa có kết quả nào được công bố" in pages(parent.get(address))[0]
    sheet_publish(sheet=sheet, by=world.a.teacher)
    fill(
        sheet_open(school_class=world.a.class1, subject=world.literature, term=world.term1),
        world.a.student,
        "9",
        by=world.a.homeroom,
    )
    (page,) = pages(parent.get(address))
    assert re.search(r"1 Toán TX1 8 TX2 7,5 TX3 9 TX4 8 GK 7 CK 8,5 8,0 Em chăm chỉ", page)
    assert "Ngữ văn" not in page
    assert "(có phép 0, không phép 0)" in page


def test_a_class_has_a_slip_for_each_pupil_and_no_pupils_name_on_anothers(
    world: World, sheet: MarkSheet, fill: Fill, client_for: Callable[[User], Client]
) -> None:
    fill(sheet, world.a.student, *FULL)
    sheet_publish(sheet=sheet, by=world.a.teacher)
    found = pages(
        client_for(world.a.homeroom).get(reverse("gradebook:class-slips", args=[world.a.class1.pk]) + "?hk=1")
    )
    names = [student.full_name for student in User.objects.filter(enrolments__school_class=world.a.class1)]
    assert len(found) == len(names) > 1
    for page in found:
        assert sum(f"Học sinh: {name} " in page for name in names) == 1
    assert sum("Toán" in page for page in found) == 1


def test_slips_of_a_class_cost_a_fixed_number_of_queries(
    world: World, sheet: MarkSheet, fill: Fill, client_for: Callable[[User], Client], django_assert_max_num_queries: Any
) -> None:
    client, address = client_for(world.a.homeroom), reverse("gradebook:class-slips", args=[world.a.class1.pk]) + "?hk=1"
    client.get(address)
    with django_assert_max_num_queries(18):
        client.get(address)
    for subject in (world.maths, world.literature):
        one = sheet_open(school_class=world.a.class1, subject=subject, term=world.term1)
        sheet_publish(sheet=one, by=world.a.teacher)
    with django_assert_max_num_queries(18):
        client.get(address)


@pytest.mark.parametrize("who", ["principal", "homeroom"])
def test_the_list_of_classes_leads_to_their_slips(world: World, who: str, client_for: Callable[[User], Client]) -> None:
    page = client_for(getattr(world.a, who)).get(reverse("gradebook:slip-classes")).content.decode()
    assert reverse("gradebook:class-slips", args=[world.a.class1.pk]) in page
    assert reverse("gradebook:class-slips", args=[world.b.class1.pk]) not in page
