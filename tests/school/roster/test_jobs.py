"""Long lists are read and written by the worker: progress, dropping, what became of a dead worker."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from school.identity.models import User
from school.roster import jobs
from school.roster.models import RosterImport
from school.roster.services import import_cancel, import_confirm, import_preview, imports
from school.roster.tasks import forget_task
from school.roster.writing.progress import Progress
from tests.school.roster.files import pupil, xlsx

pytestmark = pytest.mark.django_db


def rows(count: int) -> list:
    return [pupil(n, code=f"01{n:08d}", class_="6A1" if n % 2 else "6A2") for n in range(1, count + 1)]


def long_list(world, content: bytes | None = None, by=None) -> RosterImport:
    return import_preview(
        school=world.a.school,
        kind="students",
        file_name="hs.xlsx",
        content=content or xlsx(rows(imports.AT_ONCE + 10)),
        by=by or world.a.school_admin,
    )


def test_a_long_list_is_read_and_written_by_the_worker_and_its_page_survives_a_reload(
    world, client_for, django_capture_on_commit_callbacks
):
    client = client_for(world.a.school_admin)
    file = SimpleUploadedFile("hs.xlsx", xlsx(rows(imports.AT_ONCE + 10)))
    with django_capture_on_commit_callbacks() as waiting:
        client.post(reverse("roster:imports"), {"school": world.a.school.pk, "kind": "students", "file": file})
    record = RosterImport.objects.get()
    url = reverse("roster:import", args=[record.pk])
    assert record.state == "queued"
    for _time in range(2):
        page = client.get(url).content.decode()
        assert 'hx-trigger="every 1s"' in page
    assert reverse("roster:import-cancel", args=[record.pk]) in page
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    waiting[-1]()
    record.refresh_from_db()
    assert (record.state, record.counts["new"]) == ("preview", imports.AT_ONCE + 10)
    assert client.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert not User.objects.filter(code="0100000001").exists()
    with django_capture_on_commit_callbacks() as waiting:
        client.post(reverse("roster:import-confirm", args=[record.pk]))
    record.refresh_from_db()
    assert (record.state, record.droppable) == ("confirmed", False)
    assert reverse("roster:import-cancel", args=[record.pk]) not in client.get(url).content.decode()
    waiting[-1]()
    record.refresh_from_db()
    assert (record.state, bytes(record.content)) == ("done", b"")
    assert User.objects.filter(code__startswith="010000").count() == imports.AT_ONCE + 10


def test_a_short_list_is_answered_at_once(world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as waiting:
        record = long_list(world, xlsx(rows(5)))
    assert (record.state, waiting) == ("preview", [])


def test_a_list_dropped_while_it_waits_or_is_read_is_never_shown_nor_written(world, monkeypatch):
    record = long_list(world)
    assert import_cancel(record=record)
    assert not jobs.import_check(record.pk)
    second = long_list(world)
    heard: list[str] = []
    told = Progress.__call__

    def drop_while_reading(self, stage, done, total):
        heard.append(stage)
        RosterImport.objects.filter(pk=second.pk).update(state="cancelled", content=b"")
        if stage == "writing":
            told(self, stage, done, total)

    monkeypatch.setattr(Progress, "__call__", drop_while_reading)
    jobs.import_check(second.pk)
    for one in (record, second):
        one.refresh_from_db()
        assert (one.state, bytes(one.content), one.counts) == ("cancelled", b"", {})
    assert heard[:2] == ["reading", "checking"]
    assert not User.objects.filter(code="0100000001").exists()


def test_a_list_that_is_being_written_can_no_longer_be_dropped(world, client_for):
    record = long_list(world)
    RosterImport.objects.filter(pk=record.pk).update(state="writing")
    assert not import_cancel(record=record)
    page = client_for(world.a.school_admin).post(reverse("roster:import-cancel", args=[record.pk]), follow=True)
    assert page.status_code == 200
    record.refresh_from_db()
    assert record.state == "writing"


def test_a_message_that_comes_twice_writes_once(world):
    record = long_list(world)
    assert jobs.import_check(record.pk)
    assert not jobs.import_check(record.pk)
    record.refresh_from_db()
    assert import_confirm(record=record, by=world.a.school_admin, accept_valid=False) is None
    assert import_confirm(record=record, by=world.a.school_admin, accept_valid=False).refusal
    assert jobs.import_write(record.pk).written
    assert jobs.import_write(record.pk) is None


def test_faults_that_came_up_since_the_preview_leave_the_list_waiting_with_the_reason(world):
    record = long_list(world)
    jobs.import_check(record.pk)
    record.refresh_from_db()
    User.objects.create_user(code="0100000003", full_name="Người Khác").enrolments.create(
        school=world.b.school, school_class=world.b.class1
    )
    import_confirm(record=record, by=world.a.school_admin, accept_valid=False)
    assert not jobs.import_write(record.pk).written
    record.refresh_from_db()
    assert (record.state, len(record.faults)) == ("preview", 1)
    assert record.message
    assert not User.objects.filter(code="0100000001").exists()


def test_a_worker_that_died_leaves_a_list_that_says_so_and_a_lost_message_is_sent_again(world):
    dead, lost = long_list(world), long_list(world)
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    RosterImport.objects.filter(pk=dead.pk).update(state="checking", beat=long_ago)
    RosterImport.objects.filter(pk=lost.pk).update(beat=long_ago)
    forget_task()
    for one in (dead, lost):
        one.refresh_from_db()
    assert (dead.state, bytes(dead.content), bool(dead.message)) == ("failed", b"", True)
    assert lost.state == "preview"


def test_a_fault_of_ours_is_told_and_not_swallowed(world, monkeypatch):
    record = long_list(world)
    monkeypatch.setattr(jobs, "roster_import", lambda **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jobs.import_check(record.pk)
    record.refresh_from_db()
    assert record.state == "failed"


def test_progress_goes_from_reading_to_the_last_row(world, monkeypatch):
    record = long_list(world)
    heard: list[tuple[str, int, int]] = []
    monkeypatch.setattr(Progress, "__call__", lambda self, *told: heard.append(told))
    jobs.import_check(record.pk)
    count = imports.AT_ONCE + 10
    assert [stage for stage, _done, _total in heard][:3] == ["reading", "checking", "writing"]
    assert heard[-1] == ("writing", count, count)


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_by_others_while_the_transaction_is_open(world):
    from django.db import connection, transaction

    if connection.vendor != "postgresql":
        pytest.skip("an embedded data base has one writer")
    record = long_list(world, xlsx(rows(3)))
    progress = Progress(record.pk)
    other = connection.copy()
    try:
        with transaction.atomic():
            User.objects.create_user(code="x1", full_name="Ai Đó")
            progress("writing", 7, 9)
            with other.cursor() as cursor:
                cursor.execute("select stage, done, total from roster_rosterimport where id = %s", [record.pk])
                assert cursor.fetchone() == ("writing", 7, 9)
    finally:
        progress.close()
        other.close()
