"""The pages as a browser without JavaScript meets them, and the address that the script saves to."""

import json

import pytest
from django.urls import reverse

from gradebook.models import AbsenceSession, Mark, MarkColumn, MarkSheet, Remark
from gradebook.services import sheet_open, sheet_publish
from gradebook.signals import absence_recorded
from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment

FULL = ("8", "7,5", "9", "8", "7", "8,5")


def cells_of(sheet, student):
    return [f"m-{student.pk}-{column.pk}" for column in sheet.columns.all()]


def test_a_teacher_opens_a_sheet_from_the_list_and_finds_it_there_again(world, client_for) -> None:
    client = client_for(world.a.teacher)
    page = client.get(reverse("gradebook:sheets") + "?hk=1").content.decode()
    assert "Toán – 6A1" in page
    fields = {"lop": world.a.class1.pk, "mon": world.maths.pk, "hk": world.term1.pk}
    opened = client.post(reverse("gradebook:sheet-open"), fields)
    sheet = MarkSheet.objects.get()
    assert opened.url == reverse("gradebook:sheet", args=[sheet.pk])
    assert opened.url in client.get(reverse("gradebook:sheets") + "?hk=1").content.decode()


def test_nobody_opens_a_sheet_of_a_class_or_subject_they_do_not_teach(world, client_for) -> None:
    for person, school_class, subject in (
        (world.a.teacher, world.a.class2, world.maths),
        (world.a.teacher, world.a.class1, world.literature),
        (world.a.teacher, world.b.class1, world.maths),
    ):
        fields = {"lop": school_class.pk, "mon": subject.pk, "hk": world.term1.pk}
        assert client_for(person).post(reverse("gradebook:sheet-open"), fields).status_code == 404
    assert client_for(world.a.teacher).post(reverse("gradebook:sheet-open"), {"lop": "x"}).status_code == 404
    assert not MarkSheet.objects.exists()


def test_the_form_saves_a_whole_sheet_without_javascript(world, sheet, client_for) -> None:
    client = client_for(world.a.teacher)
    url = reverse("gradebook:sheet", args=[sheet.pk])
    assert 'name="versions" value=""' in client.get(url).content.decode()
    fields = dict(zip(cells_of(sheet, world.a.student), FULL, strict=False))
    answer = client.post(url, {**fields, "versions": ""})
    assert (answer.status_code, answer.url) == (302, url)
    assert "8,0</output>" in client.get(url).content.decode()
    assert Mark.objects.count() == 6


def test_the_form_says_which_cell_is_wrong_and_saves_the_others(world, sheet, client_for) -> None:
    first, second, *_rest = cells_of(sheet, world.a.student)
    url = reverse("gradebook:sheet", args=[sheet.pk])
    answer = client_for(world.a.teacher).post(url, {first: "11", second: "9"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Đặng Minh An" in page
    assert "Điểm cao nhất là 10" in page
    assert Mark.objects.get().value == 9


def test_the_form_never_writes_over_what_another_tab_saved_meanwhile(world, sheet, fill, client_for) -> None:
    fill(sheet, world.a.student, "8")
    first = cells_of(sheet, world.a.student)[0]
    url = reverse("gradebook:sheet", args=[sheet.pk])
    answer = client_for(world.a.teacher).post(url, {first: "3", "versions": ""})
    assert answer.status_code == 422
    assert Mark.objects.get().value == 8


def test_the_script_saves_a_batch_and_gets_results_per_cell(world, sheet, client_for) -> None:
    client = client_for(world.a.teacher)
    columns = list(sheet.columns.all())
    changes = [
        {"student": world.a.student.pk, "column": column.pk, "value": text, "version": 0}
        for column, text in zip(columns, FULL, strict=False)
    ]
    answer = client.post(
        reverse("gradebook:sheet-save", args=[sheet.pk]),
        json.dumps({"key": "k", "changes": changes}),
        content_type="application/json",
    ).json()
    assert {outcome["status"] for outcome in answer["outcomes"]} == {"ok"}
    assert answer["results"] == {str(world.a.student.pk): "8,0"}


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"changes": 5}', '{"changes": [{"student": "1"}]}', '{"key": 7, "changes": []}']
)
def test_a_broken_batch_is_a_400(world, sheet, client_for, body) -> None:
    answer = client_for(world.a.teacher).post(
        reverse("gradebook:sheet-save", args=[sheet.pk]), body, content_type="application/json"
    )
    assert answer.status_code == 400


def test_a_sheet_of_45_pupils_and_12_columns_costs_15_queries(
    world, sheet, fill, client_for, django_assert_max_num_queries
) -> None:
    for number in range(5, 10):
        MarkColumn.objects.create(sheet=sheet, kind="TX", group="TX", number=number, order=0)
    assert sheet.columns.count() == 12
    for number in range(43):
        pupil = User.objects.create_user(code=f"x{number}", full_name=f"Nguyễn Văn {number}")
        Enrolment.objects.create(
            student=pupil, school_class=world.a.class1, school=world.a.school, starts=world.year.starts
        )
        fill(sheet, pupil, *["7"] * 11)
    client = client_for(world.a.teacher)
    client.get(reverse("gradebook:sheets"))
    with django_assert_max_num_queries(15):
        page = client.get(reverse("gradebook:sheet", args=[sheet.pk]))
    assert page.content.count(b"<output") == 45
    assert page.content.count(b'<input name="m-') == 45 * 12


def test_the_list_of_sheets_has_a_budget_of_queries(world, client_for, django_assert_max_num_queries) -> None:
    for subject in (world.maths, world.literature, world.pe):
        sheet_open(school_class=world.a.class1, subject=subject, term=world.term1)
        sheet_open(school_class=world.a.class2, subject=subject, term=world.term1)
    client = client_for(world.a.principal)
    with django_assert_max_num_queries(16):
        page = client.get(reverse("gradebook:sheets") + "?hk=1").content.decode()
    assert page.count("list-link") == 6


def test_publishing_withdrawing_and_locking_from_the_page(world, sheet, fill, client_for) -> None:
    fill(sheet, world.a.student, *FULL)
    teacher, principal = client_for(world.a.teacher), client_for(world.a.principal)
    teacher.post(reverse("gradebook:sheet-publish", args=[sheet.pk]))
    report = client_for(world.a.student).get(reverse("gradebook:report-of", args=[world.a.student.pk]) + "?hk=1")
    assert "(8 + 7,5 + 9 + 8 + 2 × 7 + 3 × 8,5) : (4 + 5) = 8,0" in report.content.decode()
    refused = principal.post(reverse("gradebook:sheet-lock", args=[sheet.pk]), follow=True).content.decode()
    assert "1 học sinh còn thiếu" in refused
    fill(sheet, world.a.student2, *FULL)
    principal.post(reverse("gradebook:sheet-lock", args=[sheet.pk]))
    sheet.refresh_from_db()
    assert sheet.state == "locked"
    assert "<input data-id" not in teacher.get(reverse("gradebook:sheet", args=[sheet.pk])).content.decode()
    principal.post(reverse("gradebook:sheet-unlock", args=[sheet.pk]), {"reason": "biên bản số 5"})
    teacher.post(reverse("gradebook:sheet-unpublish", args=[sheet.pk]), {"reason": "nhầm cột"})
    sheet.refresh_from_db()
    assert (sheet.state, sheet.published_at) == ("open", None)
    history = teacher.get(reverse("gradebook:sheet-history", args=[sheet.pk])).content.decode()
    assert "biên bản số 5" in history
    assert "nhầm cột" in history


def test_the_sheet_prints_with_letterhead_and_signatures(world, sheet, fill, client_for) -> None:
    fill(sheet, world.a.student, *FULL)
    page = client_for(world.a.homeroom).get(reverse("gradebook:sheet-print", args=[sheet.pk])).content.decode()
    assert "Độc lập – Tự do – Hạnh phúc" in page
    assert "<b>8,0</b>" in page


def test_attendance_starts_with_all_present_and_keeps_who_is_tapped_absent(
    world, client_for, django_capture_on_commit_callbacks
) -> None:
    heard = []

    def hear(**news: object) -> None:
        heard.append((news["absence"].student_id, news["created"]))  # type: ignore[attr-defined]

    absence_recorded.connect(hear, weak=False, dispatch_uid="hear")
    try:
        client = client_for(world.a.homeroom)
        url = reverse("gradebook:attendance", args=[world.a.class1.pk]) + f"?ngay={today()}&buoi=S"
        assert client.get(url).content.decode().count('value="" checked') == 2
        one, two = f"vang-{world.a.student.pk}", f"vang-{world.a.student2.pk}"
        with django_capture_on_commit_callbacks(execute=True):
            client.post(url, {one: "K", two: ""})
            client.post(url, {one: "K", two: ""})
        with django_capture_on_commit_callbacks(execute=True):
            client.post(url, {one: "P", two: "K"})
    finally:
        absence_recorded.disconnect(dispatch_uid="hear")
    assert heard == [(world.a.student.pk, True), (world.a.student.pk, False), (world.a.student2.pk, True)]
    client.post(url, {one: "", two: "K"})
    assert [absence.student for absence in AbsenceSession.objects.all()] == [world.a.student2]


def test_attendance_of_a_day_to_come_or_of_a_stranger_is_refused(world, client_for) -> None:
    client = client_for(world.a.homeroom)
    base = reverse("gradebook:attendance", args=[world.a.class1.pk])
    client.post(f"{base}?ngay={today().year + 1}-01-01&buoi=S", {f"vang-{world.a.student.pk}": "K"})
    client.post(f"{base}?ngay={today()}&buoi=S", {f"vang-{world.a.outsider.pk}": "K"})
    assert not AbsenceSession.objects.exists()
    assert client_for(world.a.principal).post(f"{base}?ngay={today()}&buoi=S", {}).status_code == 404


def test_a_remark_is_written_to_a_pupil_of_the_class_only(world, client_for) -> None:
    client = client_for(world.a.teacher)
    url = reverse("gradebook:remark", args=[world.a.class1.pk])
    fields = {"student": world.a.student.pk, "subject": world.maths.pk, "text": "Em tiến bộ nhiều."}
    assert client.post(url, fields).status_code == 302
    assert client.post(url, {**fields, "student": world.a.outsider.pk}).status_code == 422
    assert client.post(url, {**fields, "text": "  "}).status_code == 422
    remark = Remark.objects.get()
    assert (remark.author, remark.student, remark.subject) == (world.a.teacher, world.a.student, world.maths)
    assert "Em tiến bộ nhiều." in client.get(url).content.decode()


def test_a_report_before_anything_is_published_says_what_happens_next(world, client_for) -> None:
    client = client_for(world.a.father)
    page = client.get(reverse("gradebook:report"), follow=True).content.decode()
    assert "Chưa có điểm nào được công bố" in page


def test_home_cards_show_a_pupils_new_marks_and_a_teachers_unfinished_sheets(world, sheet, fill, client_for) -> None:
    fill(sheet, world.a.student, *FULL)
    assert "Điểm mới" not in client_for(world.a.student).get("/").content.decode()
    sheet_publish(sheet=sheet, by=world.a.teacher)
    assert "Điểm mới" in client_for(world.a.student).get("/").content.decode()
    assert "7,5" in client_for(world.a.father).get("/").content.decode()
    assert "Sổ cần nhập" in client_for(world.a.teacher).get("/").content.decode()


def test_large_ids_are_written_whole_in_fields_and_addresses(world, sheet, client_for) -> None:
    pupil = User.objects.create_user(code="late", full_name="Nguyễn Thị Muộn", pk=1_234_567)
    Enrolment.objects.create(
        student=pupil, school_class=world.a.class1, school=world.a.school, starts=world.year.starts
    )
    page = client_for(world.a.teacher).get(reverse("gradebook:sheet", args=[sheet.pk])).content.decode()
    assert 'data-student="1234567"' in page
    assert 'name="m-1234567-' in page
    roll = client_for(world.a.homeroom).get(reverse("gradebook:attendance", args=[world.a.class1.pk])).content.decode()
    assert 'name="vang-1234567"' in roll
    assert "1.234" not in page + roll


def test_a_page_left_open_by_another_person_writes_nothing_in_this_ones_name(world, sheet, client_for) -> None:
    column = sheet.columns.first()
    change = {"student": world.a.student.pk, "column": column.pk, "value": "8", "version": 0}
    body = json.dumps({"key": "k", "user": world.a.homeroom.pk, "changes": [change]})
    address = reverse("gradebook:sheet-save", args=[sheet.pk])
    answer = client_for(world.a.teacher).post(address, body, content_type="application/json")
    assert answer.status_code == 403
    assert not Mark.objects.exists()
