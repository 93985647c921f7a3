"""Asking for, correcting and deleting one's data: whose, by whom, until when, and what is kept."""

import datetime
import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from school.audit.models import Entry
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship
from school.privacy import processing, services
from school.privacy.clock import is_working, working_days_after
from school.privacy.models import DataExport, DataRequest
from school.privacy.selectors import answering_node, subjects_of, to_answer
from school.privacy.services import PrivacyError
from school.sso.models import HostSession
from tests.shared import proved
from tests.world import World

pytestmark = pytest.mark.django_db
HOME = "/du-lieu/"


def fetched(client: Client, subject: User) -> dict[str, Any]:
    """The JSON of the copy that the page links to."""
    page = client.get(f"{HOME}?nguoi={subject.pk}")
    _export, link = page.context["exports"][0]
    answer = client.get(f"/du-lieu/ban-sao/{link}/")
    assert answer.status_code == 200, answer.headers
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert {"du-lieu.json", "du-lieu.html"} == set(archive.namelist())
    assert subject.full_name in archive.read("du-lieu.html").decode()
    return json.loads(archive.read("du-lieu.json"))


def test_a_person_gets_a_copy_of_everything(
    world: World, client_for: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_for(world.a.student)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/du-lieu/ban-sao/", {"person": world.a.student.pk})
    sections = fetched(client, world.a.student)["sections"]
    assert sections["identity.User:pk"][0]["full_name"] == world.a.student.full_name
    assert sections["organisation.Enrolment:student"][0]["school_class__name"] == "6A1"
    assert sections["organisation.Guardianship:student"][0]["guardian__full_name"] == world.a.father.full_name
    assert "password" not in json.dumps(sections)
    told = Entry.objects.filter(action="exported", subject_id=world.a.student.pk).get()
    assert told.detail["rows"] >= 3


def test_a_parent_gets_their_childs_copy_and_nobody_elses(
    world: World, client_for: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_for(world.a.father)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/du-lieu/ban-sao/", {"person": world.a.student.pk})
    assert fetched(client, world.a.student)["person"] == world.a.student.code
    for stranger in (world.a.student2, world.b.student, world.a.teacher):
        assert client.get(f"{HOME}?nguoi={stranger.pk}").status_code == 404
        assert client.post("/du-lieu/ban-sao/", {"person": stranger.pk}).status_code == 404
    assert client.get(f"{HOME}?nguoi=x").status_code == 404


def test_a_copy_asks_who_is_there(world: World, client_for: Any) -> None:
    client = client_for(world.a.student)
    proved(client, world.a.student, seconds_ago=301)
    client.post("/du-lieu/ban-sao/", {"person": world.a.student.pk})
    assert not DataExport.objects.exists()


def made(world: World) -> DataExport:
    export = DataExport.objects.create(person=world.a.student, asked_by=world.a.father)
    processing.export_make(export.pk)
    export.refresh_from_db()
    return export


def test_a_link_is_the_askers_own_and_short_lived(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    link = services.export_link(made(world))
    assert services.export_fetch(token=link, by=world.a.father)[1].startswith(b"PK")
    for other in (world.a.student, world.a.mother_of_student2, world.a.principal):
        with pytest.raises(PrivacyError):
            services.export_fetch(token=link, by=other)
    with pytest.raises(PrivacyError):
        services.export_fetch(token=link[:-2] + "xx", by=world.a.father)
    monkeypatch.setattr(services, "LINK_SECONDS", -1)
    with pytest.raises(PrivacyError, match="không còn dùng được"):
        services.export_fetch(token=link, by=world.a.father)


def test_who_is_no_guardian_any_more_gets_no_copy(world: World) -> None:
    link = services.export_link(made(world))
    Guardianship.objects.filter(guardian=world.a.father).update(ends=timezone.localdate() - datetime.timedelta(days=1))
    with pytest.raises(PrivacyError):
        services.export_fetch(token=link, by=User.objects.get(pk=world.a.father.pk))


def test_a_copy_is_made_once_sealed_and_forgotten_after_a_day(world: World) -> None:
    export = made(world)
    assert not processing.export_make(export.pk)
    assert export.sealed.startswith("sealed:")
    assert processing.exports_forget() == 0
    DataExport.objects.update(ready_at=timezone.now() - datetime.timedelta(hours=25))
    assert processing.exports_forget() == 1
    export.refresh_from_db()
    assert (export.state, export.sealed) == ("gone", "")


def test_five_copies_a_day_are_enough(world: World) -> None:
    for _ in range(5):
        services.export_start(person=world.a.student, by=world.a.student)
    with pytest.raises(PrivacyError):
        services.export_start(person=world.a.student, by=world.a.student)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("day", "after"),
    [
        ("2026-11-30", "2026-12-02"),
        ("2026-12-03", "2026-12-07"),
        ("2026-12-31", "2027-01-05"),
        ("2027-04-29", "2027-05-04"),
    ],
)
def test_two_working_days_leave_out_weekends_and_holidays(day: str, after: str) -> None:
    assert working_days_after(datetime.date.fromisoformat(day), 2) == datetime.date.fromisoformat(after)
    assert is_working(datetime.date.fromisoformat(after))


def wish(world: World, kind: str = "deletion", by: User | None = None) -> DataRequest:
    return services.request_make(person=world.a.student, kind=kind, text="Xin xoá", by=by or world.a.father)


def test_a_wish_goes_to_the_persons_school_and_its_office(world: World) -> None:
    asked = wish(world)
    for reader in (world.a.principal, world.a.school_admin, world.office_admin):
        assert list(to_answer(reader)) == [asked]
    for other in (
        world.a.vice,
        world.a.teacher,
        world.a.homeroom,
        world.b.principal,
        world.b.school_admin,
        world.a.father,
    ):
        assert list(to_answer(other)) == []


def test_whoever_has_left_asks_the_school_they_were_at(world: World) -> None:
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    Enrolment.objects.filter(student=world.b.student).update(starts=yesterday, ends=yesterday)
    gone = User.objects.get(pk=world.b.student.pk)
    assert answering_node(gone) == world.b.school.node
    assert subjects_of(gone) == [gone]
    assert answering_node(User.objects.create_user(code="ai", full_name="Ai Đó")) == world.office


def test_the_clock_runs_and_is_shown_when_late(world: World, client_for: Any) -> None:
    asked = wish(world)
    today = timezone.localdate()
    assert asked.acknowledge_by == working_days_after(today, 2)
    assert asked.due == today + datetime.timedelta(days=10)
    principal = client_for(world.a.principal)
    assert "1 yêu cầu đang chờ trả lời" in principal.get("/").content.decode()
    assert "quá hạn" not in principal.get("/du-lieu/can-tra-loi/").content.decode()
    DataRequest.objects.update(acknowledge_by=today - datetime.timedelta(days=1))
    assert "1 yêu cầu quá hạn" in principal.get("/").content.decode()
    assert "Quá hạn" in principal.get("/du-lieu/can-tra-loi/").content.decode()
    principal.post(f"/du-lieu/can-tra-loi/{asked.pk}/", {"do": "acknowledge"})
    assert not DataRequest.objects.overdue().exists()


def test_a_refusal_keeps_its_reason_and_erases_nothing(world: World, client_for: Any) -> None:
    asked = wish(world)
    principal = client_for(world.a.principal)
    path = f"/du-lieu/can-tra-loi/{asked.pk}/"
    assert principal.post(path, {"granted": "no", "answer": ""}).status_code == 422
    principal.post(path, {"granted": "no", "answer": "Học bạ phải giữ theo quy định."})
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by, asked.erased) == ("refused", world.a.principal, {})
    assert (
        "Học bạ phải giữ theo quy định."
        in client_for(world.a.father).get(f"{HOME}?nguoi={world.a.student.pk}").content.decode()
    )
    assert Entry.objects.filter(action="data_answered", subject_id=world.a.student.pk).exists()


def test_a_granted_deletion_erases_traces_and_keeps_the_record(world: World) -> None:
    HostSession.objects.create(sid="s", user=world.a.student, session_key="k", host="localhost")
    asked = wish(world)
    services.request_answer(wish=asked, granted=True, answer="Đã xoá.", by=world.a.principal)
    asked.refresh_from_db()
    assert asked.erased == {"sso.HostSession": 1}
    assert not HostSession.objects.filter(user=world.a.student).exists()
    assert Enrolment.objects.filter(student=world.a.student).exists()
    assert Entry.objects.filter(action="data_erased", subject_id=world.a.student.pk).exists()


def test_whoever_has_left_also_loses_the_ways_to_reach_them(world: World) -> None:
    gone = User.objects.create_user(code="cu", full_name="Người Cũ", phone="+84912000111", email="cu@truong.example")
    asked = services.request_make(person=gone, kind="deletion", text="Xin xoá", by=gone)
    services.request_answer(wish=asked, granted=True, answer="Đã xoá.", by=world.office_admin)
    gone.refresh_from_db()
    assert (gone.phone, gone.email, gone.full_name) == ("", "", "Người Cũ")
    assert "912000111" not in gone.search_text


def test_nobody_answers_their_own_request_or_twice(world: World) -> None:
    own = services.request_make(person=world.a.principal, kind="correction", text="Sai tên", by=world.a.principal)
    assert list(to_answer(world.a.principal)) == []
    with pytest.raises(PrivacyError):
        services.request_answer(wish=own, granted=True, answer="Xong", by=world.a.principal)
    services.request_answer(wish=own, granted=True, answer="Đã sửa.", by=world.a.school_admin)
    with pytest.raises(PrivacyError):
        services.request_answer(wish=own, granted=False, answer="Không", by=world.office_admin)


def test_another_schools_requests_are_not_there(world: World, client_for: Any) -> None:
    asked = wish(world)
    path = f"/du-lieu/can-tra-loi/{asked.pk}/"
    assert client_for(world.b.principal).get(path).status_code == 404
    assert client_for(world.b.principal).post(path, {"granted": "yes", "answer": "x"}).status_code == 404
    assert client_for(world.a.teacher).get(path).status_code == 403


def test_a_wish_is_taken_back_by_whoever_sent_it(world: World, client_for: Any) -> None:
    asked = wish(world)
    client_for(world.a.student).post(f"/du-lieu/yeu-cau/{asked.pk}/rut/")
    asked.refresh_from_db()
    assert asked.state == "open"
    client_for(world.a.father).post(f"/du-lieu/yeu-cau/{asked.pk}/rut/")
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_the_list_of_requests_costs_the_same_for_one_as_for_ten(
    world: World, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        services.request_make(person=world.a.student, kind="correction", text=str(number), by=world.a.father)
    client = client_for(world.a.principal)
    client.get("/du-lieu/can-tra-loi/")
    with django_assert_max_num_queries(20):
        assert client.get("/du-lieu/can-tra-loi/").status_code == 200
