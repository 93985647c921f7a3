"""Sheets, saving, conflicts, publishing, locking, and the log that remembers all of it."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gradebook.models import AppendOnlyError, Mark, MarkLog, MarkSheet, SaveReceipt, TermResult
from gradebook.selectors import grid_of, published_subjects
from gradebook.services import (
    Change,
    SheetError,
    log_verify,
    marks_save,
    sheet_lock,
    sheet_open,
    sheet_publish,
    sheet_unlock,
    sheet_unpublish,
    sheets_open_all,
)
from gradebook.services.marks import results_recompute
from gradebook.signals import marks_published
from school.policy import can

FULL = ("8", "7,5", "9", "8", "7", "8,5")


def columns_of(sheet):
    return {column.code: column for column in sheet.columns.all()}


def test_a_sheet_has_the_columns_its_circular_and_periods_ask_for(world, sheet) -> None:
    assert [column.code for column in sheet.columns.all()] == ["TX1", "TX2", "TX3", "TX4", "GK", "CK", "NX"]
    assert sheet.circular == "22/2021/TT-BGDĐT"
    pe = sheet_open(school_class=world.a.class1, subject=world.pe, term=world.term1)
    assert [(c.code, c.scale) for c in pe.columns.all()] == [
        ("TX1", "pass"), ("TX2", "pass"), ("GK", "pass"), ("CK", "pass"), ("NX", "text"),
    ]  # fmt: skip


def test_opening_a_sheet_twice_gives_the_same_sheet(world, sheet) -> None:
    again = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term1)
    assert (again.pk, again.columns.count()) == (sheet.pk, 7)
    assert sheets_open_all(classes=[world.a.class1], terms=[world.term1, world.term2]) == 3


def test_a_class_of_a_past_year_before_the_amendment_has_no_sheets_to_open(world) -> None:
    from school.organisation.services import class_create, year_open

    year = year_open(2018)
    old = class_create(school=world.a.school, year=year, name="6A1", grade=6)
    with pytest.raises(SheetError):
        sheet_open(school_class=old, subject=world.maths, term=year.terms.first())
    with pytest.raises(SheetError):
        sheet_open(school_class=old, subject=world.maths, term=world.term1)


def test_saving_rounds_half_up_and_computes_the_average_in_the_same_transaction(world, sheet, fill) -> None:
    fill(sheet, world.a.student, "6,75", "7.25", "8", "8", "8", "8")
    marks = Mark.objects.filter(student=world.a.student, column__kind="TX").order_by("column__number")
    assert [mark.value for mark in marks] == [Decimal("6.8"), Decimal("7.3"), Decimal("8.0"), Decimal("8.0")]
    # (6,8 + 7,3 + 8 + 8 + 2 × 8 + 3 × 8) : 9 = 7,788…
    assert TermResult.objects.get(student=world.a.student).average == Decimal("7.8")


def test_an_unfinished_row_has_no_average_and_a_blank_is_no_zero(world, sheet, fill) -> None:
    fill(sheet, world.a.student, "8", "0", "", "8", "7")
    result = TermResult.objects.get(student=world.a.student)
    assert (result.average, result.missing) == (None, 2)


def test_clearing_a_mark_leaves_a_blank_and_takes_the_average_away(world, sheet, fill) -> None:
    fill(sheet, world.a.student, *FULL)
    gk = columns_of(sheet)["GK"]
    saved = marks_save(sheet=sheet, changes=[Change(world.a.student.pk, gk.pk, "", 1)], by=world.a.teacher)
    assert saved.results == {str(world.a.student.pk): ""}
    assert Mark.objects.get(column=gk).value is None
    assert TermResult.objects.get().missing == 1


def test_recomputing_every_row_reproduces_what_is_stored(world, sheet, fill) -> None:
    fill(sheet, world.a.student, *FULL)
    fill(sheet, world.a.student2, "5", "6", "7", "8", "9", "10")
    stored = dict(TermResult.objects.values_list("student", "average"))
    results_recompute(sheet)
    assert dict(TermResult.objects.values_list("student", "average")) == stored
    assert len(stored) == 2


def test_a_comment_subject_is_passed_only_when_everything_is(world, fill) -> None:
    sheet = sheet_open(school_class=world.a.class1, subject=world.pe, term=world.term1)
    fill(sheet, world.a.student, "Đ", "đạt", "Đ", "D")
    fill(sheet, world.a.student2, "Đ", "CĐ", "Đ", "Đ")
    assert dict(TermResult.objects.values_list("student", "result")) == {
        world.a.student.pk: "D",
        world.a.student2.pk: "CD",
    }


def test_two_teachers_on_one_cell_get_a_conflict_with_both_values(world, sheet, fill) -> None:
    fill(sheet, world.a.student, "8")
    tx1 = columns_of(sheet)["TX1"]
    late = marks_save(sheet=sheet, changes=[Change(world.a.student.pk, tx1.pk, "6", 0)], by=world.a.teacher2)
    (outcome,) = late.outcomes
    assert (outcome.status, outcome.value, outcome.version, outcome.by) == ("conflict", "8", 1, "Nguyễn Thị Toán")
    assert Mark.objects.get().value == Decimal(8)
    resolved = marks_save(sheet=sheet, changes=[Change(world.a.student.pk, tx1.pk, "6", 1)], by=world.a.teacher2)
    assert (resolved.outcomes[0].status, Mark.objects.get().value) == ("ok", Decimal(6))


def test_the_same_value_typed_by_both_is_no_conflict(world, sheet, fill) -> None:
    fill(sheet, world.a.student, "8")
    tx1 = columns_of(sheet)["TX1"]
    saved = marks_save(sheet=sheet, changes=[Change(world.a.student.pk, tx1.pk, "8,0", 0)], by=world.a.teacher2)
    assert (saved.outcomes[0].status, saved.changed) == ("ok", 0)


def test_refused_cells_say_why_and_the_others_are_saved(world, sheet) -> None:
    columns = columns_of(sheet)
    pupil, stranger = world.a.student.pk, world.a.outsider.pk
    saved = marks_save(
        sheet=sheet,
        changes=[
            Change(pupil, columns["TX1"].pk, "11"),
            Change(pupil, columns["TX2"].pk, "tám"),
            Change(stranger, columns["TX1"].pk, "8"),
            Change(pupil, 999_999, "8"),
            Change(pupil, columns["TX3"].pk, "8"),
        ],
        by=world.a.teacher,
    )
    assert [outcome.status for outcome in saved.outcomes] == ["refused", "refused", "refused", "refused", "ok"]
    assert all(outcome.why for outcome in saved.outcomes[:4])
    assert Mark.objects.count() == 1


def test_a_batch_that_comes_twice_is_written_once(world, sheet) -> None:
    tx1 = columns_of(sheet)["TX1"]
    changes = [Change(world.a.student.pk, tx1.pk, "8", 0)]
    first = marks_save(sheet=sheet, changes=changes, by=world.a.teacher, key="k1")
    marks_save(sheet=sheet, changes=[Change(world.a.student.pk, tx1.pk, "9", 1)], by=world.a.teacher, key="k2")
    again = marks_save(sheet=sheet, changes=changes, by=world.a.teacher, key="k1")
    assert again.outcomes == first.outcomes
    assert (Mark.objects.get().value, MarkLog.objects.count()) == (Decimal(9), 2)
    assert SaveReceipt.objects.count() == 2


def test_families_read_the_published_copy_not_the_teachers_correction(
    world, sheet, fill, django_capture_on_commit_callbacks
) -> None:
    heard = []

    def hear(**news: object) -> None:
        heard.append(news["students"])

    marks_published.connect(hear, weak=False, dispatch_uid="hear")
    try:
        fill(sheet, world.a.student, *FULL)
        assert published_subjects(world.a.student, world.term1) == []
        with django_capture_on_commit_callbacks(execute=True):
            sheet_publish(sheet=sheet, by=world.a.teacher)
        tx1 = columns_of(sheet)["TX1"]
        marks_save(sheet=sheet, changes=[Change(world.a.student.pk, tx1.pk, "2", 1)], by=world.a.teacher)
        (subject,) = published_subjects(world.a.student, world.term1)
        assert [mark.text for mark in subject.marks] == ["8", "7,5", "9", "8", "7", "8,5"]
        assert (subject.average, subject.working) == (
            "8,0",
            "(8 + 7,5 + 9 + 8 + 2 × 7 + 3 × 8,5) : (4 + 5) = 8,0",
        )
        assert grid_of(sheet).unpublished == 1
        with django_capture_on_commit_callbacks(execute=True):
            sheet_publish(sheet=sheet, by=world.a.teacher)
            sheet_publish(sheet=sheet, by=world.a.teacher)
        assert published_subjects(world.a.student, world.term1)[0].marks[0].text == "2"
    finally:
        marks_published.disconnect(dispatch_uid="hear")
    assert heard == [[world.a.student.pk], [world.a.student.pk]]


def test_withdrawing_needs_a_reason_and_hides_the_marks_again(world, sheet, fill) -> None:
    fill(sheet, world.a.student, *FULL)
    with pytest.raises(SheetError):
        sheet_unpublish(sheet=sheet, by=world.a.teacher, reason="nhầm lớp")
    sheet_publish(sheet=sheet, by=world.a.teacher)
    with pytest.raises(SheetError):
        sheet_unpublish(sheet=sheet, by=world.a.teacher, reason="  ")
    sheet_unpublish(sheet=sheet, by=world.a.teacher, reason="nhầm cột")
    assert published_subjects(world.a.student, world.term1) == []
    assert MarkLog.objects.filter(action="unpublish", reason="nhầm cột").count() == 1


def test_after_the_lock_no_mark_changes_and_nothing_is_withdrawn(world, sheet, fill) -> None:
    fill(sheet, world.a.student, *FULL)
    with pytest.raises(SheetError):
        sheet_lock(sheet=sheet, by=world.a.principal)
    fill(sheet, world.a.student2, *FULL)
    sheet_publish(sheet=sheet, by=world.a.teacher)
    sheet_lock(sheet=sheet, by=world.a.principal)
    tx1 = columns_of(sheet)["TX1"]
    changes = [Change(world.a.student.pk, tx1.pk, "10", 1)]
    saved = marks_save(sheet=sheet, changes=changes, by=world.a.teacher, key="late")
    assert saved.outcomes[0].status == "refused"
    assert Mark.objects.get(column=tx1, student=world.a.student).value == Decimal(8)
    with pytest.raises(SheetError):
        sheet_unpublish(sheet=sheet, by=world.a.teacher, reason="muộn")
    with pytest.raises(SheetError):
        sheet_unlock(sheet=sheet, by=world.a.principal, reason="")
    sheet_unlock(sheet=sheet, by=world.a.principal, reason="sửa điểm theo biên bản")
    assert marks_save(sheet=sheet, changes=changes, by=world.a.teacher, key="late").outcomes[0].status == "ok"


def test_the_log_chains_every_change_and_is_only_added_to(world, sheet, fill) -> None:
    fill(sheet, world.a.student, *FULL)
    sheet_publish(sheet=sheet, by=world.a.teacher)
    sheet.refresh_from_db()
    rows = list(MarkLog.objects.all())
    assert [row.position for row in rows] == list(range(1, 8))
    assert (sheet.log_length, sheet.log_head) == (7, rows[-1].hash)
    assert list(log_verify(sheet)) == []
    for attempt in (rows[0].save, rows[0].delete, MarkLog.objects.all().delete):
        with pytest.raises(AppendOnlyError):
            attempt()
    with pytest.raises(AppendOnlyError):
        MarkLog.objects.update(new="10")


def test_the_verification_finds_a_mark_changed_beside_the_log(world, sheet, fill) -> None:
    fill(sheet, world.a.student, *FULL)
    call_command("marks_log_verify", stdout=StringIO())
    Mark.objects.filter(column__kind="CK").update(value=10)
    sheet.refresh_from_db()
    assert len(list(log_verify(sheet))) == 1
    with pytest.raises(CommandError):
        call_command("marks_log_verify", stdout=StringIO(), stderr=StringIO())


def test_the_verification_finds_a_log_cut_short(world, sheet, fill) -> None:
    fill(sheet, world.a.student, *FULL)
    MarkSheet.objects.filter(pk=sheet.pk).update(log_length=9, log_head="0" * 64)
    sheet.refresh_from_db()
    assert [fault.position for fault in log_verify(sheet)] == [None]


def test_saving_costs_a_fixed_number_of_queries_and_some_more_where_rows_become_complete(
    world, sheet, django_assert_max_num_queries
) -> None:
    columns = list(sheet.columns.all())
    # Who the teacher is was asked by the page's gate already.
    assert can(world.a.teacher, "edit", sheet)
    with django_assert_max_num_queries(15):
        marks_save(sheet=sheet, changes=[Change(world.a.student.pk, columns[0].pk, "8")], by=world.a.teacher, key="one")
    pupils = (world.a.student, world.a.student2)
    changes = [Change(pupil.pk, column.pk, "7", 0) for pupil in pupils for column in columns[1:6]]
    # The first pupil's row is complete now: the results of term and year follow.
    with django_assert_max_num_queries(28):
        marks_save(sheet=sheet, changes=changes, by=world.a.teacher, key="many")
    assert Mark.objects.count() == 11
