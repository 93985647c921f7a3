"""The pages of the lists: who sees whom, how a list is sent and answered, how slips are made and fetched once."""

import datetime
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from school.identity.models import User
from school.roster import making
from school.roster.models import RosterImport, SlipJob
from school.roster.processing.slips import ALPHABET, password_new, sheet_pdf
from tests.school.roster.files import pupil, xlsx

pytestmark = pytest.mark.django_db


def send(client: Client, world, *rows, name: str = "hs.xlsx"):
    file = SimpleUploadedFile(name, xlsx(list(rows)))
    return client.post(
        reverse("roster:imports"), {"school": world.a.school.pk, "kind": "students", "file": file}, follow=True
    )


def cells(response) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()


def test_people_are_found_without_diacritics(world, client_for, django_assert_max_num_queries):
    client = client_for(world.a.principal)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("people:list"), {"tim": "dang minh"}).content.decode()
    assert "Đặng Minh An" in page
    assert "Ngô Gia Bảo" not in page


def test_people_stand_in_the_order_of_the_vietnamese_alphabet(world, client_for):
    page = client_for(world.a.principal).get(reverse("people:list")).content.decode()
    places = [page.index(name) for name in ("Đặng Minh An", "Bùi Ngọc Ánh", "Ngô Gia Bảo")]
    assert places == sorted(places)


def test_staff_are_listed_with_their_roles(world, client_for):
    page = client_for(world.a.vice).get(reverse("people:list"), {"nhom": "can-bo"}).content.decode()
    assert world.a.librarian.full_name in page
    assert world.b.librarian.code not in page


def test_a_teacher_reads_the_own_classes_alone(world, client_for):
    client = client_for(world.a.teacher)
    page = client.get(reverse("people:list")).content.decode()
    assert world.a.student.code in page
    assert world.a.outsider.code not in page
    assert client.get(reverse("roster:class", args=[world.a.class2.pk])).status_code == 404
    assert client.get(reverse("roster:class", args=[world.b.class1.pk])).status_code == 404


def test_parents_phones_are_for_the_head_and_the_homeroom_teacher(world, client_for):
    url = reverse("roster:class", args=[world.a.class1.pk])
    number = f"tel:{world.a.father.phone}"
    for reader in (world.a.principal, world.a.school_admin, world.a.homeroom):
        assert number in client_for(reader).get(url).content.decode()
    for reader in (world.a.teacher, world.a.librarian, world.office_admin):
        page = client_for(reader).get(url)
        assert page.status_code == 200
        assert number not in page.content.decode()


def test_pupils_and_parents_do_not_enter(world, client_for):
    for stranger in (world.a.student, world.a.father):
        for name in ("people:list", "people:excel", "roster:waiting", "roster:imports", "roster:slips"):
            assert client_for(stranger).get(reverse(name)).status_code == 403


def test_the_workbook_of_a_class_holds_its_pupils(world, client_for):
    response = client_for(world.a.homeroom).get(reverse("roster:class-excel", args=[world.a.class1.pk]))
    assert response.headers["Cache-Control"] == "private, no-store"
    rows = cells(response)
    assert [row[1] for row in rows[1:]] == ["Đặng Minh An", "Bùi Ngọc Ánh"]
    assert rows[1][2] == world.a.student.code


def test_a_list_is_looked_at_before_it_is_taken_over(world, client_for):
    client = client_for(world.a.school_admin)
    page = send(client, world, pupil(1), pupil(2, "Lê Thị Bích"))
    record = RosterImport.objects.get()
    assert record.state == "preview"
    assert record.counts["new"] == 2
    assert record.file_name in page.content.decode()
    assert not User.objects.filter(code="0103915001").exists()
    client.post(reverse("roster:import-confirm", args=[record.pk]))
    record.refresh_from_db()
    assert (record.state, bytes(record.content)) == ("done", b"")
    assert User.objects.filter(code__in=["0103915001", "0103915002"]).count() == 2


def test_a_list_with_faults_is_taken_over_only_when_the_person_says_so(world, client_for):
    client = client_for(world.a.school_admin)
    page = send(client, world, pupil(1), pupil(2, gender="Nữu")).content.decode()
    assert "Nữu" in page
    record = RosterImport.objects.get()
    client.post(reverse("roster:import-confirm", args=[record.pk]))
    record.refresh_from_db()
    assert record.state == "preview"
    assert not User.objects.filter(code="0103915001").exists()
    client.post(reverse("roster:import-confirm", args=[record.pk]), {"accept_valid": "on"})
    assert User.objects.filter(code="0103915001").exists()
    assert not User.objects.filter(code="0103915002").exists()


def test_the_report_of_faults_is_a_csv_or_a_workbook_that_runs_nothing(world, client_for):
    client = client_for(world.a.school_admin)
    send(client, world, pupil(1, name="=1+1"))
    record = RosterImport.objects.get()
    text = client.get(reverse("roster:import-report", args=[record.pk, "csv"])).content.decode("utf-8-sig")
    assert text.splitlines()[0] == "row,column,value,message"
    assert text.splitlines()[1].startswith("4,Họ và tên,'=1+1,")
    rows = cells(client.get(reverse("roster:import-report", args=[record.pk, "xlsx"])))
    assert rows[1][1] == "Họ và tên"
    assert client.get(reverse("roster:import-report", args=[record.pk, "pdf"])).status_code == 404


def test_a_file_that_cannot_be_read_is_refused_in_words_and_not_kept(world, client_for):
    client = client_for(world.a.school_admin)
    file = SimpleUploadedFile("hs.xlsx", b"%PDF-1.7")
    page = client.post(
        reverse("roster:imports"), {"school": world.a.school.pk, "kind": "students", "file": file}, follow=True
    )
    record = RosterImport.objects.get()
    assert record.state == "refused"
    assert bytes(record.content) == b""
    assert record.message in page.content.decode()


def test_two_answers_write_once_and_a_dropped_list_writes_nothing(world, client_for):
    client = client_for(world.a.school_admin)
    send(client, world, pupil(1))
    record = RosterImport.objects.get()
    client.post(reverse("roster:import-cancel", args=[record.pk]))
    client.post(reverse("roster:import-confirm", args=[record.pk]))
    record.refresh_from_db()
    assert (record.state, bytes(record.content)) == ("cancelled", b"")
    assert not User.objects.filter(code="0103915001").exists()


def test_a_list_for_a_school_that_one_does_not_administer_is_refused(world, client_for):
    file = SimpleUploadedFile("hs.xlsx", xlsx([pupil(1)]))
    answer = client_for(world.a.school_admin).post(
        reverse("roster:imports"), {"school": world.b.school.pk, "kind": "students", "file": file}
    )
    assert answer.status_code == 422
    assert not RosterImport.objects.exists()


def test_the_office_loads_lists_for_every_school(world, client_for):
    send(client_for(world.office_admin), world, pupil(1))
    assert RosterImport.objects.get().school == world.a.school


def test_files_that_nobody_answered_are_forgotten(world, client_for):
    send(client_for(world.a.school_admin), world, pupil(1))
    RosterImport.objects.update(created=timezone.now() - datetime.timedelta(hours=25))
    assert making.imports_expire() == 1
    record = RosterImport.objects.get()
    assert (record.state, bytes(record.content), record.faults) == ("expired", b"", [])


def make_slips(client: Client, world, django_capture_on_commit_callbacks, **data) -> SlipJob:
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("roster:slips-class", args=[world.a.class1.pk]), data)
    return SlipJob.objects.get()


def test_slips_give_working_passwords_to_those_who_never_signed_in(
    world, client_for, django_capture_on_commit_callbacks
):
    world.a.student2.set_password("mật khẩu của em")
    world.a.student2.last_login = timezone.now()
    world.a.student2.save()
    client = client_for(world.a.school_admin)
    job = make_slips(client, world, django_capture_on_commit_callbacks)
    assert (job.state, job.total, job.done) == ("ready", 1, 1)
    child = User.objects.get(pk=world.a.student.pk)
    assert child.must_change_password
    assert child.has_usable_password()
    assert child.initial_password_until > timezone.now()
    assert User.objects.get(pk=world.a.student2.pk).check_password("mật khẩu của em")
    assert not User.objects.get(pk=world.a.outsider.pk).has_usable_password()
    assert not User.objects.get(pk=world.a.father.pk).has_usable_password()


def test_parents_get_slips_when_asked(world, client_for, django_capture_on_commit_callbacks):
    job = make_slips(client_for(world.a.school_admin), world, django_capture_on_commit_callbacks, parents="on")
    assert job.total == 4
    assert User.objects.get(pk=world.a.father.pk).must_change_password


def test_the_sheet_is_sealed_and_fetched_once(world, client_for, django_capture_on_commit_callbacks):
    client = client_for(world.a.school_admin)
    job = make_slips(client, world, django_capture_on_commit_callbacks)
    assert b"%PDF" not in bytes(job.sealed)
    url = reverse("roster:slips-sheet", args=[job.pk])
    first = client.post(url)
    assert first.headers["Content-Type"] == "application/pdf"
    assert first.content.startswith(b"%PDF")
    job.refresh_from_db()
    assert (job.state, bytes(job.sealed)) == ("fetched", b"")
    assert client.post(url).status_code == 302
    assert client.get(url).status_code == 405


def test_a_colleague_does_not_fetch_the_sheet(world, client_for, django_capture_on_commit_callbacks):
    job = make_slips(client_for(world.a.school_admin), world, django_capture_on_commit_callbacks)
    url = reverse("roster:slips-sheet", args=[job.pk])
    assert client_for(world.office_admin).post(url).status_code == 404
    assert client_for(world.b.school_admin).post(url).status_code == 404
    assert client_for(world.a.teacher).post(url).status_code == 403


def test_a_sheet_that_nobody_fetched_is_erased(world, client_for, django_capture_on_commit_callbacks):
    job = make_slips(client_for(world.a.school_admin), world, django_capture_on_commit_callbacks)
    SlipJob.objects.update(beat=timezone.now() - datetime.timedelta(hours=2))
    making.sheets_forget()
    job.refresh_from_db()
    assert bytes(job.sealed) == b""


def test_a_job_is_made_once_and_one_whose_worker_died_is_given_up(world):
    job = SlipJob.objects.create(school_class=world.a.class1, by=world.a.school_admin, sign_in_address="x")
    assert making.slips_make(job.pk)
    assert not making.slips_make(job.pk)
    dead = SlipJob.objects.create(
        school_class=world.a.class1, by=world.a.school_admin, sign_in_address="x", state="running"
    )
    SlipJob.objects.filter(pk=dead.pk).update(created=timezone.now() - datetime.timedelta(hours=2))
    making.sheets_forget()
    dead.refresh_from_db()
    assert dead.state == "failed"


def test_the_progress_is_asked_for_by_itself(world, client_for):
    job = SlipJob.objects.create(
        school_class=world.a.class1, by=world.a.school_admin, sign_in_address="x", state="running", done=3, total=45
    )
    client = client_for(world.a.school_admin)
    part = client.get(reverse("roster:slips-job", args=[job.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "45" in part
    assert "hx-get" in part


def test_passwords_have_no_signs_that_are_mistaken_for_others():
    words = {password_new() for _count in range(200)}
    assert len(words) == 200
    assert not set("01lio5sz2uv") & set(ALPHABET)
    assert all(len(word) == 8 and set(word) <= set(ALPHABET) for word in words)


def test_a_name_on_a_slip_is_text_and_no_instruction_of_the_sheet():
    slip = {
        "name": '#panic("x") $a$ *b*',
        "group": "Lớp 6A1",
        "note": "",
        "code": "1",
        "phone": "",
        "password": "abcd3467",
    }
    pdf = sheet_pdf(school='Trường THCS #read("/etc/passwd")', address="a", slips=[slip] * 45, until=timezone.now())
    assert pdf.startswith(b"%PDF")


def test_who_has_never_signed_in_is_listed_and_goes_into_a_workbook(world, client_for):
    User.objects.filter(pk=world.a.student.pk).update(last_login=timezone.now())
    client = client_for(world.a.school_admin)
    page = client.get(reverse("roster:waiting")).content.decode()
    assert world.a.student.code not in page
    assert world.a.student2.code in page
    rows = cells(client.get(reverse("roster:waiting-excel")))
    assert {row[1] for row in rows[1:]} == {world.a.student2.code, world.a.outsider.code}
