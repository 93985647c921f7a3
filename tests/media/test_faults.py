"""What goes wrong around a job and inside a file: a store that refuses, a full disk, a lost database, hostile uploads."""

import json
import random
import shutil
import struct
import subprocess
import threading
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.storage import default_storage
from django.db import connection

from config import env
from media import jobs, pipeline
from media.conf import ffmpeg_binary, media_settings
from media.content import identify
from media.errors import MediaError
from media.graph import transcode_command
from media.models import Asset, AssetState, Job, JobState, Kind, RenditionSet, Upload
from media.plan import make_plan
from media.probe import probe
from media.runner import run_ffmpeg
from media.services import asset_from_file, upload_finish, upload_start
from tests.media import clips
from tests.media.gate import Gate, gated_store
from tests.media.lone import environment, lone_worker, until
from tests.world import World, build


def take_in(path: Path, world: World) -> Job:
    return asset_from_file(path, owner=world.a.teacher).jobs.get()


def small() -> Path:
    return clips.clip("plain.mp4", size="640x480")


# The store


@pytest.fixture
def gate(settings: Any) -> Iterator[Gate]:
    with gated_store() as gate:
        store = env.storage(gate.storage_url)
        settings.STORAGES = {**settings.STORAGES, "default": store}
        settings.MEDIA_PIPELINE = {"delivery": "s3", "threads": 2}
        yield gate


@pytest.mark.parametrize("status", [503, 403])
def test_a_store_that_refuses_is_waited_for_and_the_video_is_ready_when_it_is_back(
    gate: Gate, world: World, status: int
) -> None:
    job = take_in(small(), world)
    gate.status = status
    pipeline.run_job(job.pk, owner="a")
    job.refresh_from_db()
    assert (job.state, job.error_code, job.asset.state) == (JobState.QUEUED, "storage", AssetState.PROCESSING)

    gate.status = 0
    pipeline.run_job(job.pk, owner="a")
    job.refresh_from_db()
    assert (job.state, job.error_code, job.asset.state) == (JobState.DONE, "", AssetState.READY)


def test_a_store_that_refuses_half_way_keeps_no_half_set_and_shows_none(gate: Gate, world: World) -> None:
    job = take_in(small(), world)
    gate.status, gate.refuses = 403, lambda method, path: method in ("PUT", "POST") and "v240.mp4" in path
    pipeline.run_job(job.pk, owner="a")
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.QUEUED, "storage")
    assert any(method == "PUT" and path.endswith("a48.mp4") for method, path in gate.asked)  # some were stored
    assert default_storage.listdir(job.prefix) == ([], [])
    assert not RenditionSet.objects.exists()


def test_an_upload_outlives_a_store_that_refuses_at_its_end(gate: Gate, world: World) -> None:
    data = small().read_bytes()
    upload = upload_start(upload_id=uuid.uuid4(), owner=world.a.teacher, name="bai.mp4", length=len(data))
    folder = media_settings().incoming_folder
    folder.mkdir(exist_ok=True)
    (folder / str(upload.pk)).write_bytes(data)
    Upload.objects.update(offset=len(data))
    gate.status = 503
    with pytest.raises(MediaError) as caught:
        upload_finish(upload)
    assert (caught.value.code, caught.value.retryable) == ("storage", True)
    gate.status = 0
    asset = upload_finish(upload)
    with default_storage.open(str(asset.original.name)) as kept:
        assert kept.read() == data


# The disk


def test_an_encode_that_outgrows_its_limit_is_out_of_disk(tmp_path: Path) -> None:
    found = probe(small())
    command = transcode_command(ffmpeg_binary(), small(), found, make_plan(found), threads=2)
    with pytest.raises(MediaError) as caught:
        run_ffmpeg(command, folder=tmp_path, duration=found.duration, max_file_bytes=20_000)
    assert (caught.value.code, caught.value.retryable) == ("out_of_disk", True)


def on_a_small_disk(size: str, place: Path) -> list[str]:
    """Words that start a program with a disk of its own, seen by nobody else, at a place; skips where that is forbidden."""
    place.mkdir(parents=True, exist_ok=True)
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("needs unshare and leave to make namespaces")
    mount = f'mount -t tmpfs -o size={size} tmpfs "$0" && exec "$@"'
    return ["unshare", "-rm", "sh", "-c", mount, str(place)]


def test_a_disk_that_is_filled_during_the_encode_costs_an_attempt_and_nothing_else(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.services._send_hint", lambda job_id: None)
    job = take_in(small(), build())
    greedy, work, wrapper = tmp_path / "greedy", tmp_path / "work", tmp_path / "ffmpeg"
    greedy.touch()
    # something takes the rest of the disk while ffmpeg begins; the next attempt finds room again
    wrapper.write_text(
        f'#!/bin/sh\n[ -e "{greedy}" ] && cat /dev/zero > rest 2>/dev/null\nexec "{ffmpeg_binary()}" "$@"\n'
    )
    wrapper.chmod(0o755)
    env = environment(tmp_path, lease=30, WORKER_TEST_PIPELINE=json.dumps({"ffmpeg": str(wrapper)}))
    with lone_worker(env, before=on_a_small_disk("3m", work)) as worker:
        worker.wait(worker.run(job.pk, "a"))
        job.refresh_from_db()
        assert (job.state, job.error_code) == (JobState.QUEUED, "out_of_disk")
        greedy.unlink()
        worker.wait(worker.run(job.pk, "a"))
    job.refresh_from_db()
    assert (job.state, job.attempts, job.asset.state) == (JobState.DONE, 2, AssetState.READY)


def test_a_store_without_room_keeps_no_half_set(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.services._send_hint", lambda job_id: None)
    job = take_in(small(), build())
    renditions = Path(default_storage.path("renditions"))
    with lone_worker(environment(tmp_path, lease=30), before=on_a_small_disk("60k", renditions)) as worker:
        worker.wait(worker.run(job.pk, "a"))
        job.refresh_from_db()
        assert (job.state, job.error_code) == (JobState.QUEUED, "out_of_disk")
        assert worker.ask("store", job.prefix) == ""


# The database and other workers


def test_of_two_workers_that_claim_at_the_same_moment_one_wins(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.services._send_hint", lambda job_id: None)
    world = build()
    for _ in range(5):
        job = take_in(small(), world)
        together, won = threading.Barrier(4), []

        def claim(name: str, job: Job = job, together: Any = together, won: list[Any] = won) -> None:
            try:
                together.wait(timeout=10)
                won.append(jobs.claim(job.pk, owner=name))
            finally:
                connection.close()

        workers = [threading.Thread(target=claim, args=(f"worker-{number}",)) for number in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=60)
        leases = [lease for lease in won if lease is not None]
        assert (len(won), len(leases)) == (4, 1)
        job.refresh_from_db()
        assert (job.attempts, job.lease_token) == (1, leases[0].token)


def beside(name: str = "postgres") -> "psycopg.Connection[Any]":
    """A connection to another database of the server: it outlives the tests' one."""
    values = connection.settings_dict
    return psycopg.connect(
        host=values["HOST"], port=values["PORT"] or 5432, user=values["USER"], password=values["PASSWORD"], dbname=name,
        autocommit=True,
    )  # fmt: skip


@pytest.mark.skipif(connection.vendor != "postgresql", reason="an embedded database is not restarted")
def test_a_database_that_goes_away_during_the_work_costs_nothing_but_a_wait(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.services._send_hint", lambda job_id: None)
    job = take_in(small(), build())
    name = str(connection.settings_dict["NAME"])
    away, missed = threading.Event(), []
    real = pipeline._make

    def encode_meanwhile(*words: Any, **more: Any) -> Any:
        away.set()
        made = real(*words, **more)
        # the whole encode falls into the outage, and so does the publication's beginning
        missed.append(True)
        return made

    monkeypatch.setattr(pipeline, "_make", encode_meanwhile)

    def work() -> None:
        try:
            pipeline.run_job(job.pk, owner="a")
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    with beside() as server:
        assert away.wait(timeout=60)
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            until("the end of the encode", lambda: missed, seconds=60)
            worker.join(timeout=2)
            assert worker.is_alive()  # it waits
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    worker.join(timeout=60)
    connection.close()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.asset.state) == (JobState.DONE, 1, AssetState.READY)
    assert job.asset.current_id == RenditionSet.objects.get().pk


# The file


def test_a_file_that_grows_while_it_is_looked_at_is_looked_at_again_later(tmp_path: Path) -> None:
    whole = clips.clip("growing.ts", seconds=8).read_bytes()
    path = tmp_path / "growing.ts"
    path.write_bytes(whole[: len(whole) // 4])
    stop = threading.Event()

    def write() -> None:
        with path.open("ab") as file:
            while not stop.wait(0.01):
                file.write(whole[:188])
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(MediaError) as caught:
            probe(path)
    finally:
        stop.set()
        writer.join()
    assert (caught.value.code, caught.value.retryable) == ("unfinished", True)
    path.write_bytes(whole)
    assert probe(path).duration == pytest.approx(8, abs=0.2)


def claims_hours(path: Path, *, hours: int, everywhere: bool) -> Path:
    """A short MP4 whose header (with `everywhere`, each track's header too) says that it lasts for hours."""
    data = bytearray(clips.clip("short.mp4").read_bytes())
    for box, scale_at, length_at in ((b"mvhd", 12, 16), (b"mdhd", 12, 16)) if everywhere else ((b"mvhd", 12, 16),):
        at = data.find(box)
        while at >= 0:
            (scale,) = struct.unpack_from(">I", data, at + 4 + scale_at)
            struct.pack_into(">I", data, at + 4 + length_at, hours * 3600 * scale)
            at = data.find(box, at + 4)
    path.write_bytes(data)
    return path


def hours_of_stills(path: Path, hours: int) -> Path:
    """A small file that really lasts for hours: one picture a minute."""
    picture = f"color=size=160x120:rate=1/60:duration={hours * 3600}"
    clips.ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "ultrafast", str(path))
    return path


def eight_thousand(path: Path) -> Path:
    """One picture of 8192 × 8192."""
    size = "color=size=8192x8192:rate=1:duration=1"
    clips.ffmpeg("-f", "lavfi", "-i", size, "-c:v", "libx264", "-preset", "ultrafast", str(path))
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: hours_of_stills(folder / "b.mkv", 10), "too_long"),
        (lambda folder: eight_thousand(folder / "c.mkv"), "too_large_picture"),
    ],
    ids=["lasts ten hours", "8k x 8k"],
)
def test_a_monstrous_recording_is_refused_for_good_with_a_sentence(
    world: World, tmp_path: Path, make: Callable[[Path], Path], code: str
) -> None:
    job = take_in(make(tmp_path), world)
    pipeline.run_job(job.pk, owner="a")
    asset = Asset.objects.get()
    assert (asset.state, asset.error_code, asset.can_retry) == (AssetState.FAILED, code, False)
    assert asset.error


@pytest.mark.parametrize("everywhere", [False, True], ids=["the file's header", "every track's header"])
def test_a_header_that_claims_ten_hours_is_corrected_by_the_packets(
    world: World, tmp_path: Path, everywhere: bool
) -> None:
    job = take_in(claims_hours(tmp_path / "a.mp4", hours=10, everywhere=everywhere), world)
    pipeline.run_job(job.pk, owner="a")
    asset = Asset.objects.get()
    assert (asset.state, asset.error_code) == (AssetState.READY, "")
    assert asset.duration == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize(
    "content",
    [b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n", b"ffconcat version 1.0\nfile /etc/hostname\n"],
    ids=["renamed playlist", "ffconcat"],
)
def test_a_list_of_other_files_gets_past_neither_the_first_look_nor_the_second(
    world: World, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bai.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="content_mismatch"):
        take_in(path, world)
    with pytest.raises(MediaError) as caught:
        probe(path)
    assert (caught.value.code, caught.value.retryable) == ("unreadable", False)


def test_random_bytes_end_in_a_reason_after_one_attempt(world: World, tmp_path: Path) -> None:
    path = tmp_path / "nhieu.ts"  # a transport stream has no signature, so only the probe can tell
    path.write_bytes(b"\x00" + random.Random(1).randbytes(60_000))
    job = take_in(path, world)
    pipeline.run_job(job.pk, owner="a")
    job.refresh_from_db()
    assert (job.state, job.error_code, job.attempts) == (JobState.FAILED, "unreadable", 1)


def bomb(path: Path, entry: str) -> Path:
    """A book of some kilobytes of which one entry unpacks to 64 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if entry != "mimetype":
            archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr(entry, b"application/epub+zip" + bytes(64 << 20))
    return path


@pytest.mark.parametrize("entry", ["mimetype", "OEBPS/chapter.xhtml"])
def test_a_zip_bomb_in_a_books_clothing_is_refused_and_never_unpacked(tmp_path: Path, entry: str) -> None:
    path = bomb(tmp_path / "sach.epub", entry)
    assert path.stat().st_size < 100_000
    with pytest.raises(MediaError) as caught:
        identify(path, "sach.epub")
    assert (caught.value.code, caught.value.retryable) == ("archive_bomb", False)


def test_an_archive_with_an_endless_list_of_entries_is_refused_before_the_list_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sach.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    whole = path.read_bytes()
    at = whole.rfind(b"PK\x05\x06")
    path.write_bytes(whole[: at + 12] + struct.pack("<I", 1 << 30) + whole[at + 16 :])
    with pytest.raises(MediaError, match="archive_bomb"):
        identify(path, "sach.epub")


def test_an_honest_book_is_taken_in(world: World, tmp_path: Path) -> None:
    path = tmp_path / "sach.epub"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("OEBPS/chapter.xhtml", "<p>Con cò mà đi ăn đêm</p>" * 30_000)
    asset = asset_from_file(path, owner=world.a.teacher)
    assert (asset.kind, asset.content_type) == (Kind.DOCUMENT, "application/epub+zip")
