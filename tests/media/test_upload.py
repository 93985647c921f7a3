"""Files on their way in: pieces by tus, one request by a form, and what is refused."""

import base64
import hashlib
import json
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from media.conf import media_settings
from media.content import identify
from media.errors import MediaError
from media.models import Asset, AssetState, Kind, Upload
from media.services import asset_create, upload_finish
from media.sweep import sweep
from media.tus import RowLock
from tests.media import clips
from tests.world import World

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


def announce(client: Client, data: bytes | int, name: str, *, kinds: str = "", **headers: str) -> Any:
    length = data if isinstance(data, int) else len(data)
    words = {"filename": name, "kinds": kinds}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items() if value)
    return client.post(
        reverse("media:tus"),
        headers={**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata, **headers},
        content_type="application/octet-stream",
    )


def piece(client: Client, place: str, offset: int, data: bytes, **headers: str) -> Any:
    return client.patch(place, data, content_type=PIECE, headers={**TUS, "Upload-Offset": str(offset), **headers})


def test_a_file_in_pieces_arrives_whole_after_a_break(world: World, client_for: Any) -> None:
    data = clips.clip("pieces.mp4").read_bytes()
    client = client_for(world.a.teacher)
    created = announce(client, data, "Bài giảng phân số.mp4", kinds="video")
    assert created.status_code == 201
    place = created["Location"]
    cut = len(data) // 3
    assert piece(client, place, 0, data[:cut]).status_code == 204

    again = client_for(world.a.teacher)  # another tab, after the browser was closed
    where = again.head(place, headers=TUS)
    assert (where["Upload-Offset"], where["Upload-Length"]) == (str(cut), str(len(data)))
    assert piece(again, place, cut, data[cut:]).status_code == 204

    result = again.get(f"{place}ket-qua/").json()
    asset = Asset.objects.get(pk=result["asset"])
    assert asset.sha256 == hashlib.sha256(data).hexdigest()
    assert (asset.title, asset.original_name) == ("Bài giảng phân số", "Bài giảng phân số.mp4")
    assert (asset.kind, asset.state, asset.owner, asset.school) == (
        Kind.VIDEO,
        AssetState.UPLOADED,
        world.a.teacher,
        world.a.school,
    )
    assert not (media_settings().incoming_folder / str(Upload.objects.get().pk)).exists()


def test_asking_for_the_result_twice_gives_the_same_file(world: World, client_for: Any) -> None:
    data = clips.clip("pieces.mp4").read_bytes()
    client = client_for(world.a.teacher)
    place = announce(client, data, "a.mp4")["Location"]
    piece(client, place, 0, data)
    answers = {client.get(f"{place}ket-qua/").json()["asset"] for _ in range(2)}
    assert answers == {str(Asset.objects.get().pk)}


def test_a_piece_at_the_wrong_place_is_refused_and_changes_nothing(world: World, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    place = announce(client, 10, "a.mp4")["Location"]
    assert piece(client, place, 0, b"12345").status_code == 204
    assert piece(client, place, 0, b"abcde").status_code == 409
    assert piece(client, place, 5, b"1234567").status_code == 400
    assert client.head(place, headers=TUS)["Upload-Offset"] == "5"


def test_a_damaged_piece_is_told_by_its_checksum(world: World, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    place = announce(client, 5, "a.mp4")["Location"]
    wrong = base64.b64encode(hashlib.sha1(b"other").digest()).decode()
    assert piece(client, place, 0, b"12345", **{"Upload-Checksum": f"sha1 {wrong}"}).status_code == 460
    assert client.head(place, headers=TUS)["Upload-Offset"] == "0"


def test_a_client_of_another_protocol_version_is_refused(world: World, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    answer = client.post(
        reverse("media:tus"), headers={"Tus-Resumable": "0.2.2", "Upload-Length": "5"}, content_type=PIECE
    )
    assert answer.status_code == 412


def test_the_protocol_announces_only_what_is_kept(world: World, client_for: Any) -> None:
    answer = client_for(world.a.teacher).options(reverse("media:tus"))
    assert answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) == {"creation", "termination", "checksum", "expiration"}


def test_an_upload_of_unknown_length_is_refused_because_the_quota_could_not_be_asked(
    world: World, client_for: Any
) -> None:
    answer = client_for(world.a.teacher).post(
        reverse("media:tus"), headers={**TUS, "Upload-Defer-Length": "1"}, content_type="application/octet-stream"
    )
    assert answer.status_code == 400
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("name", "length", "status", "code"),
    [
        ("virus.exe", 10, 422, "kind_not_allowed"),
        ("khong-duoi", 10, 422, "kind_not_allowed"),
        ("bai.mp4", 0, 422, "empty"),
        ("bai.mp4", 5 << 30, 413, "too_big"),
    ],
)
def test_what_may_not_come_is_refused_before_its_first_byte(
    world: World, client_for: Any, name: str, length: int, status: int, code: str
) -> None:
    answer = announce(client_for(world.a.teacher), length, name)
    with translation.override("vi"):
        assert (answer.status_code, answer.content.decode()) == (status, MediaError(code).sentence)
    assert not Upload.objects.exists()


def test_a_full_quota_counts_files_and_uploads_on_their_way(world: World, client_for: Any, settings: Any) -> None:
    settings.MEDIA_PIPELINE = {"quota_bytes": 1000}
    client = client_for(world.a.teacher)
    Asset.objects.create(owner=world.a.teacher, kind=Kind.VIDEO, title="cũ", size=500)
    assert announce(client, 400, "a.mp4").status_code == 201
    assert announce(client, 200, "b.mp4").status_code == 413
    assert announce(client_for(world.a.teacher2), 200, "b.mp4").status_code == 201


def test_a_piece_larger_than_a_piece_may_be_is_refused(world: World, client_for: Any, settings: Any) -> None:
    settings.MEDIA_PIPELINE = {"chunk_bytes": 10}
    client = client_for(world.a.teacher)
    place = announce(client, 20, "a.mp4")["Location"]
    assert piece(client, place, 0, b"x" * 11).status_code == 413
    assert client.head(place, headers=TUS)["Upload-Offset"] == "0"


def test_another_persons_upload_does_not_exist(world: World, client_for: Any) -> None:
    place = announce(client_for(world.a.teacher), 10, "a.mp4")["Location"]
    other = client_for(world.a.teacher2)
    assert other.head(place, headers=TUS).status_code == 404
    assert piece(other, place, 0, b"12345").status_code == 404
    assert other.delete(place, headers=TUS).status_code == 404
    assert client_for(world.a.student).head(place, headers=TUS).status_code == 403


def test_an_upload_can_be_given_up(world: World, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    place = announce(client, 10, "a.mp4")["Location"]
    piece(client, place, 0, b"12345")
    path = media_settings().incoming_folder / str(Upload.objects.get().pk)
    assert path.exists()
    assert client.delete(place, headers=TUS).status_code == 204
    assert not path.exists()
    assert not Upload.objects.exists()


def test_a_playlist_named_as_a_video_is_refused_with_a_sentence(world: World, client_for: Any) -> None:
    data = clips.playlist_in_disguise().read_bytes()
    client = client_for(world.a.teacher)
    place = announce(client, data, "bai.mp4")["Location"]
    answer = piece(client, place, 0, data)
    with translation.override("vi"):
        assert (answer.status_code, answer.content.decode()) == (422, MediaError("content_mismatch").sentence)
    assert client.get(f"{place}ket-qua/").status_code == 422
    assert not Asset.objects.exists()


def test_two_requests_do_not_write_one_upload_at_once(world: World, client_for: Any) -> None:
    place = announce(client_for(world.a.teacher), 10, "a.mp4")["Location"]
    key = str(Upload.objects.get().pk)
    first = RowLock().acquire(key, ttl_seconds=60)
    assert first is not None
    assert RowLock().acquire(key, ttl_seconds=60) is None
    RowLock().release(key, "stale")
    assert RowLock().acquire(key, ttl_seconds=60) is None
    RowLock().release(key, first)
    assert RowLock().acquire(key, ttl_seconds=0) is not None
    assert RowLock().acquire(key, ttl_seconds=60) is not None  # the holder died: its time ran out
    assert place.endswith(f"{key}/")


def test_an_upload_that_never_ends_is_swept(world: World, client_for: Any) -> None:
    announce(client_for(world.a.teacher), 10, "a.mp4")
    path = media_settings().incoming_folder / str(Upload.objects.get().pk)
    assert sweep().uploads == 0
    Upload.objects.update(expires=timezone.now() - timedelta(minutes=1))
    assert sweep().uploads == 1
    assert not path.exists()


def test_an_upload_that_is_not_complete_makes_no_file(world: World) -> None:
    upload = Upload.objects.create(
        pk=uuid.uuid4(), owner=world.a.teacher, name="a.mp4", length=10, offset=5, expires=timezone.now()
    )
    with pytest.raises(MediaError, match="missing"):
        upload_finish(upload)


def test_a_form_without_scripts_takes_a_file(world: World, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    data = clips.clip("form.mp3", picture=False).read_bytes()
    answer = client.post(reverse("media:mine"), {"file": SimpleUploadedFile("thơ.mp3", data), "title": "Bài thơ"})
    asset = Asset.objects.get()
    assert answer["Location"] == reverse("media:detail", args=[asset.pk])
    assert (asset.title, asset.kind) == ("Bài thơ", Kind.AUDIO)


def test_a_form_with_a_file_that_is_not_what_it_says_keeps_the_form_and_says_why(world: World, client_for: Any) -> None:
    answer = client_for(world.a.teacher).post(
        reverse("media:mine"), {"file": SimpleUploadedFile("bài.pdf", b"plain text")}
    )
    with translation.override("vi"):
        assert MediaError("content_mismatch").sentence in answer.content.decode()
    assert answer.status_code == 422


def zipped(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return path


def test_kinds_are_told_by_content(tmp_path: Path) -> None:
    def kind(path: Path, name: str) -> Kind:
        return identify(path, name).kind

    assert kind(clips.clip("a.webm", options=("-c:v", "libvpx", "-c:a", "libopus")), "a.webm") == Kind.VIDEO
    assert kind(clips.clip("a.ts", options=("-c:v", "mpeg2video")), "a.ts") == Kind.VIDEO
    assert kind(clips.clip("a.m4a", picture=False), "a.m4a") == Kind.AUDIO
    assert kind(clips.clip("a.wav", picture=False), "a.wav") == Kind.AUDIO
    assert kind(clips.clip("a.png", sound=False, options=("-frames:v", "1")), "a.png") == Kind.IMAGE
    assert kind(zipped(tmp_path / "a.h5p", h5p_json="{}"), "a.h5p") == Kind.PACKAGE
    assert kind(zipped(tmp_path / "a.epub", mimetype="application/epub+zip"), "a.epub") == Kind.DOCUMENT


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("a.mp4", b'<?xml version="1.0"?><MPD></MPD>'),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
        ("a.pdf", b"<html><script>1</script></html>"),
        ("a.jpg", b"\xff\xd8\xff\xe0 broken"),
        ("a.h5p", b"PK\x03\x04 not a zip"),
        ("a.mp4", b"%PDF-1.7 a document"),
    ],
)
def test_what_the_name_does_not_tell_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaError, match="content_mismatch"):
        identify(path, name)


def test_a_field_takes_only_the_kinds_it_asks_for(world: World) -> None:
    data = clips.clip("form.mp3", picture=False).read_bytes()
    with pytest.raises(MediaError, match="kind_not_allowed"):
        asset_create(owner=world.a.teacher, file=SimpleUploadedFile("a.mp3", data), kinds=[Kind.IMAGE])


def test_the_result_tells_where_to_ask_for_progress(world: World, client_for: Any) -> None:
    data = clips.clip("pieces.mp4").read_bytes()
    client = client_for(world.a.teacher)
    place = announce(client, data, "a.mp4")["Location"]
    piece(client, place, 0, data)
    result = json.loads(client.get(f"{place}ket-qua/").content)
    page = client.get(result["progress"]).content.decode()
    assert 'hx-trigger="every 2s"' in page
