"""An office's administrator sends a set, looks at it and takes it over; makes one and carries it away."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from school.audit.models import Entry
from school.identity.models import User
from school.organisation.models import Membership, Node, School
from school.organisation.services import node_create
from school.roles import Role
from school.roster.models import OneRosterSet, SourcedId
from school.roster.oneroster.taking import set_run
from school.roster.tasks import forget_task
from tests.school.roster.test_oneroster import V12, edited, export, opened

pytestmark = pytest.mark.django_db


def send(client, world, content: bytes, django_capture_on_commit_callbacks, node: Node | None = None):
    file = SimpleUploadedFile("set.zip", content)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("roster:oneroster"), {"node": (node or world.office).pk, "file": file})
    return OneRosterSet.objects.first()


def renamed(world) -> bytes:
    """A set in which a pupil has another name."""
    return edited(export(V12), users=lambda text: text.replace("An,Đặng,Minh", "Ân,Đặng,Minh"))


def test_a_set_is_looked_at_before_it_is_taken_over(world, client_for, django_capture_on_commit_callbacks):
    client = client_for(world.office_admin)
    sent = send(client, world, renamed(world), django_capture_on_commit_callbacks)
    assert (sent.state, sent.version, sent.counts["changed"]["users"]) == ("preview", "1.2", 2)
    page = client.get(reverse("roster:oneroster-set", args=[sent.pk])).content.decode()
    assert "users: 2" in page
    assert User.objects.get(pk=world.a.student.pk).full_name == "Đặng Minh An"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("roster:oneroster-confirm", args=[sent.pk]))
    sent.refresh_from_db()
    assert (sent.state, bytes(sent.content)) == ("done", b"")
    assert User.objects.get(pk=world.a.student.pk).full_name == "Đặng Minh Ân"


def test_faults_are_on_the_page_and_in_a_file_and_only_good_rows_are_taken_when_said(
    world, client_for, django_capture_on_commit_callbacks
):
    client = client_for(world.office_admin)
    broken = edited(renamed(world), users=lambda text: text.replace(",true,", ",yes,", 1))
    sent = send(client, world, broken, django_capture_on_commit_callbacks)
    page = client.get(reverse("roster:oneroster-set", args=[sent.pk])).content.decode()
    assert "enabledUser" in page
    report = client.get(reverse("roster:oneroster-report", args=[sent.pk])).content.decode("utf-8-sig")
    assert report.splitlines()[0] == "file,row,column,value,message"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("roster:oneroster-confirm", args=[sent.pk]))
    sent.refresh_from_db()
    assert sent.state == "preview"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("roster:oneroster-confirm", args=[sent.pk]), {"accept_valid": "on"})
    sent.refresh_from_db()
    assert sent.state == "done"


def test_a_file_that_is_no_set_is_refused_in_words(world, client_for, django_capture_on_commit_callbacks):
    client = client_for(world.office_admin)
    sent = send(client, world, b"PK nonsense", django_capture_on_commit_callbacks)
    assert (sent.state, bytes(sent.content)) == ("refused", b"")
    assert sent.message in client.get(reverse("roster:oneroster-set", args=[sent.pk])).content.decode()


def test_a_dropped_set_is_not_written_and_two_answers_write_once(world, client_for, django_capture_on_commit_callbacks):
    client = client_for(world.office_admin)
    sent = send(client, world, renamed(world), django_capture_on_commit_callbacks)
    client.post(reverse("roster:oneroster-cancel", args=[sent.pk]))
    with django_capture_on_commit_callbacks(execute=True) as waiting:
        client.post(reverse("roster:oneroster-confirm", args=[sent.pk]))
    assert waiting == []
    assert not set_run(sent.pk)
    assert User.objects.get(pk=world.a.student.pk).full_name == "Đặng Minh An"


def test_a_lost_message_is_sent_again_and_a_dead_worker_is_told(world):
    sets = [
        OneRosterSet.objects.create(node=world.office, file_name="x", content=b"x", state=state)
        for state in ("queued", "writing")
    ]
    OneRosterSet.objects.update(beat="2020-01-01T00:00:00Z")
    forget_task()
    states = [OneRosterSet.objects.get(pk=one.pk).state for one in sets]
    assert states == ["refused", "failed"]


def test_an_export_is_made_by_the_office_alone_and_told_to_the_trail(world, client_for):
    data = {"version": "1.1", "school": world.a.school.pk}
    answer = client_for(world.office_admin).post(reverse("roster:oneroster-export"), data)
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert {row["name"] for row in opened(answer.content)["orgs"] if row["type"] == "school"} == {world.a.school.name}
    assert Entry.objects.filter(action="exported", actor_id=world.office_admin.pk).exists()
    for stranger in (world.a.principal, world.a.school_admin, world.a.father):
        assert client_for(stranger).post(reverse("roster:oneroster-export"), data).status_code == 403
        assert client_for(stranger).get(reverse("roster:oneroster")).status_code == 403


@pytest.fixture
def other_office(world):
    """A second office with its own administrator and no school."""
    node = node_create(kind="office", name="Phòng bên cạnh")
    admin = User.objects.create_user(code="vp2", full_name="Lê Thị Bên")
    Membership.objects.create(user=admin, role=Role.OFFICE_ADMIN, node=node, starts=world.year.starts)
    return node, admin


def test_another_office_changes_nothing_here_and_sees_no_set(
    world, client_for, other_office, django_capture_on_commit_callbacks
):
    node, admin = other_office
    client = client_for(admin)
    content = renamed(world)
    sent = send(client, world, content, django_capture_on_commit_callbacks, node)
    assert sent.node == node
    assert {fault["column"] for fault in sent.faults} >= {"sourcedId", "username"}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("roster:oneroster-confirm", args=[sent.pk]), {"accept_valid": "on"})
    assert User.objects.get(pk=world.a.student.pk).full_name == "Đặng Minh An"
    assert School.objects.count() == 2
    mine = send(client_for(world.office_admin), world, content, django_capture_on_commit_callbacks)
    assert client.get(reverse("roster:oneroster-set", args=[mine.pk])).status_code == 404
    assert (
        client.post(reverse("roster:oneroster"), {"node": world.office.pk, "file": io.BytesIO(b"x")}).status_code == 422
    )
    answer = client.post(reverse("roster:oneroster-export"), {"version": "1.2", "school": world.a.school.pk})
    assert answer.status_code == 302


def test_another_office_cannot_take_our_people_by_their_codes(
    world, client_for, other_office, django_capture_on_commit_callbacks
):
    node, admin = other_office
    content = export(V12)
    SourcedId.objects.all().delete()
    foreign = edited(
        content,
        orgs=lambda text: text.replace(world.a.school.code, "77770001").replace(world.b.school.code, "77770002"),
    )
    sent = send(client_for(admin), world, foreign, django_capture_on_commit_callbacks, node)
    assert "username" in {fault["column"] for fault in sent.faults}
    with django_capture_on_commit_callbacks(execute=True):
        client_for(admin).post(reverse("roster:oneroster-confirm", args=[sent.pk]), {"accept_valid": "on"})
    assert world.a.student.enrolments.count() == 1
    assert not Membership.objects.filter(user=world.a.principal, node__school__code="77770001").exists()


def test_the_page_of_sets_asks_the_data_base_a_fixed_number_of_times(world, client_for, django_assert_max_num_queries):
    OneRosterSet.objects.bulk_create(
        OneRosterSet(node=world.office, file_name=f"{n}.zip", by=world.office_admin) for n in range(30)
    )
    client = client_for(world.office_admin)
    with django_assert_max_num_queries(20):
        assert client.get(reverse("roster:oneroster")).status_code == 200
