"""Playlists, the check of what ffmpeg wrote, and the per-viewer rewriting of playlists.

ffmpeg's own master can express neither thrifty sound for the smallest picture, nor a sound-only master, nor captions.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from media.captions import clock
from media.errors import MediaError
from media.fragments import BrokenFileError, media_playlist, read_pieces
from media.graph import SPRITE_COLUMNS, SPRITE_HEIGHT, SPRITE_TILES, SPRITE_WIDTH, sprite_step
from media.plan import GOP_SECONDS, SPEECH_KBIT, Plan, Rung

HEAD = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
MASTER, AUDIO_MASTER = "master.m3u8", "audio.m3u8"
AAC = "mp4a.40.2"
DURATION_TOLERANCE = 1.5  # seconds by which renditions may differ from the source, e.g. by an edit list
SMALL_SIDE = 240
SHORTEST_COUNTED = 0.5  # a last segment shorter than this says nothing about the peak rate


@dataclass(frozen=True)
class Media:
    """Facts of one finished rendition: rates in bit/s, duration in seconds, size in bytes."""

    name: str
    peak: int
    average: int
    duration: float
    size: int
    segments: int
    codecs: str = AAC
    width: int = 0
    height: int = 0
    rate: float = 0.0


@dataclass(frozen=True)
class Caption:
    """One captions track: language code and its name for people."""

    language: str
    label: str

    @property
    def name(self) -> str:
        """The name of its files: captions-vi."""
        return f"captions-{self.language}"


def read_media(folder: Path, name: str, *, video: bool) -> Media:
    """Check one rendition's file and write its playlist; raises MediaError("incomplete_output")."""
    path = folder / f"{name}.mp4"
    try:
        header, pieces = read_pieces(path, seconds=GOP_SECONDS)
    except (FileNotFoundError, BrokenFileError) as error:
        raise MediaError("incomplete_output", f"{name}: {error}") from error
    path.with_suffix(".m3u8").write_text(media_playlist(path.name, header, pieces), encoding="utf-8")
    duration = sum(piece.seconds for piece in pieces)
    total = sum(piece.length for piece in pieces)
    rates = (piece.length * 8 / piece.seconds for piece in pieces if piece.seconds > SHORTEST_COUNTED)
    peak = max(rates, default=total * 8 / duration)
    average = int(total * 8 / max(duration, 0.1))
    media = Media(name, int(peak), average, duration, path.stat().st_size, len(pieces))
    if not video:
        return media
    codecs, width, height, rate = _video_facts(folder / f"{name}.mp4")
    return replace(media, codecs=codecs, width=width, height=height, rate=rate)


def write_masters(folder: Path, plan: Plan, *, duration: float, language: str = "vi") -> dict[str, Media]:
    """Check every rendition in `folder` and write the master playlists; returns the renditions by name."""
    sound = {kbit: read_media(folder, f"a{kbit}", video=False) for kbit in plan.audio}
    pictures = {rung: read_media(folder, rung.name, video=True) for rung in plan.rungs}
    for media in (*sound.values(), *pictures.values()):
        if media.duration < duration - max(DURATION_TOLERANCE, duration * 0.02):
            raise MediaError("incomplete_output", f"{media.name} lasts {media.duration:.1f} s of {duration:.1f} s")
    if pictures:
        (folder / MASTER).write_text(_master(plan, pictures, sound, language), encoding="utf-8")
    if sound:
        lines = [
            f'#EXT-X-STREAM-INF:BANDWIDTH={media.peak},AVERAGE-BANDWIDTH={media.average},CODECS="{AAC}"\na{kbit}.m3u8\n'
            for kbit, media in sound.items()
        ]
        (folder / AUDIO_MASTER).write_text(HEAD + "".join(lines), encoding="utf-8")
    return {media.name: media for media in (*pictures.values(), *sound.values())}


def sprite_vtt(duration: float) -> str:
    """WebVTT that maps times of the seek bar to tiles of sprite.jpg."""
    step = sprite_step(duration)
    cues = []
    for number in range(min(SPRITE_TILES, int(-(-duration // step)))):
        x, y = number % SPRITE_COLUMNS * SPRITE_WIDTH, number // SPRITE_COLUMNS * SPRITE_HEIGHT
        span = f"{clock(number * step)} --> {clock(min((number + 1) * step, duration))}"
        cues.append(f"\n{span}\nsprite.jpg#xywh={x},{y},{SPRITE_WIDTH},{SPRITE_HEIGHT}\n")
    return "WEBVTT\n" + "".join(cues)


def with_captions(master: str, captions: Sequence[Caption]) -> str:
    """The master playlist with these tracks: they come and go while the renditions stay as they were made."""
    if not captions:
        return master
    tracks = "".join(
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="{caption.label}",LANGUAGE="{caption.language}",'
        f'AUTOSELECT=YES,URI="{caption.name}.m3u8"\n'
        for caption in captions
    )
    streams = re.sub(r"^#EXT-X-STREAM-INF:.*$", r'\g<0>,SUBTITLES="s"', master.removeprefix(HEAD), flags=re.MULTILINE)
    return HEAD + tracks + streams


def captions_playlist(caption: Caption, duration: float) -> str:
    """The playlist of one track: the whole file is one piece, it is small beside any picture."""
    return (
        f"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{math.ceil(duration)}\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        f"#EXTINF:{duration:.3f},\n{caption.name}.vtt\n#EXT-X-ENDLIST\n"
    )


def rewrite(text: str, *, playlist_url: Callable[[str], str], file_url: Callable[[str], str]) -> str:
    """The playlist with every reference replaced: playlists by `playlist_url`, media files by `file_url`."""

    def url(name: str) -> str:
        return playlist_url(name) if name.endswith((".m3u8", ".vtt")) else file_url(name)

    lines = []
    for line in text.splitlines():
        if line.startswith("#"):
            lines.append(re.sub(r'URI="([^"]+)"', lambda found: f'URI="{url(found.group(1))}"', line))
        else:
            lines.append(url(line.strip()) if line.strip() else line)
    return "\n".join(lines) + "\n"


def rewrite_vtt(text: str, *, file_url: Callable[[str], str]) -> str:
    """The sprite's WebVTT with the picture's name replaced by the viewer's address of it."""
    return re.sub(r"^sprite\.jpg#", lambda _: f"{file_url('sprite.jpg')}#", text, flags=re.MULTILINE)


def _video_facts(path: Path) -> tuple[str, int, int, float]:
    """Codec string of RFC 6381, width, height and most frames a second, from a file that ffmpeg has just written."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams[0]
        context: Any = stream.codec_context
        profile = context.extradata  # avcC box: version, profile, compatibility, level
        codecs = f"avc1.{profile[1]:02x}{profile[2]:02x}{profile[3]:02x}"
        return codecs, context.width, context.height, float(stream.base_rate or stream.average_rate or 0)


def _master(plan: Plan, pictures: dict[Rung, Media], sound: dict[int, Media], language: str) -> str:
    text = HEAD
    for kbit in sound:
        text += (
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a{kbit}",NAME="{language}",LANGUAGE="{language}",DEFAULT=YES,'
            f'AUTOSELECT=YES,CHANNELS="{1 if kbit <= SPEECH_KBIT else 2}",URI="a{kbit}.m3u8"\n'
        )
    for rung in reversed(plan.rungs):
        picture = pictures[rung]
        kbit = 0 if not plan.audio else plan.audio[-1] if rung.side <= SMALL_SIDE else plan.audio[0]
        peak = picture.peak + (sound[kbit].peak if kbit else 0)
        average = picture.average + (sound[kbit].average if kbit else 0)
        text += (
            f"#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},"
            f"RESOLUTION={picture.width}x{picture.height},FRAME-RATE={picture.rate:.3f},"
            f'CODECS="{picture.codecs}{"," + AAC if kbit else ""}"'
            + (f',AUDIO="a{kbit}"' if kbit else "")
            + f"\n{rung.name}.m3u8\n"
        )
    return text
