"""Files that browsers send straight into S3, piece by piece, by addresses that are signed here."""

import base64
import hashlib
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from config import env
from media import bucket, pipeline
from media.errors import MediaError
from media.models import Asset, AssetState, Kind, Upload
from media.sweep import sweep
from tests.media import clips
from tests.media.gate import Gate, gated_store
from tests.world import World

PIECE = 5 << 20


@pytest.fixture
def gate(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(bucket, "PART_BYTES", PIECE)
    with gated_store() as gate:
        settings.STORAGES = {**settings.STORAGES, "default": env.storage(gate.storage_url)}
        settings.MEDIA_PIPELINE = {"delivery": "s3", "threads": 2}
        yield gate


def announce(client: Client, data: bytes | int, name: str, **more: str) -> Any:
    length = data if isinstance(data, int) else len(data)
    return client.post(reverse("media:multipart"), {"name": name, "length": length, **more})


def sign(client: Client, address: str, number: int, piece: bytes = b"") -> dict[str, Any]:
    sha256 = base64.b64encode(hashlib.sha256(piece).digest()).decode() if piece else ""
    answer = client.post(f"{address}{number}/", {"sha256": sha256})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def put(client: Client, address: str, number: int, data: bytes) -> requests.Response:
    """One piece, as the browser does it: ask for the address, then send."""
    piece = data[(number - 1) * PIECE : number * PIECE]
    signed = sign(client, address, number, piece)
    return requests.put(signed["address"], data=piece, headers=signed["headers"], timeout=10)


def send(client: Client, data: bytes, name: str, **more: str) -> Any:
    """A whole file; the answer at its end."""
    address = announce(client, data, name, **more).json()["address"]
    for number in range(1, -(-len(data) // PIECE) + 1):
        assert put(client, address, number, data).status_code == 200
    return client.get(client.get(address).json()["result"])


@pytest.fixture
def film() -> bytes:
    """Somewhat more than two pieces."""
    options = (
        "-c:v",
        "mpeg4",
        "-b:v",
        "40M",
        "-minrate",
        "40M",
        "-maxrate",
        "40M",
        "-bufsize",
        "4M",
        "-vf",
        "noise=alls=60",
    )
    data = clips.clip("direct.mp4", size="640x480", seconds=3, options=options).read_bytes()
    assert 2 * PIECE < len(data) < 4 * PIECE
    return data


def test_a_film_goes_straight_into_the_store_after_a_break_and_becomes_ready(
    gate: Gate, world: World, client_for: Callable[..., Client], film: bytes
) -> None:
    client = client_for(world.a.teacher)
    created = announce(client, film, "Bài giảng.mp4", kinds="video")
    assert created.status_code == 201
    address = created.json()["address"]
    assert put(client, address, 1, film).status_code == 200
    gate.status, gate.refuses = 503, lambda method, path: method == "PUT"
    assert put(client, address, 2, film).status_code == 503

    gate.status = 0
    again = client_for(world.a.teacher)  # another tab, after the browser was closed
    assert again.get(address).json()["have"] == [1]
    for number in range(2, -(-len(film) // PIECE) + 1):
        put(again, address, number, film)
    result = again.get(again.get(address).json()["result"]).json()
    asset = Asset.objects.get(pk=result["asset"])
    assert (asset.title, asset.kind, asset.owner, asset.size) == ("Bài giảng", Kind.VIDEO, world.a.teacher, len(film))

    pipeline.run_job(asset.jobs.get().pk, owner="test")
    asset.refresh_from_db()
    assert (asset.state, asset.error_code) == (AssetState.READY, "")
    assert asset.sha256 == hashlib.sha256(film).hexdigest()
    with default_storage.open(str(asset.original.name)) as kept:
        assert kept.read() == film


def test_asking_for_the_result_twice_gives_the_same_file(
    gate: Gate, world: World, client_for: Callable[..., Client], film: bytes
) -> None:
    client = client_for(world.a.teacher)
    first = send(client, film, "a.mp4").json()
    again = client.get(reverse("media:upload-result", args=[Upload.objects.get().pk])).json()
    assert first == again
    assert Asset.objects.count() == 1


def test_a_pieces_address_is_signed_with_its_size_and_its_checksum(
    gate: Gate, world: World, client_for: Callable[..., Client]
) -> None:
    client = client_for(world.a.teacher)
    address = announce(client, PIECE + 10, "a.mp4").json()["address"]
    signed = sign(client, address, 2, b"0123456789")
    query = parse_qs(urlsplit(signed["address"]).query)
    assert {"content-length", "x-amz-checksum-sha256"} <= set(query["X-Amz-SignedHeaders"][0].split(";"))
    assert int(query["X-Amz-Expires"][0]) <= 3600
    assert signed["headers"] == {
        "x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(b"0123456789").digest()).decode()
    }
    assert client.post(f"{address}3/").status_code == 422
    assert client.post(f"{address}0/").status_code == 422
    assert client.post(f"{address}1/", {"sha256": "no checksum"}).status_code == 400


def test_a_piece_of_another_length_does_not_count_and_its_file_is_refused(
    gate: Gate, world: World, client_for: Callable[..., Client]
) -> None:
    client = client_for(world.a.teacher)
    address = announce(client, PIECE, "a.mp4").json()["address"]
    requests.put(sign(client, address, 1)["address"], data=b"x" * 100, timeout=10)
    assert client.get(address).json()["have"] == []
    answer = client.get(client.get(address).json()["result"])
    assert answer.status_code == 422
    assert not Asset.objects.exists()
    assert default_storage.listdir(f"uploads/{Upload.objects.get().pk}") == ([], [])


@pytest.mark.parametrize(
    ("name", "length", "status", "code"),
    [("virus.exe", 10, 422, "kind_not_allowed"), ("a.mp4", 0, 422, "empty"), ("a.mp4", 5 << 30, 413, "too_big")],
)
def test_what_may_not_come_is_refused_before_the_store_hears_of_it(
    gate: Gate, world: World, client_for: Callable[..., Client], name: str, length: int, status: int, code: str
) -> None:
    gate.asked.clear()
    answer = announce(client_for(world.a.teacher), length, name)
    with translation.override("vi"):
        assert (answer.status_code, answer.json()["error"]) == (status, MediaError(code).sentence)
    assert not Upload.objects.exists()
    assert gate.asked == []


def test_a_full_quota_is_said_before_the_first_byte(
    gate: Gate, world: World, client_for: Callable[..., Client], settings: Any
) -> None:
    settings.MEDIA_PIPELINE = {"quota_bytes": 1000}
    client = client_for(world.a.teacher)
    assert announce(client, 700, "a.mp4").status_code == 201
    assert announce(client, 400, "b.mp4").status_code == 413


def test_a_store_that_refuses_leaves_no_announcement_behind_and_a_finish_can_be_asked_for_again(
    gate: Gate, world: World, client_for: Callable[..., Client], film: bytes
) -> None:
    client = client_for(world.a.teacher)
    gate.status = 503
    assert announce(client, film, "a.mp4").status_code == 503
    assert not Upload.objects.exists()
    gate.status = 0
    address = announce(client, film, "a.mp4").json()["address"]
    for number in range(1, -(-len(film) // PIECE) + 1):
        put(client, address, number, film)
    result = client.get(address).json()["result"]
    gate.status = 503
    assert client.get(result).status_code == 503
    gate.status = 0
    assert client.get(result).status_code == 200


@pytest.mark.parametrize(
    ("name", "content"),
    [("bai.mp4", b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n"), ("anh.png", b"<svg><script>1</script></svg>")],
)
def test_what_the_name_does_not_tell_is_refused_at_the_end_and_deleted(
    gate: Gate, world: World, client_for: Callable[..., Client], name: str, content: bytes
) -> None:
    answer = send(client_for(world.a.teacher), content, name)
    with translation.override("vi"):
        assert (answer.status_code, answer.json()["error"]) == (422, MediaError("content_mismatch").sentence)
    assert not Asset.objects.exists()
    assert default_storage.listdir("uploads")[0] == []


def test_a_document_is_looked_at_as_a_whole(
    gate: Gate, world: World, client_for: Callable[..., Client], tmp_path: Path
) -> None:
    path = tmp_path / "sach.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("noise", os.urandom(PIECE))
    data = path.read_bytes()
    asset = Asset.objects.get(pk=send(client_for(world.a.teacher), data, "Sách.epub").json()["asset"])
    assert (asset.kind, asset.state, asset.content_type) == (Kind.DOCUMENT, AssetState.READY, "application/epub+zip")
    assert asset.sha256 == hashlib.sha256(data).hexdigest()
    assert default_storage.listdir("uploads")[0] == [str(asset.pk)]


def test_a_finished_upload_has_all_its_pieces_for_a_browser_that_missed_the_end(
    gate: Gate, world: World, client_for: Callable[..., Client], film: bytes
) -> None:
    client = client_for(world.a.teacher)
    first = send(client, film, "a.mp4").json()
    found = client.get(reverse("media:multipart-upload", args=[Upload.objects.get().pk])).json()
    assert found["have"] == [1, 2, 3]
    assert client.get(found["result"]).json() == first


def test_an_upload_that_the_store_has_forgotten_begins_anew(
    gate: Gate, world: World, client_for: Callable[..., Client], film: bytes
) -> None:
    client = client_for(world.a.teacher)
    address = announce(client, film, "a.mp4").json()["address"]
    put(client, address, 1, film)
    upload = Upload.objects.get()
    bucket.abort(upload.key, upload.multipart)  # as a rule of the bucket does after some days
    assert client.get(address).status_code == 404
    assert not Upload.objects.exists()


def test_another_persons_upload_does_not_exist(gate: Gate, world: World, client_for: Callable[..., Client]) -> None:
    address = announce(client_for(world.a.teacher), 10, "a.mp4").json()["address"]
    for stranger in (world.a.teacher2, world.b.teacher):
        other = client_for(stranger)
        assert other.get(address).status_code == 404
        assert other.post(f"{address}1/").status_code == 404
        assert other.delete(address).status_code == 404
    assert client_for(world.a.student).get(address).status_code == 403


def test_an_upload_can_be_given_up(gate: Gate, world: World, client_for: Callable[..., Client], film: bytes) -> None:
    client = client_for(world.a.teacher)
    address = announce(client, film, "a.mp4").json()["address"]
    put(client, address, 1, film)
    assert client.delete(address).status_code == 204
    assert not Upload.objects.exists()
    assert bucket.opened_before("uploads/", timezone.now() + timedelta(days=1)) == []
    assert client.get(address).status_code == 404


def test_pieces_of_uploads_that_never_ended_are_swept_with_a_row_and_without(
    gate: Gate, world: World, client_for: Callable[..., Client], film: bytes
) -> None:
    client = client_for(world.a.teacher)
    for name in ("late.mp4", "going-on.mp4"):
        put(client, announce(client, film, name).json()["address"], 1, film)
    bucket.begin("uploads/without-a-row/original.mp4")
    Upload.objects.filter(name="late.mp4").update(expires=timezone.now() - timedelta(minutes=1))
    # the test's store says of every upload that it began in 2010
    assert sweep().uploads == 2
    going_on = Upload.objects.get()
    assert bucket.opened_before("uploads/", timezone.now()) == [(going_on.key, going_on.multipart)]
    assert bucket.opened_before("uploads/", datetime(2010, 1, 1, tzinfo=UTC)) == []
    assert client.get(reverse("media:multipart-upload", args=[going_on.pk])).json()["have"] == [1]


def test_without_s3_there_is_nothing_to_send_to(world: World, client_for: Callable[..., Client]) -> None:
    client = client_for(world.a.teacher)
    assert announce(client, 10, "a.mp4").status_code == 404
    assert b"data-multipart" not in client.get(reverse("media:mine")).content
