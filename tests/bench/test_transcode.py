"""What a transcode costs beside ffmpeg alone, beside other ways to make the same set, and how soon something can be watched.

CPU seconds of everything that was started, not the clock: the machine may be busy.
"""

import dataclasses
import hashlib
import os
import resource
import statistics
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from config.demo.files import demo_file
from media import jobs, pipeline
from media.conf import ffmpeg_binary, media_settings
from media.graph import transcode_command
from media.models import Asset, AssetState
from media.plan import Plan, make_plan
from media.probe import Probe, probe
from media.services import asset_from_file
from tests.bench.measure import Figure, keep
from tests.media import clips
from tests.media.lone import working_in
from tests.shared import shared
from tests.world import World

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

SECONDS = 20
# Far enough above the aims of docs/performance.md: a busy machine moves a ratio by a tenth, a mistake by more.
SLACK = 1.15


def source_of(name: str) -> Path:
    """The demonstration's lecture or the samples' film."""
    if name == "lecture":
        return demo_file("media", "bai-giang-phan-so-1080p.mp4")
    return shared("samples/media/bigbuckbunny_720p_5s.mp4")


@cache
def recording(name: str) -> Path:
    """The first seconds of the lecture (1080p, slides) or of a film (720p): the picture as it is, which is right at the top."""
    path = clips.folder() / f"recording-{name}.mp4"
    loops = "0" if name == "lecture" else "5"
    cut = ("-t", str(SECONDS), "-c:v", "copy", "-c:a", "aac", "-af", f"apad=whole_dur={SECONDS}")
    clips.ffmpeg("-stream_loop", loops, "-i", str(source_of(name)), *cut, str(path))
    return path


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of `work` and of every process it waited for."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)

    def used() -> float:
        return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, whose))

    before = used()
    work()
    return used() - before


def note(name: str, figure: str, measured: float, limit: float) -> float:
    """Keep a figure in CPU seconds; returns the ratio."""
    ratio = measured / limit
    keep(f"transcode-{name}", Figure(figure, f"{measured:.2f} s CPU", f"{limit:.2f} s CPU", f"{ratio:.2f}"))
    return ratio


def whole_job(source: Path, world: World) -> float:
    """A job from claim to publication: probe, ladder, poster, seek pictures, checks, store."""
    job = asset_from_file(source, owner=world.a.teacher).jobs.get()
    used = cpu(lambda: pipeline.run_job(job.pk, owner="bench"))
    assert Asset.objects.get(pk=job.asset_id).state == AssetState.READY
    return used


def run(*commands: list[str], folder: Path) -> float:
    """ffmpeg alone, once for each command."""

    def work() -> None:
        for command in commands:
            subprocess.run(command, cwd=folder, check=True, capture_output=True)

    return cpu(work)


def command(source: Path, found: Probe, plan: Plan, *, to_null: bool = False) -> list[str]:
    """The recipe's own command."""
    return transcode_command(ffmpeg_binary(), source, found, plan, threads=media_settings().threads, to_null=to_null)


def mediacms(source: Path, top: int, folder: Path) -> float:
    """What MediaCMS 8 does to an upload by default, as its helpers and encode profiles say (June 2026).

    A process for each of 144 to 1080 at preset medium, each decoding and encoding sound again; a preview by one more decode, seek
    pictures by another, the file's MD5, and the packaging of every rendition as a second copy.
    """
    start = [ffmpeg_binary(), "-nostdin", "-v", "error", "-y", "-threads", str(media_settings().threads)]
    rates = {144: 150, 240: 300, 360: 500, 480: 1000, 720: 2500, 1080: 4500}
    rates = {side: rate for side, rate in rates.items() if side <= top}
    commands = []
    for side, rate in rates.items():
        cap = f"{int(rate * 1.5)}k"
        words = [
            "-i",
            str(source),
            "-c:v",
            "libx264",
            "-filter:v",
            f"scale=-2:{side},fps=fps=30",
            "-pix_fmt",
            "yuv420p",
        ]
        words += ["-crf", "23", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-maxrate", cap, "-bufsize", cap]
        words += ["-force_key_frames", "expr:gte(t,n_forced*4)", "-x264-params", "keyint=240:keyint_min=120"]
        words += ["-preset", "medium", "-profile:v", "main", "-level", "4.2", f"m{side}.mp4"]
        commands.append([*start, *words])
    commands.append(
        [*start, "-ss", "5", "-t", "3", "-i", str(source), "-vf", "scale=344:-2:flags=lanczos,fps=25", "m.gif"]
    )
    commands.append([*start, "-i", str(source), "-vf", "fps=1/10,scale=160:90,tile=1x100", "-frames:v", "1", "m.jpg"])
    for side in rates:
        commands.append([*start, "-i", f"m{side}.mp4", "-c", "copy", "-f", "hls", "-hls_time", "4", f"m{side}.m3u8"])
    return run(*commands, folder=folder) + cpu(lambda: hashlib.md5(source.read_bytes()).hexdigest())


def uncopied(plan: Plan) -> Plan:
    """The plan of a recording that no browser plays as it is."""
    rungs = tuple(dataclasses.replace(rung, copied=False) for rung in plan.rungs)
    return dataclasses.replace(plan, rungs=rungs, audio_copied=False)


@contextmanager
def nothing_copied(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pipeline as if no source ever were right already."""
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "make_plan", lambda *words, **more: uncopied(make_plan(*words, **more)))
        yield


@pytest.mark.parametrize(("name", "words", "top"), [("lecture", "1080p slides", 1080), ("film", "a 720p film", 720)])
def test_a_job_costs_little_more_than_its_encode_and_much_less_than_other_ways(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str, top: int
) -> None:
    source = recording(name)
    found = probe(source)
    plan = uncopied(make_plan(found))
    assert plan.rungs[0].side == top
    whole, floor = [], []
    for _ in range(2):
        with nothing_copied(monkeypatch):
            whole.append(whole_job(source, world))
        floor.append(run(command(source, found, plan, to_null=True), folder=tmp_path))
    measured, limit = statistics.mean(whole), statistics.mean(floor)
    one_each = [Plan(rungs=(rung,), audio=plan.audio[:1]) for rung in plan.rungs] + [Plan(audio=plan.audio[1:])]
    separate = run(*(command(source, found, one) for one in one_each), folder=tmp_path)
    theirs = mediacms(source, top, tmp_path)
    what = f"{SECONDS} s of {words} from claim to publication"
    assert note(f"1-null-{name}", f"{what}, beside the same encode to nowhere", measured, limit) < 1.10 * SLACK
    assert note(f"2-separate-{name}", f"{what}, beside one process per rendition", measured, separate) < 0.85 * SLACK
    assert note(f"3-mediacms-{name}", f"{what}, beside MediaCMS's defaults", measured, theirs) < 0.35 * SLACK


@pytest.mark.parametrize(("name", "words"), [("lecture", "a 1080p lecture"), ("film", "a 720p film")])
def test_a_source_that_is_right_already_is_not_encoded_again(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    source = recording(name)
    assert make_plan(probe(source)).rungs[0].copied
    ours = whole_job(source, world)
    with nothing_copied(monkeypatch):
        full = whole_job(source, world)
    figure = f"{words} of {SECONDS} s whose top is right already, beside encoding it all"
    assert note(f"4-copied-{name}", figure, ours, full) < 0.75 * SLACK


def test_a_source_that_needs_no_other_rung_is_only_packaged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = clips.folder() / "small-240.mp4"
    scale = (
        "-vf",
        "scale=-2:240",
        "-c:v",
        "libx264",
        "-preset",
        "fast",
        "-g",
        "120",
        "-maxrate",
        "300k",
        "-bufsize",
        "600k",
    )
    clips.ffmpeg("-i", str(recording("lecture")), *scale, "-c:a", "aac", str(path))
    plan = make_plan(probe(path))
    assert [(rung.name, rung.copied) for rung in plan.rungs] == [("v240", True)]
    ours = whole_job(path, world)
    with nothing_copied(monkeypatch):
        full = whole_job(path, world)
    figure = f"a 240p lecture of {SECONDS} s, only packaged, beside encoding it"
    assert note("5-packaged", figure, ours, full) < 0.95


@pytest.mark.parametrize("browsers_play_it", [True, False])
def test_a_long_recording_can_be_watched_after_a_small_part_of_the_work(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch, browsers_play_it: bool
) -> None:
    source = recording("lecture")
    if not browsers_play_it:
        source = clips.folder() / "lecture.mkv"
        clips.ffmpeg("-i", str(recording("lecture")), "-c:v", "mpeg2video", "-q:v", "4", "-c:a", "copy", str(source))
    settings.MEDIA_PIPELINE = {"threads": 2, "quick_seconds": 1}
    marks: list[float] = []
    started = [0.0]
    real = jobs.publish

    def publish(*words: Any, **more: Any) -> None:
        real(*words, **more)
        marks.append(cpu_now() - started[0])

    monkeypatch.setattr(jobs, "publish", publish)
    job = asset_from_file(source, owner=world.a.teacher).jobs.get()
    started[0] = cpu_now()
    pipeline.run_job(job.pk, owner="bench")
    first, whole = marks
    kind = "browsers play (packaged)" if browsers_play_it else "browsers do not play (240p and sound)"
    figure = f"first playable of {SECONDS} s of 1080p that {kind}, beside the whole"
    assert note(f"6-first-{'packaged' if browsers_play_it else 'encoded'}", figure, first, whole) < 0.25 * SLACK


def cpu_now() -> float:
    """CPU seconds so far of this process and of every process it waited for."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_the_memory_of_a_1080p_job_is_that_of_its_encode(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = recording("lecture")
    found = probe(source)
    peaks: dict[int, int] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for pid in working_in(media_settings().work_folder):
                peaks[pid] = max(peaks.get(pid, 0), high_water(pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        with nothing_copied(monkeypatch):
            whole_job(source, world)
    finally:
        over.set()
        watcher.join()
    bare = subprocess.Popen(
        command(source, found, uncopied(make_plan(found))),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(bare.pid, 0)
    bare.returncode = status
    assert status == 0
    ours, alone = max(peaks.values()) / 1024, usage.ru_maxrss / 1024
    ratio = ours / alone
    figure = Figure(
        "peak memory of a 1080p job's ffmpeg, beside ffmpeg alone", f"{ours:.0f} MB", f"{alone:.0f} MB", f"{ratio:.2f}"
    )
    keep("transcode-7-memory", figure)
    assert ratio < 1.5


def high_water(pid: int) -> int:
    """The most memory a running process has had so far, in kB; 0 when it has gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")), 0)
