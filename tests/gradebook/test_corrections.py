"""Corrections of locked marks: asked for, weighed, decided by somebody else, written at once; and families who ask again."""

import datetime
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from gradebook.corrected import consequences_of
from gradebook.models import Correction, Mark, MarkLog, MarkReview, MarkSheet
from gradebook.processing import sheet_workbook
from gradebook.selectors import grid_of, published_subjects
from gradebook.services import (
    Change,
    CorrectionError,
    SheetError,
    correction_approve,
    correction_reject,
    correction_request,
    correction_withdraw,
    log_verify,
    review_answer,
    review_ask,
    sheet_lock,
    sheet_open,
    sheet_publish,
    sheet_revoke,
    sheet_sign,
    sheet_unlock,
)
from parentportal.models import Delivery
from school.organisation.models import Subject
from school.policy import can

FULL = ("8", "7,5", "9", "8", "7", "8,5")
PDF = b"%PDF-1.4 a scan of the paper that was marked again"


def columns_of(sheet):
    return {column.code: column for column in sheet.columns.all()}


@pytest.fixture
def locked(world, sheet, fill) -> MarkSheet:
    """Maths of 6A1, full, published and locked."""
    fill(sheet, world.a.student, *FULL)
    fill(sheet, world.a.student2, *FULL)
    sheet_publish(sheet=sheet, by=world.a.teacher)
    sheet_lock(sheet=sheet, by=world.a.principal)
    sheet.refresh_from_db()
    return sheet


@pytest.fixture
def ask(world, locked):
    """The teacher asks for another midterm mark of the first pupil, or for what is named."""

    def make(*cells, by=None, reason="Chấm lại bài, biên bản số 5", **more) -> Correction:
        columns = columns_of(locked)
        wanted = cells or ((world.a.student, "GK", "8,5"),)
        changes = [Change(student.pk, columns[code].pk, text, 1) for student, code, text in wanted]
        return correction_request(sheet=locked, changes=changes, by=by or world.a.teacher, reason=reason, **more)

    return make


def mark_of(sheet, student, code) -> Mark:
    return Mark.objects.get(column=columns_of(sheet)[code], student=student)


def test_a_request_needs_a_reason_a_change_and_a_lock(world, locked, ask) -> None:
    with pytest.raises(SheetError, match="lí do"):
        ask(reason=" ")
    with pytest.raises(CorrectionError, match="Chưa có điểm nào thay đổi"):
        ask((world.a.student, "GK", "7,0"))
    with pytest.raises(CorrectionError) as caught:
        ask((world.a.student, "GK", "11"))
    assert "Điểm cao nhất là 10" in caught.value.faults[0]
    sheet_unlock(sheet=locked, by=world.a.principal, reason="x", groups=["GK"])
    with pytest.raises(CorrectionError) as caught:
        ask()
    assert "cột đang mở" in caught.value.faults[0]
    with pytest.raises(CorrectionError):
        correction_request(
            sheet=locked,
            changes=[Change(world.a.outsider.pk, columns_of(locked)["CK"].pk, "8")],
            by=world.a.teacher,
            reason="x",
        )
    assert not Correction.objects.exists()


def test_asking_changes_nothing_and_one_mark_waits_for_one_decision(world, locked, ask) -> None:
    made = ask()
    assert mark_of(locked, world.a.student, "GK").value == 7
    (cell,) = made.cells.all()
    assert (cell.old, cell.new, cell.version) == ("7", "8,5", 1)
    with pytest.raises(CorrectionError) as caught:
        ask((world.a.student, "GK", "9"))
    assert "đang chờ duyệt" in caught.value.faults[0]


def test_the_consequences_are_named_before_the_decision(world, ask) -> None:
    lines = consequences_of(ask())
    assert [(line.what, line.before, line.after, line.told) for line in lines][:2] == [
        ("GK", "7", "8,5", True),
        # (8 + 7,5 + 9 + 8 + 2 × 8,5 + 3 × 8,5) : 9 = 8,33
        ("Kết quả học kì", "8,0", "8,3", False),
    ]


def test_the_years_result_of_the_subject_follows_when_both_terms_are_there(world, locked, ask, fill) -> None:
    second = sheet_open(school_class=world.a.class1, subject=world.maths, term=world.term2)
    fill(second, world.a.student, "7", "7", "7", "7", "7", "7")
    year = consequences_of(ask())[2]
    # (8,0 + 2 × 7,0) : 3 = 7,33 and (8,3 + 2 × 7,0) : 3 = 7,43
    assert (year.what, year.before, year.after, year.changes) == ("Kết quả cả năm của môn", "7,3", "7,4", True)


def test_the_learning_result_of_term_and_year_follows_when_the_books_are_complete(world, locked, ask, fill) -> None:
    def row(subject, term, text):
        sheet = sheet_open(school_class=world.a.class1, subject=subject, term=term)
        fill(sheet, world.a.student, *[text] * (sheet.columns.count() - 1))

    scored = Subject.objects.filter(code__in=["NGU_VAN", "NGOAI_NGU_1", "GDCD", "LSDL", "KHTN", "TIN_HOC"])
    assert len(scored) == 6
    for subject in scored:
        row(subject, world.term1, "8")
    down = ask((world.a.student, "CK", "0"), (world.a.student, "GK", "0"))

    def levels() -> dict[str, tuple[str, str]]:
        return {line.what: (line.before, line.after) for line in consequences_of(down) if "học tập" in line.what}

    # Maths falls to (8 + 7,5 + 9 + 8) : 9 = 3,6: by Art. 9(2) Đạt, and Khá again by Art. 9(3), for only maths stands against Tốt.
    assert levels() == {"Kết quả học tập học kì": ("Tốt", "Khá")}
    row(world.pe, world.term1, "CĐ")
    assert levels() == {"Kết quả học tập học kì": ("Khá", "Đạt")}
    for subject in scored:
        row(subject, world.term2, "8")
    row(world.maths, world.term2, "7")
    # (8,0 + 2 × 7) : 3 = 7,3 falls to (3,6 + 2 × 7) : 3 = 5,9.
    assert levels()["Kết quả học tập cả năm"] == ("Tốt", "Khá")


def test_approving_writes_mark_result_published_copy_and_log_at_once_and_the_lock_stays(
    world, locked, ask, django_capture_on_commit_callbacks
) -> None:
    made = ask(evidence=SimpleUploadedFile("bai.pdf", PDF), evidence_name="bai.pdf")
    with django_capture_on_commit_callbacks(execute=True):
        correction_approve(correction=made, by=world.a.principal, answer="đồng ý")
    mark = mark_of(locked, world.a.student, "GK")
    assert (str(mark.value), str(mark.published_value), mark.origin, mark.by) == (
        "8.5", "8.5", "correction", world.a.teacher,
    )  # fmt: skip
    result = locked.results.get(student=world.a.student)
    assert (str(result.average), str(result.published_average)) == ("8.3", "8.3")
    locked.refresh_from_db()
    assert (locked.state, locked.correcting) == ("locked", None)
    row = MarkLog.objects.get(channel="correction")
    made.refresh_from_db()
    assert (row.old, row.new, row.by, row.approver, row.reason, row.evidence) == (
        "7", "8,5", world.a.teacher, world.a.principal, "Chấm lại bài, biên bản số 5", made.evidence_sha256,
    )  # fmt: skip
    assert [row[1:] for row in made.consequences] == [["GK", "7", "8,5"], ["Kết quả học kì", "8,0", "8,3"]]
    assert list(log_verify(locked)) == []
    told = Delivery.objects.filter(key__startswith=f"correction:{made.pk}:")
    assert [delivery.student for delivery in told] == [world.a.student]
    assert "7" not in told.get().text.replace(world.a.father.phone, "")
    (subject,) = published_subjects(world.a.student, world.term1)
    assert subject.corrections == (f"GK: 7 → 8,5 ({timezone.localdate():%d/%m/%Y})",)


def test_a_family_that_never_read_the_old_mark_gets_no_notice(
    world, sheet, fill, django_capture_on_commit_callbacks
) -> None:
    fill(sheet, world.a.student, *FULL)
    fill(sheet, world.a.student2, *FULL)
    sheet_lock(sheet=sheet, by=world.a.principal)
    made = correction_request(
        sheet=sheet,
        changes=[Change(world.a.student.pk, columns_of(sheet)["GK"].pk, "9", 1)],
        by=world.a.teacher,
        reason="nhầm",
    )
    with django_capture_on_commit_callbacks(execute=True):
        correction_approve(correction=made, by=world.a.principal)
    assert mark_of(sheet, world.a.student, "GK").published_value is None
    assert not Delivery.objects.exists()


def test_nobody_decides_their_own_request_not_even_the_database_lets_them(world, ask) -> None:
    made = ask(by=world.a.principal)
    assert not can(world.a.principal, "decide", made)
    with pytest.raises(CorrectionError, match="của chính mình"):
        correction_approve(correction=made, by=world.a.principal)
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.filter(pk=made.pk).update(
            state="approved", decided_by=world.a.principal, decided_at=timezone.now()
        )


@pytest.mark.parametrize("moved", [{"value": 6, "version": 2}, {"version": 3}], ids=["changed", "and back"])
def test_a_mark_that_moved_since_the_request_stops_the_approval_and_nothing_is_half_done(
    world, locked, ask, moved
) -> None:
    made = ask((world.a.student, "GK", "8,5"), (world.a.student2, "CK", "9"))
    other = correction_request(
        sheet=locked,
        changes=[Change(world.a.student.pk, columns_of(locked)["TX1"].pk, "9", 1)],
        by=world.a.teacher,
        reason="nhầm",
    )
    correction_approve(correction=other, by=world.a.principal)
    sheet_unlock(sheet=locked, by=world.a.principal, reason="x", groups=["CK"])
    Mark.objects.filter(pk=mark_of(locked, world.a.student2, "CK").pk).update(**moved)
    with pytest.raises(CorrectionError, match="đã thay đổi"):
        correction_approve(correction=made, by=world.a.principal)
    made.refresh_from_db()
    assert made.state == "requested"
    assert mark_of(locked, world.a.student, "GK").value == 7


def test_refusing_needs_words_and_withdrawing_is_the_requesters_alone(world, ask) -> None:
    made = ask()
    with pytest.raises(SheetError):
        correction_reject(correction=made, by=world.a.principal, answer=" ")
    with pytest.raises(CorrectionError):
        correction_withdraw(correction=made, by=world.a.homeroom)
    correction_reject(correction=made, by=world.a.principal, answer="thiếu biên bản")
    for decide in (
        lambda: correction_approve(correction=made, by=world.a.principal),
        lambda: correction_withdraw(correction=made, by=world.a.teacher),
    ):
        with pytest.raises(CorrectionError, match="không còn chờ"):
            decide()
    again = ask()
    correction_withdraw(correction=again, by=world.a.teacher)
    again.refresh_from_db()
    assert again.state == "withdrawn"
    actions = MarkLog.objects.exclude(action__in=["mark", "publish", "lock"]).values_list("action", flat=True)
    assert list(actions) == ["request", "reject", "request", "withdraw"]


def test_after_its_time_a_request_is_decided_no_more_and_may_be_made_again(world, ask) -> None:
    made = ask()
    Correction.objects.filter(pk=made.pk).update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    with pytest.raises(CorrectionError, match="quá hạn"):
        correction_approve(correction=made, by=world.a.principal)
    assert ask().pk != made.pk


def test_a_signed_sheet_is_corrected_only_after_its_signature_is_revoked(world, locked, ask) -> None:
    made = ask()
    sheet_sign(sheet=locked, by=world.a.principal)
    with pytest.raises(CorrectionError, match="đã kí"):
        correction_approve(correction=made, by=world.a.principal)
    with pytest.raises(CorrectionError):
        ask((world.a.student, "CK", "9"))
    sheet_revoke(sheet=locked, by=world.a.principal, reason="sửa điểm")
    correction_approve(correction=made, by=world.a.principal)
    assert str(mark_of(locked, world.a.student, "GK").value) == "8.5"


def test_the_paper_that_was_exchanged_afterwards_is_found(world, locked, ask) -> None:
    made = ask(evidence=SimpleUploadedFile("bai.pdf", PDF), evidence_name="bai.pdf")
    correction_approve(correction=made, by=world.a.principal)
    locked.refresh_from_db()
    assert list(log_verify(locked)) == []
    with made.evidence.storage.open(made.evidence.name, "wb") as paper:
        paper.write(b"another paper")
    assert len(list(log_verify(locked))) == 1


def test_corrected_marks_carry_a_footnote_on_the_page_on_paper_and_in_excel(world, locked, ask, client_for) -> None:
    correction_approve(correction=ask(), by=world.a.principal)
    grid = grid_of(locked)
    assert [cell.notes for row in grid.rows for cell in row.cells if cell.notes] == ["1"]
    client = client_for(world.a.teacher)
    said = "7 → 8,5"
    for page in ("sheet", "sheet-print"):
        text = client.get(reverse(f"gradebook:{page}", args=[locked.pk])).content.decode()
        assert said in text
        assert "Trần Thị Hiệu duyệt: Chấm lại bài, biên bản số 5" in text
    book = load_workbook(io.BytesIO(sheet_workbook(grid)))
    words = [str(cell.value) for row in book.active.iter_rows() for cell in row if cell.value]
    assert any(said in word for word in words)
    assert [cell.value for row in book.active.iter_rows() for cell in row if cell.comment] == ["8,5"]


def test_the_whole_way_over_the_pages_with_the_paper_for_those_alone_who_may_see_it(world, locked, client_for) -> None:
    teacher, principal = client_for(world.a.teacher), client_for(world.a.principal)
    url = reverse("gradebook:correction-ask", args=[locked.pk])
    assert 'value="7"' in teacher.get(url).content.decode()
    cell = f"{world.a.student.pk}-{columns_of(locked)['GK'].pk}"
    name = f"m-{cell}"
    assert f"{cell}:1" in teacher.get(url).content.decode()
    stale = teacher.post(url, {name: "8,5", "reason": "x", "versions": f"{cell}:9"})
    assert "đã thay đổi từ khi mở trang" in stale.content.decode()
    seen = {"versions": f"{cell}:1"}
    wrong = teacher.post(
        url,
        seen | {name: "8,5", "reason": "x", "evidence": SimpleUploadedFile("bai.pdf", b"<script>alert(1)</script>")},
    )
    assert (wrong.status_code, 'value="8,5"' in wrong.content.decode()) == (422, True)
    paper = SimpleUploadedFile("bai.pdf", PDF)
    sent = teacher.post(url, seen | {name: "8,5", "reason": "chấm lại", "evidence": paper})
    made = Correction.objects.get()
    assert sent.url == reverse("gradebook:correction", args=[made.pk])
    page = principal.get(sent.url).content.decode()
    assert "Gia đình đã xem điểm cũ" in page
    assert "8,3" in page
    paper = reverse("gradebook:correction-evidence", args=[made.pk])
    assert b"".join(principal.get(paper).streaming_content) == PDF
    assert principal.get(paper)["Content-Disposition"].startswith("attachment")
    statuses = {
        who: client_for(getattr(world.a, who)).get(paper).status_code
        for who in ("vice", "homeroom", "teacher2", "father", "student", "school_admin")
    }
    assert statuses == {
        "vice": 200, "homeroom": 200, "teacher2": 404, "father": 403, "student": 403, "school_admin": 403,
    }  # fmt: skip
    decide = reverse("gradebook:correction-decide", args=[made.pk])
    assert client_for(world.b.principal).post(decide, {"quyet": "duyet"}).status_code == 404
    assert client_for(world.a.vice).post(decide, {"quyet": "duyet"}).status_code in (403, 404)
    assert principal.post(decide, {"quyet": "tu-choi"}).status_code == 422
    assert principal.post(decide, {"quyet": "duyet"}).status_code == 302
    assert str(mark_of(locked, world.a.student, "GK").value) == "8.5"
    assert "Đã đính chính" in client_for(world.a.father).get(
        reverse("gradebook:report-of", args=[world.a.student.pk]) + "?hk=1"
    ).content.decode()  # fmt: skip


def test_a_family_asks_to_look_again_and_the_approved_correction_answers(
    world, locked, client_for, django_capture_on_commit_callbacks
) -> None:
    father, teacher = client_for(world.a.father), client_for(world.a.teacher)
    url = reverse("gradebook:review-new", args=[world.a.student.pk, locked.pk])
    mark = mark_of(locked, world.a.student, "GK")
    assert father.post(url, {"mark": mark.pk, "text": " "}).status_code == 422
    assert father.post(url, {"mark": mark.pk, "text": "Câu 3 chưa được chấm"}).status_code == 302
    assert father.post(url, {"mark": mark.pk, "text": "nữa"}).status_code == 422
    assert client_for(world.a.mother_of_student2).get(url).status_code == 404
    assert client_for(world.a.student).get(url).status_code == 404
    review = MarkReview.objects.get()
    assert "Câu 3 chưa được chấm" in teacher.get(reverse("gradebook:reviews")).content.decode()
    assert "gửi đề nghị sửa điểm" in teacher.get(reverse("gradebook:review", args=[review.pk])).content.decode()
    ask = reverse("gradebook:correction-ask", args=[locked.pk])
    name = f"m-{world.a.student.pk}-{mark.column_id}"
    seen = f"{world.a.student.pk}-{mark.column_id}:1"
    fields = {name: "8,5", "reason": "chấm lại câu 3", "phuc-khao": review.pk, "versions": seen}
    teacher.post(f"{ask}?phuc-khao={review.pk}", fields)
    with django_capture_on_commit_callbacks(execute=True):
        correction_approve(correction=Correction.objects.get(), by=world.a.principal)
    review.refresh_from_db()
    assert (review.state, review.answer) == ("changed", "Điểm đã được sửa: 7 → 8,5.")
    assert Delivery.objects.filter(key__startswith=f"review:{review.pk}:").count() == 1
    assert "Điểm đã được sửa" in father.get(url).content.decode()


def test_a_teacher_answers_that_the_mark_stays_but_not_that_an_old_mark_was_changed(world, locked) -> None:
    review = review_ask(mark=mark_of(locked, world.a.student, "CK"), by=world.a.father, text="xem lại")
    with pytest.raises(SheetError, match="vẫn thấy điểm cũ"):
        review_answer(review=review, by=world.a.teacher, answer="đã sửa", changed=True)
    with pytest.raises(SheetError):
        review_answer(review=review, by=world.a.teacher, answer=" ", changed=False)
    done = review_answer(review=review, by=world.a.teacher, answer="Đã chấm đúng đáp án.", changed=False)
    assert done.state == "kept"
    with pytest.raises(SheetError):
        review_answer(review=review, by=world.a.teacher, answer="x", changed=False)
