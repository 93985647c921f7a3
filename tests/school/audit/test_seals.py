"""Seals: whoever changes, removes or slips in an entry is found, also the owner of the database, also at the end."""

import datetime
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from config import env
from school.audit import triggers
from school.audit.models import Delivery, Entry, Horizon, Seal
from school.audit.places import ObjectPlace, PlaceError, name_of, place_of
from school.audit.processing import deliver, seal_all, seal_rows, settled
from school.audit.services import record
from school.audit.verifying import faults
from tests.world import World

pytestmark = pytest.mark.django_db
POSTGRES = connection.vendor == "postgresql"


@pytest.fixture(autouse=True)
def copy(settings: Any, tmp_path: Path) -> Path:
    """The place outside: a file that is only added to."""
    path = tmp_path / "outside" / "seals.jsonl"
    settings.AUDIT_SEAL_PLACES = [f"file://{path}"]
    return path


def told(count: int) -> list[Entry]:
    return [record(actor=None, action="exported", detail={"rows": number}) for number in range(count)]


def sealed(count: int = 5) -> list[Entry]:
    """Entries under a seal that has left the house."""
    made = told(count)
    assert seal_rows(made[-1].pk) is not None
    deliver()
    return made


def as_owner(sql: str, *values: Any) -> None:
    """What the owner of the database can do: take the guards down, change, put them up again."""
    with transaction.atomic(), connection.cursor() as cursor:
        if POSTGRES:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in triggers.guards_off(connection):
            cursor.execute(statement)
        cursor.execute(sql, values or None)
        for statement in triggers.guards_on(connection):
            cursor.execute(statement)


def test_a_trail_that_nobody_touched_is_whole(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    sealed()
    sealed(3)
    told(2)
    assert list(faults()) == []
    call_command("audit_verify")
    said = capsys.readouterr().out
    assert "2 dấu niêm" in said
    assert "nguyên vẹn" in said


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("UPDATE audit_entry SET actor_id = 4711 WHERE id = %s", "sửa"),
        ("UPDATE audit_entry SET detail = '{{\"rows\": 1000}}' WHERE id = %s", "sửa"),
        ("UPDATE audit_entry SET at = '2020-01-01 00:00:00+00' WHERE id = %s", "sửa"),
        ("DELETE FROM audit_entry WHERE id = %s", "4"),
    ],
)
def test_the_owners_tampering_with_an_entry_is_found(sql: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = sealed()
    as_owner(sql.replace("{{", "{").replace("}}", "}"), made[2].pk)
    with pytest.raises(CommandError):
        call_command("audit_verify")
    assert word in capsys.readouterr().err


def test_an_entry_slipped_into_a_sealed_gap_is_found() -> None:
    made = sealed()
    as_owner("DELETE FROM audit_entry WHERE id = %s", made[2].pk)
    as_owner(
        "INSERT INTO audit_entry (id, at, action, target, target_pk, target_name, address, host) "
        "VALUES (%s, '2026-01-01 00:00:00+00', 'exported', '', '', 'forged', '', '')",
        made[2].pk,
    )
    assert len(list(faults())) == 1


def test_a_removed_seal_in_the_middle_is_found() -> None:
    first = sealed()
    sealed()
    seal = Seal.objects.get(last=first[-1].pk)
    as_owner("DELETE FROM audit_delivery")
    as_owner("DELETE FROM audit_seal WHERE id = %s", seal.pk)
    assert len(list(faults())) >= 1


def test_the_last_entries_removed_with_their_seal_are_found_by_the_copy_outside(copy: Path) -> None:
    sealed()
    late = sealed(3)
    seal = Seal.objects.get(last=late[-1].pk)
    as_owner("DELETE FROM audit_delivery WHERE seal_id = %s", seal.pk)
    as_owner("DELETE FROM audit_seal WHERE id = %s", seal.pk)
    as_owner("DELETE FROM audit_entry WHERE id >= %s", late[0].pk)
    (fault,) = faults()
    assert str(seal.pk) in fault
    assert str(copy) in fault


def test_a_chain_that_was_rewritten_does_not_fit_the_copy_outside() -> None:
    made = sealed()
    as_owner("UPDATE audit_entry SET actor_id = 4711 WHERE id = %s", made[2].pk)
    as_owner("DELETE FROM audit_delivery")
    number = Seal.objects.get().pk
    as_owner("DELETE FROM audit_seal")
    again = seal_rows(made[-1].pk)
    assert again is not None
    as_owner("DELETE FROM audit_delivery")
    as_owner("UPDATE audit_seal SET id = %s", number)
    (fault,) = faults()
    assert "viết lại" in fault


def test_a_copy_that_was_cut_is_found(copy: Path) -> None:
    sealed()
    sealed()
    copy.write_text(copy.read_text().splitlines()[0] + "\n")
    assert len(list(faults())) == 1


def test_a_further_copy_is_compared_too(tmp_path: Path, copy: Path) -> None:
    sealed()
    other = tmp_path / "syslog"
    forged = json.loads(copy.read_text()) | {"seal": 99_999}
    other.write_text(f"Nov 30 20:00:00 host mai-truong: seal {json.dumps(forged)}\nnoise\n")
    with pytest.raises(CommandError):
        call_command("audit_verify", copy=[other])


def test_a_missing_trigger_makes_the_trail_doubtful() -> None:
    sealed()
    with connection.cursor() as cursor:
        cursor.execute('DROP TRIGGER "audit_rows_gradebook_mark_changed"' + (" ON gradebook_mark" if POSTGRES else ""))
    assert any("gradebook_mark" in fault for fault in faults())


def test_entries_left_unsealed_for_an_hour_are_said() -> None:
    Entry.objects.create(action="exported", at=timezone.now() - datetime.timedelta(hours=2))
    (fault,) = faults()
    assert "một giờ" in fault


def test_a_seal_that_cannot_leave_waits_and_the_later_ones_behind_it(settings: Any, tmp_path: Path, copy: Path) -> None:
    copy.parent.mkdir()
    copy.mkdir()
    made = told(2)
    seal_rows(made[0].pk)
    seal_rows(made[1].pk)
    for _ in range(3):
        assert deliver() == (0, 1)
    assert any("Is a directory" in fault for fault in list(Delivery.objects.values_list("error", flat=True)))
    copy.rmdir()
    assert deliver() == (2, 0)
    assert [json.loads(line)["hash"] for line in copy.read_text().splitlines()] == list(
        Seal.objects.order_by("pk").values_list("hash", flat=True)
    )


@pytest.fixture
def store(settings: Any, store_url: str) -> ObjectPlace:
    """The place outside is a bucket of an S3 server."""
    settings.AUDIT_SEAL_PLACES = [store_url]
    settings.AUDIT_SEAL_STORES = {store_url: env.storage(store_url)}
    place = place_of(store_url)
    assert isinstance(place, ObjectPlace)
    return place


def test_seals_go_to_a_store_as_objects_and_tell_there_of_entries_removed_here(store: ObjectPlace) -> None:
    sealed()
    late = sealed(3)
    hashes = list(Seal.objects.order_by("pk").values_list("hash", flat=True))
    assert [json.loads(line)["hash"] for line in store.lines() or []] == hashes
    assert list(faults()) == []
    seal = Seal.objects.get(last=late[-1].pk)
    as_owner("DELETE FROM audit_delivery WHERE seal_id = %s", seal.pk)
    as_owner("DELETE FROM audit_seal WHERE id = %s", seal.pk)
    as_owner("DELETE FROM audit_entry WHERE id >= %s", late[0].pk)
    (fault,) = faults()
    assert str(seal.pk) in fault
    assert "secret" not in fault


def test_a_seal_in_a_store_is_never_written_over(store: ObjectPlace) -> None:
    store.put("0000000001", "the first")
    store.put("0000000001", "another")
    assert store.lines() == ["the first"]


def test_a_store_that_does_not_answer_keeps_the_seal_waiting(settings: Any) -> None:
    address = "s3://key:secret@127.0.0.1:9/kho?secure=0"
    settings.AUDIT_SEAL_PLACES = [address]
    settings.AUDIT_SEAL_STORES = {address: env.storage(address)}
    seal_rows(told(2)[-1].pk)
    assert deliver() == (0, 1)
    assert "secret" not in Delivery.objects.get().error


def test_a_seal_goes_by_mail(settings: Any, mailoutbox: list[Any]) -> None:
    settings.AUDIT_SEAL_PLACES = ["mailto:thanh-tra@example.vn"]
    sealed()
    (mail,) = mailoutbox
    assert mail.to == ["thanh-tra@example.vn"]
    assert Seal.objects.get().hash in mail.body


def test_a_seal_goes_to_the_systems_log(settings: Any) -> None:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as log:
        log.bind(("127.0.0.1", 0))
        log.settimeout(5)
        settings.AUDIT_SEAL_PLACES = [f"syslog://127.0.0.1:{log.getsockname()[1]}"]
        sealed()
        line = log.recv(65_536).decode()
    assert line.startswith("<37>mai-truong: seal {")
    assert Seal.objects.get().hash in line


def test_the_key_of_a_store_is_not_kept_with_its_seals() -> None:
    assert name_of("s3://key:secret@s3.example/seals?region=hn") == "s3://s3.example/seals"
    with pytest.raises(PlaceError):
        place_of("ftp://example.vn/seals")


def test_young_entries_wait_for_the_next_turn() -> None:
    told(3)
    assert seal_all() == 0


@pytest.mark.skipif(POSTGRES, reason="SQLite asks the age alone")
def test_what_is_older_than_a_minute_is_sealed() -> None:
    for entry in range(3):
        Entry.objects.create(action="exported", at=timezone.now() - datetime.timedelta(minutes=3 - entry, seconds=1))
    assert seal_all() == 1
    assert Seal.objects.get().rows == 3


@pytest.mark.skipif(not POSTGRES, reason="numbers are committed out of order on PostgreSQL alone")
@pytest.mark.django_db(transaction=True)
def test_an_entry_of_a_long_transaction_is_not_left_out_of_its_seal() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def long_import() -> None:
        with transaction.atomic():
            record(actor=None, action="imported")
            begun.set()
            go_on.wait(20)
        connections.close_all()

    worker = threading.Thread(target=long_import)
    worker.start()
    assert begun.wait(20)
    late = record(actor=None, action="exported")
    assert settled() == 0
    Horizon.objects.update(at=timezone.now() - datetime.timedelta(minutes=5))
    # The first number is still on its way, the second is there.
    assert Entry.objects.count() == 1
    assert settled() == 0
    go_on.set()
    worker.join(20)
    assert settled() == late.pk
    assert Entry.objects.filter(pk__lte=late.pk).count() == 2


def test_many_entries_make_several_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("school.audit.processing.AT_ONCE", 4)
    made = told(10)
    count = 0
    while seal_rows(made[-1].pk) is not None:
        count += 1
    assert count == 3
    assert list(faults()) == []


def test_the_scheduler_seals_every_minute(settings: Any, client_for: Callable[..., Any]) -> None:
    from config.celery import app
    from school.audit.tasks import audit_seal

    assert settings.CELERY_BEAT_SCHEDULE["audit-seal"]["task"] == audit_seal.name
    assert audit_seal.name in app.tasks
