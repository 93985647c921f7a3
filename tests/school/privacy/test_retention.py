"""How long things are kept: the office's rule, a report first, deletion after somebody's word alone."""

import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from parentportal.models import Delivery
from school.privacy import processing, services
from school.privacy.models import RetentionRun
from school.privacy.selectors import retention_table, years_before
from school.privacy.services import PrivacyError
from school.sso.models import HostSession
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def traces(world: World) -> None:
    """A sign-in of three years ago and one of today."""
    for key in ("old", "new"):
        HostSession.objects.create(sid=key, user=world.a.student, session_key=key, host="localhost")
    HostSession.objects.filter(sid="old").update(started=timezone.now() - datetime.timedelta(days=3 * 366))


def rule(world: World, years: int | None = 2, kind: str = "traces") -> None:
    services.retention_set(kind=kind, years=years, basis="Quyết định của cơ quan", by=world.office_admin)


def test_without_a_rule_nothing_is_old(world: World, traces: None) -> None:
    assert processing.report_make().counts == []


def test_a_report_counts_and_deletes_nothing(world: World, traces: None, capsys: pytest.CaptureFixture[str]) -> None:
    rule(world)
    call_command("privacy_report")
    assert "1  sso.HostSession" in capsys.readouterr().out
    assert HostSession.objects.count() == 2
    assert RetentionRun.objects.get().state == "report"


def test_only_a_confirmed_report_deletes_and_once(
    world: World, traces: None, client_for: Any, django_capture_on_commit_callbacks: Any
) -> None:
    rule(world)
    run = processing.report_make()
    assert processing.report_carry_out(run.pk) == 0
    client = client_for(world.office_admin)
    assert "sso.HostSession" in client.get("/du-lieu/luu-tru/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/du-lieu/luu-tru/xoa/{run.pk}/")
    run.refresh_from_db()
    assert (run.state, run.confirmed_by) == ("done", world.office_admin)
    assert not HostSession.objects.filter(sid="old").exists()
    assert HostSession.objects.filter(sid="new").exists()
    assert processing.report_carry_out(run.pk) == 0
    with pytest.raises(PrivacyError):
        services.retention_confirm(run=run, by=world.office_admin)


def test_a_newer_report_replaces_an_unanswered_one(world: World, traces: None) -> None:
    rule(world)
    first, second = processing.report_make(), processing.report_make()
    first.refresh_from_db()
    assert (first.state, second.state) == ("stale", "report")
    with pytest.raises(PrivacyError):
        services.retention_confirm(run=first, by=world.office_admin)


@pytest.mark.parametrize("kind", ["records", "posts", "work", "account", "trail", "khong-co"])
def test_records_of_schooling_and_the_trail_get_no_rule(world: World, kind: str) -> None:
    with pytest.raises(PrivacyError):
        rule(world, kind=kind)


def test_a_rule_rests_on_something(world: World) -> None:
    with pytest.raises(PrivacyError):
        services.retention_set(kind="traces", years=2, basis=" ", by=world.office_admin)
    with pytest.raises(PrivacyError):
        services.retention_set(kind="traces", years=0, basis="x", by=world.office_admin)


def test_messages_are_counted_once_though_they_concern_two_people(world: World) -> None:
    for key in ("a", "b"):
        Delivery.objects.create(
            school=world.a.school,
            student=world.a.student,
            recipient=world.a.father,
            kind="notice",
            channel="sms",
            to="+84912000001",
            text="x",
            key=key,
        )
    Delivery.objects.update(created_at=timezone.now() - datetime.timedelta(days=5 * 366))
    rule(world, 4, "contact")
    (line,) = processing.report_make().counts
    assert (line["model"], line["rows"]) == ("parentportal.Delivery", 2)


def test_only_the_office_sets_rules(world: World, client_for: Any) -> None:
    for who in (world.a.principal, world.a.school_admin, world.a.student):
        client = client_for(who)
        assert client.get("/du-lieu/luu-tru/").status_code == 403
        assert client.post("/du-lieu/luu-tru/traces/", {"years": 1, "basis": "x"}).status_code == 403
    client_for(world.office_admin).post("/du-lieu/luu-tru/traces/", {"years": 1, "basis": "QĐ"})
    assert next(line for line in retention_table() if line.kind.code == "traces").years == 1


@pytest.mark.pure
def test_a_leap_day_has_a_day_before_it() -> None:
    assert years_before(datetime.date(2028, 2, 29), 1) == datetime.date(2027, 2, 28)
