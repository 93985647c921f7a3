"""Bytes through one web process, as `make run` starts it: ranges of a film beside a static file server, and many uploads at once.

By the clock, in turns: what a browser waits for is the whole way, over HTTP.
"""

import base64
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from media.models import Asset, AssetState, Kind, RenditionSet, Upload
from media.tokens import Ticket, make_token
from tests.bench.measure import Figure, keep
from tests.media.lone import ROOT, environment, until
from tests.shared import proved
from tests.world import World, build

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

FILM_BYTES = 64 << 20
RANGE_BYTES = 1 << 20
UPLOADS = 20
UPLOAD_BYTES = 100 << 20
PIECE_BYTES = 4 << 20  # as the page sends them


@contextmanager
def web(application: str, env: dict[str, str], folder: Path) -> Iterator[tuple[str, int]]:
    """One web process with the threads of the embedded mode; (its address, the process that serves)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    words += ["--workers", "1", "--threads", "12", "--timeout", "120", "--log-level", "warning"]
    with (folder / "web.log").open("ab") as log:
        server = subprocess.Popen(
            words, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            try:
                return requests.get(f"{address}/nothing-here", timeout=30).status_code in (302, 404)
            except requests.RequestException:
                return False

        until("the web process", answers, seconds=60)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii").split()
        yield address, int(children[0])
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(timeout=20)


def signed_in(user: Any, address: str) -> requests.Session:
    """A browser's session of the person."""
    client = Client()
    client.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    proved(client, user)
    session = requests.Session()
    name = django_settings.SESSION_COOKIE_NAME
    session.cookies.set(name, client.cookies[name].value)
    page = session.get(address + reverse("media:mine"), timeout=30)
    assert page.status_code == 200, page.text[:500]
    session.headers["X-CSRFToken"] = page.text.partition('data-csrf="')[2].partition('"')[0]
    session.headers["Origin"] = address
    return session


@pytest.fixture
def world(transactional_db: None) -> World:
    """The two schools, for a server in another process."""
    return build()


def read_in_ranges(session: requests.Session, address: str) -> float:
    """Seconds for a whole film, a mebibyte at a time, over one connection."""
    started = time.perf_counter()
    for first in range(0, FILM_BYTES, RANGE_BYTES):
        answer = session.get(address, headers={"Range": f"bytes={first}-{first + RANGE_BYTES - 1}"}, timeout=30)
        assert answer.status_code == 206
        assert len(answer.content) == RANGE_BYTES
    return time.perf_counter() - started


def test_ranges_come_at_least_half_as_fast_as_from_a_static_file_server(world: World, tmp_path: Path) -> None:
    asset = Asset.objects.create(
        owner=world.a.teacher, school=world.a.school, kind=Kind.VIDEO, title="Phim", state=AssetState.READY, duration=60
    )
    shown = RenditionSet.objects.create(asset=asset, has_video=True)
    Asset.objects.filter(pk=asset.pk).update(current=shown)
    default_storage.save(shown.prefix + "v240.mp4", ContentFile(os.urandom(FILM_BYTES)))
    env = environment(tmp_path, lease=30, STATIC_BENCH_ROOT=default_storage.path(shown.prefix))
    token = make_token(Ticket(asset.pk, str(shown.pk), world.a.teacher.pk), seconds=600)
    times: tuple[list[float], list[float]] = ([], [])
    with (
        web("config.wsgi:application", env, tmp_path) as (ours, _),
        web("tests.bench.static_files:application", env, tmp_path) as (static, _),
    ):
        person, nobody = signed_in(world.a.teacher, ours), requests.Session()
        places = (
            (person, ours + reverse("media:bytes", args=[token, "v240.mp4"])),
            (nobody, f"{static}/files/v240.mp4"),
        )
        for number in range(6):
            for (session, address), kept in zip(places, times, strict=True):
                seconds = read_in_ranges(session, address)
                if number:
                    kept.append(seconds)
    rates = [FILM_BYTES / statistics.median(kept) / 1e6 for kept in times]
    ratio = rates[0] / rates[1]
    what = (
        "a film's ranges of 1 MiB from the embedded web process, beside WhiteNoise alone (by the clock; more is better)"
    )
    keep("bytes-ranges", Figure(what, f"{rates[0]:.0f} MB/s", f"{rates[1]:.0f} MB/s", f"{ratio:.2f}"))
    assert ratio > 0.4


def send(session: requests.Session, address: str, number: int) -> tuple[float, str]:
    """One upload by tus, piece after piece; (seconds from the announcement to the result, the result's state)."""
    tus = {"Tus-Resumable": "1.0.0"}
    words = base64.b64encode(f"bai-{number}.mp4".encode()).decode()
    piece = b"\x00\x00\x00\x20ftypisom" + os.urandom(PIECE_BYTES - 12)
    started = time.perf_counter()
    made = session.post(
        address + reverse("media:tus"),
        headers={**tus, "Upload-Length": str(UPLOAD_BYTES), "Upload-Metadata": f"filename {words}"},
        timeout=120,
    )
    assert made.status_code == 201, made.text[:300]
    place = address + made.headers["Location"]
    for offset in range(0, UPLOAD_BYTES, PIECE_BYTES):
        headers = {**tus, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        answer = session.patch(place, data=piece, headers=headers, timeout=120)
        assert answer.status_code == 204, (answer.status_code, answer.text[:300])
    result = session.get(f"{place}ket-qua/", timeout=120)
    return time.perf_counter() - started, str(result.status_code)


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_twenty_uploads_at_once_share_one_web_process_fairly_and_leave_its_memory_flat(
    world: World, tmp_path: Path
) -> None:
    env = environment(tmp_path, lease=30)
    with web("config.wsgi:application", env, tmp_path) as (address, pid):
        sessions = [signed_in(world.a.teacher, address) for _ in range(UPLOADS)]
        alone = [send(sessions[0], address, 0)[0] for _ in range(2)][-1]
        before, seen, over = memory(pid), [0.0], threading.Event()

        def look() -> None:
            while not over.wait(0.05):
                seen.append(memory(pid))

        watcher = threading.Thread(target=look)
        watcher.start()
        with ThreadPoolExecutor(UPLOADS) as together:
            found = list(together.map(lambda number: send(sessions[number], address, number), range(UPLOADS)))
        over.set()
        watcher.join()
    assert {state for _, state in found} == {"200"}
    assert Upload.objects.filter(asset__isnull=False).count() == UPLOADS + 2
    slowest = max(seconds for seconds, _ in found)
    ratio = slowest / (alone * UPLOADS)
    what = f"the slowest of {UPLOADS} uploads of 100 MB at once, beside {UPLOADS} one after another (by the clock)"
    keep("bytes-uploads", Figure(what, f"{slowest:.1f} s", f"{alone * UPLOADS:.1f} s", f"{ratio:.2f}"))
    first, second = max(seen[: len(seen) // 2]), max(seen[len(seen) // 2 :])
    growth = max(first, second) - before
    what = f"memory of the web process, second half of {UPLOADS} uploads at once (after one: {before:.0f} MB), beside the first"
    keep("bytes-uploads-memory", Figure(what, f"{second:.0f} MB", f"{first:.0f} MB", f"{second / first:.2f}"))
    assert ratio < 3
    assert second / first < 1.15
    # twelve requests at a time, each with its piece twice in memory at most
    assert growth < 12 * 3 * PIECE_BYTES / 1e6
