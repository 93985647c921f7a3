"""Columns are handed in, locked, opened again and signed, each by whom it concerns; days of entry hold by the server's clock."""

import datetime

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from gradebook.entry import Window, entries_of
from gradebook.models import LockDelegation, Mark, MarkLog, MarkSheet
from gradebook.services import (
    Change,
    SheetError,
    delegation_give,
    delegation_withdraw,
    log_verify,
    marks_save,
    missing_decide,
    sheet_lock,
    sheet_open,
    sheet_revoke,
    sheet_sign,
    sheet_submit,
    sheet_take_back,
    sheet_unlock,
    windows_set,
)
from school.dated import today
from school.policy import can

FULL = ("8", "7,5", "9", "8", "7", "8,5")
DAY = datetime.timedelta(days=1)


def columns_of(sheet):
    return {column.code: column for column in sheet.columns.all()}


def enter(sheet, student, code, text, by, version=0):
    column = columns_of(sheet)[code]
    (outcome,) = marks_save(sheet=sheet, changes=[Change(student.pk, column.pk, text, version)], by=by).outcomes
    return outcome


@pytest.fixture
def filled(world, sheet, fill) -> MarkSheet:
    fill(sheet, world.a.student, *FULL)
    fill(sheet, world.a.student2, *FULL)
    sheet.refresh_from_db()
    return sheet


@pytest.fixture
def set_days(world, sheet):
    """Set a part's days at school A's node, or at another place."""

    def set_(part, opens, closes, node=None):
        return windows_set(
            node=node or world.a.school.node,
            windows={(world.term1.pk, part): Window(opens, closes)},
            by=world.a.principal,
        )

    return set_


def forget(*people):
    """What a request knows of its person is asked anew by the next one."""
    for person in people:
        person._actor = None


def test_a_new_sheet_is_open_in_every_group_that_it_has(world, sheet) -> None:
    assert sheet.states == {"TX": "open", "GK": "open", "CK": "open"}
    assert {c.code: c.group for c in sheet.columns.all()} == {
        "TX1": "TX", "TX2": "TX", "TX3": "TX", "TX4": "TX", "GK": "GK", "CK": "CK", "NX": "CK",
    }  # fmt: skip


def test_a_column_is_handed_in_and_taken_back_while_the_others_stay_open(world, filled) -> None:
    teacher = world.a.teacher
    sheet_submit(sheet=filled, group="GK", by=teacher)
    assert (filled.states["GK"], filled.state) == ("submitted", "open")
    refused = enter(filled, world.a.student, "GK", "9", teacher, 1)
    assert (refused.status, "Cột GK đã nộp" in refused.why) == ("refused", True)
    assert enter(filled, world.a.student, "CK", "9", teacher, 1).status == "ok"
    with pytest.raises(SheetError):
        sheet_submit(sheet=filled, group="GK", by=teacher)
    sheet_take_back(sheet=filled, group="GK", by=teacher)
    assert enter(filled, world.a.student, "GK", "9", teacher, 1).status == "ok"
    sheet_submit(sheet=filled, group="GK", by=teacher)
    sheet_lock(sheet=filled, by=world.a.principal, groups=["GK"])
    with pytest.raises(SheetError):
        sheet_take_back(sheet=filled, group="GK", by=teacher)
    actions = list(MarkLog.objects.exclude(action="mark").values_list("action", "group", "role"))
    assert actions == [
        ("submit", "GK", "teacher"), ("takeback", "GK", "teacher"), ("submit", "GK", "teacher"), ("lock", "GK", "principal"),
    ]  # fmt: skip
    filled.refresh_from_db()
    assert list(log_verify(filled)) == []


def test_handing_in_with_gaps_is_refused_until_they_are_known(world, sheet, fill) -> None:
    fill(sheet, world.a.student, *FULL)
    with pytest.raises(SheetError, match="Còn thiếu 1 điểm"):
        sheet_submit(sheet=sheet, group="CK", by=world.a.teacher)
    sheet_submit(sheet=sheet, group="CK", by=world.a.teacher, despite_gaps=True)
    with pytest.raises(SheetError, match="1 học sinh còn thiếu"):
        sheet_lock(sheet=sheet, by=world.a.principal, groups=["CK"])


def test_the_sheet_is_as_far_as_the_least_of_its_columns(world, filled) -> None:
    for group in ("TX", "GK", "CK"):
        assert filled.state == "open"
        sheet_submit(sheet=filled, group=group, by=world.a.teacher)
    assert filled.state == "submitted"
    sheet_lock(sheet=filled, by=world.a.principal, groups=["TX", "GK"])
    assert filled.state == "submitted"
    sheet_lock(sheet=filled, by=world.a.principal)
    assert filled.state == "locked"
    sheet_sign(sheet=filled, by=world.a.principal)
    assert filled.state == "signed"
    with pytest.raises(SheetError):
        sheet_unlock(sheet=filled, by=world.a.principal, reason="nhầm")
    sheet_revoke(sheet=filled, by=world.a.principal, reason="biên bản số 3")
    sheet_unlock(sheet=filled, by=world.a.principal, reason="biên bản số 3", groups=["CK"])
    assert (filled.state, filled.states["GK"]) == ("open", "locked")
    filled.refresh_from_db()
    assert list(log_verify(filled)) == []


def test_a_state_changed_beside_the_log_is_found(world, filled) -> None:
    sheet_lock(sheet=filled, by=world.a.principal)
    MarkSheet.objects.filter(pk=filled.pk).update(state_gk="open")
    filled.refresh_from_db()
    assert len(list(log_verify(filled))) == 1


@pytest.mark.parametrize("change", ["update", "insert", "delete"])
def test_the_database_itself_refuses_a_locked_mark(world, filled, change) -> None:
    sheet_lock(sheet=filled, by=world.a.principal, groups=["GK"])
    column = columns_of(filled)["GK"]
    mark = Mark.objects.get(column=column, student=world.a.student)

    def attempt(changed: Mark) -> None:
        with transaction.atomic():
            if change == "update":
                Mark.objects.filter(pk=changed.pk).update(value=10)
            elif change == "insert":
                Mark.objects.create(column=changed.column, student=world.a.outsider, value=10, by=world.a.teacher)
            else:
                changed.delete()

    with pytest.raises(DatabaseError, match="locked"):
        attempt(mark)
    assert Mark.objects.get(pk=mark.pk).value == 7
    # What families read is published after the lock as well, and an open column takes marks.
    Mark.objects.filter(pk=mark.pk).update(published_value=mark.value)
    attempt(Mark.objects.get(column=columns_of(filled)["CK"], student=world.a.student))


@pytest.mark.parametrize("sql", ["UPDATE gradebook_marklog SET new = '10'", "DELETE FROM gradebook_marklog"])
def test_the_database_itself_refuses_to_change_the_log(world, filled, sql) -> None:
    from django.db import connection

    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_rows_of_the_log_written_before_roles_were_known_stay_verifiable(world, sheet, fill) -> None:
    from gradebook.services import log as logs

    known, logs.FORMAT = logs.FORMAT, 1
    try:
        fill(sheet, world.a.student, "8")
    finally:
        logs.FORMAT = known
    fill(sheet, world.a.student2, "9")
    sheet.refresh_from_db()
    assert list(MarkLog.objects.values_list("format", flat=True)) == [1, 2]
    assert list(log_verify(sheet)) == []


def test_each_fact_of_a_row_of_the_log_is_under_its_hash(world, sheet, fill) -> None:
    from gradebook.services.log import row_hash

    fill(sheet, world.a.student, "8")
    for name, value in (
        ("approver_id", 7), ("evidence", "x"), ("channel", "excel"), ("source", "y"), ("role", "principal"), ("group", "GK"),
        ("reason", "z"), ("format", 1),
    ):  # fmt: skip
        row = MarkLog.objects.get()
        setattr(row, name, value)
        assert row_hash(row) != row.hash, name


def test_a_cell_outside_its_days_says_since_when(world, sheet, set_days, fill) -> None:
    set_days("GK", None, today() - DAY)
    refused = enter(sheet, world.a.student, "GK", "8", world.a.teacher)
    assert refused.why == f"Cột GK khoá từ {today():%d/%m/%Y}."
    set_days("CK", today() + DAY, None)
    refused = enter(sheet, world.a.student, "CK", "8", world.a.teacher)
    assert refused.why == f"Cột CK mở từ {today() + DAY:%d/%m/%Y}."
    set_days("CK", today(), today())
    assert enter(sheet, world.a.student, "CK", "8", world.a.teacher).status == "ok"


def test_after_the_last_day_only_blanks_take_make_up_marks_until_their_deadline(world, sheet, set_days) -> None:
    assert enter(sheet, world.a.student, "GK", "5", world.a.teacher).status == "ok"
    set_days("GK", None, today() - DAY)
    set_days("BU", None, today())
    assert "kiểm tra bù" in enter(sheet, world.a.student, "GK", "8", world.a.teacher, 1).why
    assert enter(sheet, world.a.student2, "GK", "8", world.a.teacher).status == "ok"
    set_days("BU", None, today() - DAY)
    assert enter(sheet, world.a.student2, "GK", "", world.a.teacher, 1).status == "refused"


def test_the_day_is_that_of_the_offices_clock(world, sheet, set_days, settings, monkeypatch) -> None:
    from django.utils import timezone

    set_days("GK", None, datetime.date(2026, 12, 19))
    for hour, takes in ((16, True), (17, False)):  # UTC: 23:59 and 00:00 in Hồ Chí Minh City
        moment = datetime.datetime(2026, 12, 19, hour, 59 if takes else 0, tzinfo=datetime.UTC)
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        assert entries_of(sheet)["GK"].cells is takes


def test_a_school_only_narrows_the_offices_days(world, sheet, set_days) -> None:
    last = today() + 10 * DAY
    set_days("GK", today(), last, node=world.office)
    assert entries_of(sheet)["GK"].window == Window(today(), last)
    with pytest.raises(SheetError, match="chậm nhất"):
        set_days("GK", None, last + DAY)
    with pytest.raises(SheetError):
        set_days("GK", last, today())
    assert set_days("GK", None, today() + DAY) == 1
    assert entries_of(sheet)["GK"].window == Window(today(), today() + DAY)
    set_days("GK", None, today() - DAY, node=world.office)
    assert entries_of(sheet)["GK"].cells is False
    assert set_days("GK", None, None) == 1


def test_missing_marks_become_zero_only_after_the_deadline_by_a_decision_with_a_reason(
    world, sheet, fill, set_days
) -> None:
    fill(sheet, world.a.student, *FULL[:5])
    column = columns_of(sheet)["CK"]
    cells = [(world.a.student.pk, column.pk)]

    def decide(reason="Nghỉ kiểm tra, không dự kiểm tra bù"):
        return missing_decide(sheet=sheet, cells=cells, by=world.a.teacher, reason=reason)

    with pytest.raises(SheetError, match="chưa đặt hạn"):
        decide()
    set_days("BU", None, today())
    with pytest.raises(SheetError, match="Còn được kiểm tra bù"):
        decide()
    set_days("BU", None, today() - DAY)
    with pytest.raises(SheetError):
        decide(" ")
    with pytest.raises(SheetError):
        missing_decide(
            sheet=sheet, cells=[(world.a.student.pk, columns_of(sheet)["GK"].pk)], by=world.a.teacher, reason="x"
        )
    assert decide() == 1
    mark = Mark.objects.get(column=column)
    assert (mark.value, mark.origin) == (0, "missing")
    row = MarkLog.objects.order_by("position").last()
    assert (row.channel, row.new, row.reason[:4]) == ("rule", "0", "Nghỉ")
    # (8 + 7,5 + 9 + 8 + 2 × 7 + 3 × 0) : 9 = 5,17
    assert str(sheet.results.get(student=world.a.student).average) == "5.2"
    sheet.refresh_from_db()
    assert list(log_verify(sheet)) == []


def test_a_missing_result_of_a_comment_subject_becomes_chua_dat(world, set_days) -> None:
    sheet = sheet_open(school_class=world.a.class1, subject=world.pe, term=world.term1)
    set_days("BU", None, today() - DAY)
    cells = [(world.a.student.pk, column.pk) for column in sheet.columns.exclude(kind="NX")]
    assert missing_decide(sheet=sheet, cells=cells, by=world.a.teacher, reason="nghỉ học dài ngày") == 4
    assert sheet.results.get(student=world.a.student).result == "CD"


def test_a_vice_principal_locks_only_while_it_is_delegated(world, filled) -> None:
    vice, principal = world.a.vice, world.a.principal
    assert not can(vice, "lock", filled)
    with pytest.raises(SheetError):
        delegation_give(
            school=world.a.school, delegate=world.a.teacher, by=principal, starts=today(), ends=today(), note="1"
        )
    given = delegation_give(
        school=world.a.school, delegate=vice, by=principal, starts=today(), ends=today() + DAY, note="QĐ 12"
    )
    forget(vice)
    assert can(vice, "lock", filled)
    assert not can(vice, "sign", filled)
    with pytest.raises(SheetError):
        delegation_give(school=world.a.school, delegate=vice, by=principal, starts=today(), ends=today(), note="QĐ 13")
    other = sheet_open(school_class=world.b.class1, subject=world.maths, term=world.term1)
    assert not can(vice, "lock", other)
    assert delegation_withdraw(given)
    assert not can(vice, "lock", filled)
    LockDelegation.objects.create(
        school=world.a.school, delegate=vice, by=principal, starts=today() - 9 * DAY, ends=today() - DAY, note="QĐ 1"
    )
    assert not can(vice, "lock", filled)


def test_the_administrator_locks_on_an_order_that_is_named(world, filled, client_for) -> None:
    client = client_for(world.a.school_admin)
    fields = {"so": filled.pk, "nhom": ["TX", "GK"], "ghi": "1"}
    assert client.post(reverse("gradebook:lock-many"), fields).status_code == 422
    with pytest.raises(SheetError):
        sheet_lock(sheet=filled, by=world.a.school_admin, ordered_by=world.a.vice, reason="x")
    fields |= {"ordered_by": world.a.principal.pk, "reason": "CV 15 ngày 20/12"}
    assert client.post(reverse("gradebook:lock-many"), fields).status_code == 302
    filled.refresh_from_db()
    assert filled.states == {"TX": "locked", "GK": "locked", "CK": "open"}
    row = MarkLog.objects.order_by("position").last()
    assert (row.by, row.role, row.approver, row.reason) == (
        world.a.school_admin, "school_admin", world.a.principal, "CV 15 ngày 20/12",
    )  # fmt: skip
    assert client.get(reverse("gradebook:sheet", args=[filled.pk])).status_code == 403
    client.post(reverse("gradebook:unlock-many"), {**fields, "nhom": ["GK"]})
    filled.refresh_from_db()
    assert filled.states["GK"] == "open"


def test_the_principal_sees_what_stops_a_lock_before_it_and_the_rest_is_locked(
    world, filled, client_for, django_assert_max_num_queries
) -> None:
    other = sheet_open(school_class=world.a.class1, subject=world.literature, term=world.term1)
    client = client_for(world.a.principal)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("gradebook:overview") + "?hk=1").content.decode()
    assert page.count('name="so"') == 2
    assert "thiếu 8" in page
    fields = {"so": [filled.pk, other.pk], "nhom": ["TX", "GK", "CK"]}
    preview = client.post(reverse("gradebook:lock-many"), fields)
    assert (preview.context["ready"], preview.context["stopped"]) == (3, 3)
    assert MarkSheet.objects.filter(state="open").count() == 2
    said = client.post(reverse("gradebook:lock-many"), {**fields, "ghi": "1"}, follow=True).content.decode()
    assert "Đã khoá 1 sổ" in said
    assert "2 học sinh còn thiếu" in said
    assert [MarkSheet.objects.get(pk=pk).state for pk in (filled.pk, other.pk)] == ["locked", "open"]


def test_the_pages_of_handing_in_missing_days_and_delegation_work_without_javascript(
    world, sheet, fill, client_for
) -> None:
    fill(sheet, world.a.student, *FULL)
    teacher, principal = client_for(world.a.teacher), client_for(world.a.principal)
    submit = reverse("gradebook:sheet-submit", args=[sheet.pk])
    assert "Bùi Ngọc Ánh" in teacher.get(submit + "?nhom=GK").content.decode()
    assert teacher.get(submit + "?nhom=XX").status_code == 404
    assert teacher.post(submit, {"nhom": "GK"}).status_code == 422
    assert teacher.post(submit, {"nhom": "GK", "thieu": "1"}).status_code == 302
    page = teacher.get(reverse("gradebook:sheet", args=[sheet.pk])).content.decode()
    assert "Đã nộp" in page
    assert page.count("readonly") == 2
    teacher.post(reverse("gradebook:sheet-take-back", args=[sheet.pk]), {"nhom": "GK"})
    sheet.refresh_from_db()
    assert sheet.states["GK"] == "open"
    days = reverse("gradebook:windows")
    fields = {f"den-{world.term1.pk}-BU": f"{today() - DAY}", f"den-{world.term1.pk}-GK": f"{today() - 2 * DAY}"}
    assert principal.post(days, {**fields, f"tu-{world.term1.pk}-GK": "hôm nay"}).status_code == 422
    assert principal.post(days, fields).status_code == 302
    missing = reverse("gradebook:sheet-missing", args=[sheet.pk])
    cell = f"{world.a.student2.pk}-{columns_of(sheet)['GK'].pk}"
    assert cell in teacher.get(missing).content.decode()
    assert teacher.post(missing, {"o": cell}).status_code == 422
    assert teacher.post(missing, {"o": cell, "reason": "vắng"}).status_code == 302
    assert Mark.objects.get(student=world.a.student2).value == 0
    delegate = {"delegate": world.a.vice.pk, "starts": f"{today()}", "ends": f"{today()}", "note": "QĐ 5"}
    assert principal.post(reverse("gradebook:delegate"), {**delegate, "note": ""}).status_code == 422
    assert principal.post(reverse("gradebook:delegate"), delegate).status_code == 302
    given = LockDelegation.objects.get()
    assert "Lê Văn Phó" in client_for(world.a.vice).get(reverse("gradebook:delegations")).content.decode()
    assert client_for(world.b.principal).post(
        reverse("gradebook:delegation-withdraw", args=[given.pk])
    ).status_code == 404  # fmt: skip
    principal.post(reverse("gradebook:delegation-withdraw", args=[given.pk]))
    given.refresh_from_db()
    assert given.withdrawn_at is not None


def test_an_office_sets_its_own_days_and_no_other_places(world, sheet, client_for) -> None:
    url, name = reverse("gradebook:windows"), f"den-{world.term1.pk}-CK"
    client = client_for(world.office_admin)
    client.post(f"{url}?noi={world.a.school.node.pk}", {name: f"{today() - DAY}"})
    assert entries_of(sheet)["CK"].cells is False
    assert [window.node for window in world.office.entry_windows.all()] == [world.office]
    answer = client_for(world.b.principal).post(f"{url}?noi={world.a.school.node.pk}", {name: f"{today() - 5 * DAY}"})
    assert answer.status_code == 302
    assert not world.a.school.node.entry_windows.exists()
