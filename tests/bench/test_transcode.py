"""What a transcode costs beside one bare ffmpeg process of the same recipe, and beside the same encode thrown away.

CPU seconds of everything that was started, not the clock: the machine may be busy. The runs alternate, the median counts.
"""

import json
import os
import resource
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from media import pipeline
from media.conf import ffmpeg_binary, media_settings
from media.graph import transcode_command
from media.models import Asset, AssetState
from media.plan import make_plan
from media.probe import probe
from media.services import asset_from_file
from tests.media import clips
from tests.world import World

ROUNDS = 3
SECONDS = 20


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of `work` and of every process it waited for."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)

    def used() -> float:
        return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, whose))

    before = used()
    work()
    return used() - before


def note(name: str, figure: str, measured: float, limit: float) -> float:
    """Write a figure for the table of `make bench`; returns the ratio."""
    ratio = measured / limit
    folder = os.environ.get("BENCH_RESULTS")
    if folder:
        row = {"figure": figure, "measured": f"{measured:.2f} s CPU", "limit": f"{limit:.2f} s CPU"}
        path = Path(folder) / f"{name}.json"
        path.write_text(json.dumps(row | {"ratio": f"{ratio:.2f}"}, ensure_ascii=False), encoding="utf-8")
    return ratio


@pytest.mark.bench
def test_a_transcode_costs_little_more_than_one_bare_ffmpeg_process(world: World, tmp_path: Path) -> None:
    source = clips.clip(
        "bench.mkv", size="1280x720", rate="30", seconds=SECONDS, options=("-c:v", "mpeg4", "-q:v", "3")
    )
    found = probe(source)
    plan = make_plan(found)
    assert [rung.name for rung in plan.rungs] == ["v720", "v480", "v240"]
    assert not plan.follows_source

    def bare(*, to_null: bool) -> None:
        command = transcode_command(
            ffmpeg_binary(), source, found, plan, threads=media_settings().threads, to_null=to_null
        )
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    ours, muxed, thrown_away = [], [], []
    for _ in range(ROUNDS):
        asset = asset_from_file(source, owner=world.a.teacher)
        job = asset.jobs.get()
        ours.append(cpu(lambda job=job: pipeline.run_job(job.pk, owner="bench")))
        muxed.append(cpu(lambda: bare(to_null=False)))
        thrown_away.append(cpu(lambda: bare(to_null=True)))
        assert Asset.objects.get(pk=asset.pk).state == AssetState.READY
    measured, limit, floor = map(statistics.median, (ours, muxed, thrown_away))
    what = f"transcode of {SECONDS} s 720p from claim to publication"
    assert note("transcode", f"{what}, beside one bare ffmpeg process", measured, limit) < 1.25
    assert note("transcode-null", f"{what}, beside the same encode to nowhere", measured, floor) < 1.35
