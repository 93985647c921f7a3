"""A parent sends a slip's code; the school answers; account and guardianship follow."""

import datetime
import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from school.audit.models import Entry
from school.families import codes
from school.families.models import ParentCode, ParentRequest
from school.families.services import codes_make, request_approve, request_refuse, request_send
from school.identity.models import User
from school.organisation.models import Guardianship
from school.policy import Actor, Role
from school.roster.models import SlipJob

pytestmark = pytest.mark.django_db
JOIN = "/lien-ket/"
SECRET = "chiếc ô màu xanh"


def new_code(world, student=None) -> str:
    student = student or world.a.outsider
    return codes_make(students=[student], by=world.a.school_admin)[student.pk]


def form(slip: str, **changed) -> dict[str, str]:
    given = {"code": slip, "name": "Ngô Văn Ba", "phone": "0987 654 321", "relation": "father", "password": SECRET}
    return given | changed


def send(world, **changed) -> ParentRequest:
    given = {"name": "Ngô Văn Ba", "phone": "+84987654321", "relation": "father", "password": SECRET}
    return request_send(code=new_code(world, changed.pop("student", None)), **(given | changed))


def test_a_parent_joins_from_slip_to_first_sign_in(world, client_for):
    parent = Client()
    answer = parent.post(JOIN, form(new_code(world)))
    status = answer.headers["Location"]
    assert "nhận yêu cầu" in parent.get(status).content.decode()
    request = ParentRequest.objects.get()
    client_for(world.a.school_admin).post(reverse("families:answer", args=[request.pk]), {"account": "new"})
    link = Guardianship.objects.get(student=world.a.outsider)
    assert (link.relation, link.is_primary, link.guardian.phone) == ("father", True, "+84987654321")
    page = parent.get(status).content.decode()
    assert link.guardian.code in page
    signed = parent.post("/dang-nhap/", {"login": "0987654321", "password": SECRET})
    assert signed.status_code == 302
    assert Actor.of(link.guardian).roles == {Role.PARENT}
    request.refresh_from_db()
    assert request.password == "", "the chosen password is kept with the account alone"


def test_the_homeroom_teacher_answers_for_the_own_class_alone(world, client_for):
    mine, other = send(world, student=world.a.student), send(world, student=world.a.outsider)
    client = client_for(world.a.homeroom)
    listed = client.get(reverse("families:requests")).content.decode()
    assert world.a.student.full_name in listed
    assert world.a.outsider.full_name not in listed
    assert client.get(reverse("families:answer", args=[mine.pk])).status_code == 200
    assert client.get(reverse("families:answer", args=[other.pk])).status_code == 404
    with pytest.raises(PermissionDenied):
        request_approve(request=other, account=None, by=world.a.homeroom)
    for stranger in (world.b.school_admin, world.b.homeroom):
        assert client_for(stranger).get(reverse("families:answer", args=[mine.pk])).status_code == 404
    for stranger in (world.a.teacher, world.a.principal, world.office_admin, world.a.father):
        assert client_for(stranger).get(reverse("families:answer", args=[mine.pk])).status_code == 403


def test_a_code_works_once_for_one_child_and_thirty_days(world):
    code = new_code(world)
    given = {"name": "Ngô Văn Ba", "phone": "+84987654321", "relation": "father", "password": SECRET}
    request_send(code=code, **given)
    late, ended = new_code(world, world.a.student), new_code(world, world.a.student2)
    ParentCode.objects.filter(student=world.a.student).update(expires=timezone.now() - datetime.timedelta(seconds=1))
    new_code(world, world.a.student2)
    for bad in (code, late, ended, "abcde-fgh34", ""):
        with pytest.raises(ValidationError):
            request_send(code=bad, **given)
    assert ParentRequest.objects.count() == 1


def test_a_code_is_read_as_people_copy_it_and_kept_as_a_hash(world):
    code = new_code(world)
    assert re.fullmatch(r"[a-z0-9]{5}-[a-z0-9]{5}", code)
    assert codes.code_read(f" {code.upper()} ") == code.replace("-", "")
    assert codes.code_read("abc") == ""
    kept = ParentCode.objects.get().code_hash
    assert code.replace("-", "") not in kept
    assert kept == codes.code_hash(code.replace("-", " "))


def test_wrong_codes_are_counted_and_the_door_shuts_in_words(world):
    client, code = Client(), new_code(world)
    for number in range(20):
        answer = client.post(JOIN, form(f"abcde-fgh{'abcdefghjkmnpqrtwxy346789'[number]}b"))
        assert answer.status_code == 422
        assert answer.context["form"].errors["code"]
    shut = client.post(JOIN, form(code))
    assert shut.status_code == 429
    assert "quá nhiều lần" in shut.content.decode()
    assert not ParentRequest.objects.exists()


def test_an_evening_of_forty_five_parents_behind_one_address_passes(world):
    client = Client()
    for _number in range(45):
        assert client.post(JOIN, form(new_code(world))).status_code == 302
    assert ParentRequest.objects.count() == 45


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "abc"),
        ("name", "Ba"),
        ("name", "0987"),
        ("phone", "024 3872 1234"),
        ("phone", "không có"),
        ("relation", "boss"),
        ("password", "12345"),
        ("password", "0987654321"),
        ("password", ""),
    ],
)
def test_bad_input_is_named_at_its_field_and_spends_no_code(world, field, value):
    answer = Client().post(JOIN, form(new_code(world), **{field: value}))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert ParentCode.objects.get().usable


def test_the_same_person_is_linked_with_the_old_account_and_password(world, client_for):
    world.a.father.set_password("mật khẩu cũ của bố")
    world.a.father.save()
    request = send(world, name="dang van cha", phone=world.a.father.phone)
    url = reverse("families:answer", args=[request.pk])
    page = client_for(world.a.school_admin).get(url)
    assert [(one.person, one.same) for one in page.context["known"]] == [(world.a.father, True)]
    client_for(world.a.school_admin).post(url, {"account": world.a.father.pk})
    father = User.objects.get(pk=world.a.father.pk)
    assert Actor.of(father).children == {world.a.student.pk, world.a.outsider.pk}
    assert father.check_password("mật khẩu cũ của bố")
    assert User.objects.filter(phone=world.a.father.phone).count() == 1


def test_a_phone_of_two_parents_makes_two_accounts_who_sign_in_by_code(world, client_for):
    request = send(world, student=world.a.student, name="Trần Thị Mai", phone=world.a.father.phone, relation="mother")
    client = client_for(world.a.school_admin)
    url = reverse("families:answer", args=[request.pk])
    page = client.get(url)
    assert [(one.person, one.same) for one in page.context["known"]] == [(world.a.father, False)]
    assert "dùng chung số này" in page.content.decode()
    client.post(url, {"account": "new"})
    request.refresh_from_db()
    assert request.account != world.a.father
    assert request.account.full_name == "Trần Thị Mai"
    assert Guardianship.objects.current().filter(student=world.a.student, is_primary=True).count() == 1
    signed = Client().post("/dang-nhap/", {"login": request.account.code, "password": SECRET})
    assert signed.status_code == 302


def test_the_public_page_tells_nothing_of_who_has_a_phone(world):
    known = Client().post(JOIN, form(new_code(world), phone=world.a.father.phone), follow=True).content.decode()
    unknown = Client().post(JOIN, form(new_code(world), phone="0987000111"), follow=True).content.decode()
    for text in (known, unknown):
        assert world.a.father.full_name not in text
    strip = re.compile(r"/lien-ket/da-gui/[^/]+/|nonce=\"[^\"]+\"|csrf[^>]+>|X-CSRFToken[^}]+")
    assert strip.sub("", known) == strip.sub("", unknown)


def test_only_an_account_of_that_phone_can_be_chosen(world, client_for):
    request = send(world)
    client = client_for(world.a.school_admin)
    client.post(reverse("families:answer", args=[request.pk]), {"account": world.a.principal.pk})
    request.refresh_from_db()
    assert request.state == "waiting"
    with pytest.raises(ValidationError):
        request_approve(request=request, account=world.a.principal, by=world.a.school_admin)


def test_a_refusal_needs_a_reason_that_the_parent_reads(world, client_for):
    parent = Client()
    status = parent.post(JOIN, form(new_code(world))).headers["Location"]
    request = ParentRequest.objects.get()
    client = client_for(world.a.school_admin)
    url = reverse("families:refuse", args=[request.pk])
    assert client.post(url, {"reason": " "}).status_code == 422
    client.post(url, {"reason": "Không đúng tên phụ huynh trong hồ sơ."})
    assert "Không đúng tên phụ huynh trong hồ sơ." in parent.get(status).content.decode()
    assert not Guardianship.objects.filter(student=world.a.outsider).exists()
    assert Entry.objects.filter(action="guardian_refused", actor_id=world.a.school_admin.pk).exists()
    with pytest.raises(ValidationError):
        request_approve(request=request, account=None, by=world.a.school_admin)
    with pytest.raises(ValidationError):
        request_refuse(request=request, reason="x", by=world.a.school_admin)


def test_a_forged_status_address_shows_nothing(world):
    send(world)
    assert Client().get("/lien-ket/da-gui/1/").status_code == 404
    assert Client().get("/lien-ket/da-gui/MQ:abc:def/").status_code == 404


def test_a_code_of_one_child_is_shown_once(world, client_for):
    client = client_for(world.a.homeroom)
    url = reverse("families:code", args=[world.a.student.pk])
    shown = client.post(url).context["code"]
    assert shown not in client.get(url).content.decode()
    assert request_send(code=shown, name="Đặng Văn Tư", phone="+84987654321", relation="other", password=SECRET).pk
    assert client.post(reverse("families:code", args=[world.a.outsider.pk])).status_code == 404


def test_the_class_sheet_carries_a_code_for_every_pupils_parents(world, client_for, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client_for(world.a.school_admin).post(
            reverse("roster:slips-class", args=[world.a.class1.pk]), {"parent_codes": "on"}
        )
    job = SlipJob.objects.get()
    assert (job.state, job.total) == ("ready", 4)
    assert set(ParentCode.objects.values_list("student", flat=True)) == {world.a.student.pk, world.a.student2.pk}
    sheet = client_for(world.a.school_admin).post(reverse("roster:slips-sheet", args=[job.pk]))
    assert sheet.content.startswith(b"%PDF")


def test_the_list_of_requests_asks_a_fixed_number_of_queries(world, client_for, django_assert_max_num_queries):
    for _number in range(30):
        send(world)
    client = client_for(world.a.school_admin)
    with django_assert_max_num_queries(20):
        client.get(reverse("families:requests"))


def test_the_homeroom_teacher_finds_the_codes_on_the_class_list(world, client_for):
    url = reverse("roster:class", args=[world.a.class1.pk])
    link = reverse("families:code", args=[world.a.student.pk])
    for who, shown in ((world.a.homeroom, True), (world.a.school_admin, True), (world.a.teacher, False)):
        assert (link in client_for(who).get(url).content.decode()) is shown
    for who, shown in ((world.a.principal, True), (world.a.teacher, False)):
        page = client_for(who).get(url).content.decode()
        assert (reverse("people:person", args=[world.a.student.pk]) in page) is shown
