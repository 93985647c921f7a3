"""Results of terms and years: worked out from what was entered, explained, published on purpose, read by the right people."""

import datetime
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from gradebook.models import Conduct, LearningResult, MarkSheet
from gradebook.services import (
    Change,
    SheetError,
    absence_record,
    conduct_save,
    learning_results_publish,
    marks_save,
    sheet_open,
)
from gradebook.services.results import learning_results_compute
from school.identity.models import User
from school.organisation.models import Subject, Term
from tests.world import World


@pytest.fixture
def sheets(world: World) -> dict[int, list[MarkSheet]]:
    """The sheets of eight scored subjects and of one comment subject of 6A1, by term number."""
    scored = list(
        Subject.objects.filter(mode=Subject.Mode.SCORE).exclude(code=world.maths.code).order_by("order", "pk")[:7]
    )
    subjects = [world.maths, *scored, world.pe]
    return {
        term.number: [sheet_open(school_class=world.a.class1, subject=one, term=term) for one in subjects]
        for term in (world.term1, world.term2)
    }


def enter(sheet: MarkSheet, student: User, mark: str) -> None:
    """The same mark in every column of a pupil's row, as somebody does who may."""
    text = "Đ" if sheet.is_comment else mark
    changes = [Change(student.pk, column.pk, text, 0) for column in sheet.columns.exclude(scale="text")]
    saved = marks_save(sheet=sheet, changes=changes, by=sheet.school_class.homerooms.get().teacher)
    assert all(outcome.status == "ok" for outcome in saved.outcomes), saved.outcomes


def result(student: User, term: Term | None) -> LearningResult:
    return LearningResult.objects.get(student=student, term=term)


def assess(world: World, term: Term, student: User, level: str = "TOT") -> None:
    conduct_save(school_class=world.a.class1, term=term, levels={student.pk: (level, "")}, by=world.a.homeroom)


def whole_year(world: World, sheets: dict[int, list[MarkSheet]], mark: str = "9,5") -> None:
    for term in (world.term1, world.term2):
        for sheet in sheets[term.number]:
            enter(sheet, world.a.student, mark)
        assess(world, term, world.a.student)


def test_a_result_stays_open_until_the_last_subject_and_conduct_are_there(
    world: World, sheets: dict[int, list[MarkSheet]]
) -> None:
    for sheet in sheets[1][:-1]:
        enter(sheet, world.a.student, "8")
    found = result(world.a.student, world.term1)
    assert (found.study, found.missing) == ("", [world.pe.code, "REN_LUYEN"])
    enter(sheets[1][-1], world.a.student, "")
    assess(world, world.term1, world.a.student, "KHA")
    found = result(world.a.student, world.term1)
    assert (found.study, found.conduct, found.missing) == ("TOT", "KHA", [])
    assert result(world.a.student, None).decision == ""


def test_a_whole_year_of_best_marks_is_promoted_with_the_highest_title(
    world: World, sheets: dict[int, list[MarkSheet]]
) -> None:
    whole_year(world, sheets)
    year = result(world.a.student, None)
    assert (year.study, year.conduct, year.title, year.decision) == ("TOT", "TOT", "HSXS", "LEN_LOP")
    assert set(year.subjects.values()) == {"9.5", "D"}


def test_what_is_stored_is_what_the_marks_give_and_another_pupils_rows_are_not_touched(
    world: World, sheets: dict[int, list[MarkSheet]]
) -> None:
    whole_year(world, sheets, "7")
    enter(sheets[1][0], world.a.student2, "5")
    before = LearningResult.objects.filter(student=world.a.student).values()
    kept = list(before)
    enter(sheets[1][1], world.a.student2, "5")
    assert list(before.all()) == kept
    computed = learning_results_compute(world.a.class1, [world.a.student.pk, world.a.student2.pk])
    stored = {(row.student_id, row.term_id): row.facts for row in LearningResult.objects.all()}
    assert stored == computed


def test_absences_count_for_their_term_and_more_than_45_repeat_the_year(
    world: World, sheets: dict[int, list[MarkSheet]], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_year(world, sheets)
    monkeypatch.setattr("gradebook.regulations.tt22.ABSENCE_LIMIT", 1)
    first = world.term1.starts
    for days in (0, 1):
        day = first + datetime.timedelta(days=days)
        absence_record(student=world.a.student, school_class=world.a.class1, date=day, session="S", by=world.a.homeroom)
    year = result(world.a.student, None)
    assert (year.absences, year.decision) == (2, "O_LAI")
    assert [result(world.a.student, term).absences for term in (world.term1, world.term2)] == [2, 0]


def test_families_read_a_published_result_with_its_reasons_and_nothing_before(
    world: World, sheets: dict[int, list[MarkSheet]], client_for: Callable[[User], Client]
) -> None:
    for number, sheet in enumerate(sheets[1]):
        enter(sheet, world.a.student, "6" if number == 0 else "8,5")
    assess(world, world.term1, world.a.student)
    address = reverse("gradebook:report-of", args=[world.a.student.pk]) + "?hk=1"
    father = client_for(world.a.father)
    assert "Vì sao có kết quả này" not in father.get(address).content.decode()
    answer = client_for(world.a.principal).post(
        reverse("gradebook:results-publish", args=[world.a.class1.pk]) + "?ky=1"
    )
    assert answer.status_code == 302
    page = father.get(address).content.decode()
    assert "Mức Khá theo khoản 2 Điều 9" in page
    assert "Toán 6 thấp hơn 6,5" in page
    assert learning_results_publish(school_class=world.a.class1, term=world.term1) == 0


def test_an_open_result_is_never_published(world: World, sheets: dict[int, list[MarkSheet]]) -> None:
    enter(sheets[1][0], world.a.student, "8")
    assert learning_results_publish(school_class=world.a.class1, term=world.term1) == 0
    assert result(world.a.student, world.term1).published is None


def test_the_homeroom_teacher_gives_all_the_best_level_and_then_the_exceptions(
    world: World, client_for: Callable[[User], Client]
) -> None:
    client, address = client_for(world.a.homeroom), reverse("gradebook:conduct", args=[world.a.class1.pk]) + "?hk=1"
    client.post(
        address,
        {"tat-ca": "TOT", f"muc-{world.a.student2.pk}": "DAT", f"nhan-xet-{world.a.student2.pk}": "Hay đi muộn"},
    )
    found = {one.student_id: (one.level, one.remark) for one in Conduct.objects.all()}
    assert found == {world.a.student.pk: ("TOT", ""), world.a.student2.pk: ("DAT", "Hay đi muộn")}
    client.post(address, {f"muc-{world.a.student.pk}": "KHA", f"muc-{world.a.student2.pk}": "DAT"})
    assert Conduct.objects.get(student=world.a.student).level == "KHA"


def test_a_remark_without_a_level_is_kept_on_the_page_and_said(
    world: World, client_for: Callable[[User], Client]
) -> None:
    address = reverse("gradebook:conduct", args=[world.a.class1.pk]) + "?hk=1"
    answer = client_for(world.a.homeroom).post(address, {f"nhan-xet-{world.a.student.pk}": "Rất ngoan"})
    assert answer.status_code == 422
    assert "Rất ngoan" in answer.content.decode()
    assert not Conduct.objects.exists()


@pytest.mark.parametrize("level", ["", "XUAT_SAC"])
def test_a_level_that_does_not_exist_writes_nothing(world: World, level: str) -> None:
    with pytest.raises(SheetError):
        assess(world, world.term1, world.a.student, level)
    assert not Conduct.objects.exists()


def test_a_pupil_of_another_class_is_refused(world: World) -> None:
    with pytest.raises(SheetError):
        assess(world, world.term1, world.b.student)


def test_the_table_says_what_is_missing_and_costs_a_fixed_number_of_queries(
    world: World,
    sheets: dict[int, list[MarkSheet]],
    client_for: Callable[[User], Client],
    django_assert_max_num_queries: Any,
) -> None:
    client, address = client_for(world.a.homeroom), reverse("gradebook:results", args=[world.a.class1.pk])
    page = client.get(address + "?ky=1").content.decode()
    assert "Còn thiếu" in page
    assert reverse("gradebook:sheet", args=[sheets[1][0].pk]) in page
    whole_year(world, sheets)
    for query in ("?ky=1", "?ky=cn"):
        client.get(address + query)
        with django_assert_max_num_queries(15):
            page = client.get(address + query).content.decode()
        assert "Mức Tốt theo khoản 2 Điều 9" in page
    assert "Học sinh Xuất sắc" in page
    assert client.get(address + "?ky=9").status_code == 404


def test_the_table_is_an_excel_file_and_a_page_to_print(
    world: World, sheets: dict[int, list[MarkSheet]], client_for: Callable[[User], Client]
) -> None:
    whole_year(world, sheets)
    client = client_for(world.a.principal)
    data = client.get(reverse("gradebook:results-excel", args=[world.a.class1.pk]) + "?ky=cn").content
    rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(data)).active.iter_rows(min_row=4)]
    line = next(row for row in rows if row[2] == world.a.student.full_name)
    assert line[3:] == [*[9.5] * 8, "Đ", "Tốt", "Tốt", "0", "Học sinh Xuất sắc", "Được lên lớp", ""]
    page = client.get(reverse("gradebook:results-print", args=[world.a.class1.pk]) + "?ky=cn").content.decode()
    assert "Được lên lớp" in page
