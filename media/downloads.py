"""A recording as single files to take along: renditions that are there already, put together without encoding again."""

from functools import partial
from pathlib import Path

from media import jobs
from media.conf import ffmpeg_binary, media_settings
from media.errors import MediaError
from media.graph import download_command
from media.jobs import Lease
from media.models import Asset, Extra, Job, Kind, Rendition
from media.runner import run_ffmpeg
from media.store import local_file

# The larger sizes are for a good line and stay on the server.
LARGEST_SIDE = 480
SOUND_NAME = "am-thanh.m4a"


def make_downloads(lease: Lease, asset: Asset, work: Path) -> list[Extra]:
    """Write the files into `work`: each picture size up to 480 with its sound, and the sound alone.

    Raises MediaError("missing") when there is nothing to put together.
    """
    parts = choose_parts(
        list(asset.current.renditions.all()) if asset.current else [], sound_only=asset.kind == Kind.AUDIO
    )
    if not parts:
        raise MediaError("missing", "no renditions")
    folder = work / "parts"
    folder.mkdir()
    made = []
    for number, (name, renditions) in enumerate(parts.items()):
        sources = [_fetched(asset, rendition, folder) for rendition in renditions]
        run_ffmpeg(
            download_command(ffmpeg_binary(), sources, name),
            folder=work,
            duration=asset.duration or 1.0,
            on_progress=partial(_beat, lease, number, len(parts)),
            stall_seconds=media_settings().stall_seconds,
            max_file_bytes=2 * sum(rendition.size for rendition in renditions) + (1 << 20),
        )
        video = renditions[0]
        made.append(
            Extra(
                asset=asset,
                kind=Job.JobKind.DOWNLOAD,
                attempt=lease.token,
                name=name,
                content_type="audio/mp4" if name == SOUND_NAME else "video/mp4",
                size=(work / name).stat().st_size,
                width=video.width,
                height=video.height,
            )
        )
    return made


def choose_parts(renditions: list[Rendition], *, sound_only: bool) -> dict[str, list[Rendition]]:
    """File names with the renditions that go into them: picture first, then its sound.

    The smallest picture gets the thrifty sound, as when it is played; the sound alone is thrifty for a film, good for a recording.
    """
    sounds = sorted((one for one in renditions if not one.is_video), key=lambda one: one.peak_rate)
    pictures = sorted((one for one in renditions if one.is_video), key=lambda one: one.short_side)
    chosen = [one for one in pictures if one.short_side <= LARGEST_SIDE] or pictures[:1]
    parts: dict[str, list[Rendition]] = {}
    for number, picture in enumerate(chosen):
        parts[f"phim-{picture.short_side}.mp4"] = [picture, *(sounds[:1] if number == 0 else sounds[-1:])]
    if sounds:
        parts[SOUND_NAME] = [sounds[-1] if sound_only else sounds[0]]
    return parts


def _fetched(asset: Asset, rendition: Rendition, folder: Path) -> Path:
    """The rendition as a local file; a copy lies in `folder` once, also when two files are made of it."""
    assert asset.current is not None
    copy = folder / f"{rendition.name}.mp4"
    if copy.exists():
        return copy
    with local_file(f"{asset.current.prefix}{rendition.name}.mp4", copy) as path:
        return path.absolute()


def _beat(lease: Lease, number: int, count: int, done: float) -> None:
    jobs.beat(lease, (number + done) / count)
