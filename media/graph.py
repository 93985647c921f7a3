"""The ffmpeg command: one process decodes once, scales in a cascade, encodes every rung and packages single-file HLS.

ffmpeg-python builds the graph and the argument list; media.runner runs it. Streams are handed over as streams, never as
a `map` option, and by their index from the probe, so that cover art, time codes and second languages are not picked up.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ffmpeg

from media.plan import GOP_SECONDS, SPEECH_KBIT, Plan, Rung, output_rate
from media.probe import Probe
from media.probe_child import FORMATS

POSTER_SIDE = 1280
SPRITE_COLUMNS = 10
SPRITE_TILES = SPRITE_COLUMNS * SPRITE_COLUMNS
SPRITE_WIDTH, SPRITE_HEIGHT = 160, 90
QUIET = ("-nostdin", "-hide_banner", "-loglevel", "warning", "-y")
PROGRESS = ("-progress", "pipe:1", "-nostats", "-stats_period", "1")


def transcode_command(
    binary: str,
    source: Path,
    found: Probe,
    plan: Plan,
    *,
    preset: str = "veryfast",
    crf: int = 23,
    threads: int = 0,
    to_null: bool = False,
) -> list[str]:
    """Arguments that make the plan's renditions in the current directory: `<name>.mp4` and `<name>.m3u8`.

    `to_null` throws the encoded frames away: the same work without packaging, the limit of `make bench`.
    """
    file = ffmpeg.input(str(source), protocol_whitelist="file", format_whitelist=FORMATS)
    options: dict[str, Any] = {}
    streams: list[Any] = []
    cascade = iter(_cascade(file[str(found.video)], found, plan) if plan.encoded else ())
    for number, rung in enumerate(plan.rungs):
        streams.append(file[str(found.video)] if rung.copied else next(cascade))
        options |= _video_options(number, rung, follows_source=plan.follows_source, preset=preset, crf=crf)
    if plan.audio:
        streams += _sounds(file[str(found.audio)], found, len(plan.audio))
    for number, kbit in enumerate(plan.audio):
        options |= _audio_options(number, kbit, copied=plan.audio_copied)
    if threads:
        options["threads"] = threads
    options |= {"map_metadata": -1, "map_chapters": -1, "sn": None, "dn": None, "max_muxing_queue_size": 4096}
    if to_null:
        target = ffmpeg.output(*streams, "-", format="null", **options)
    else:
        target = ffmpeg.output(*streams, "%v.m3u8", format="hls", **options, **_packaging(plan))
    compiled: list[str] = ffmpeg.compile(target, cmd=[binary, *QUIET, *PROGRESS])
    return compiled


def poster_command(binary: str, found: Probe, plan: Plan) -> list[str]:
    """Arguments that take `poster.jpg` from the finished top rung, a tenth into the video but at most 30 s."""
    second = round(min(found.duration * 0.1, 30), 2)
    picture = ffmpeg.input(f"{plan.rungs[0].name}.mp4", ss=second)["v"].filter(
        "scale", w=f"if(gt(iw,ih),min(iw,{POSTER_SIDE}),-2)", h=f"if(gt(iw,ih),-2,min(ih,{POSTER_SIDE}))"
    )
    target = ffmpeg.output(picture, "poster.jpg", **{"frames:v": 1, "q:v": 3, "update": 1})
    compiled: list[str] = ffmpeg.compile(target, cmd=[binary, *QUIET])
    return compiled


def sprite_command(binary: str, found: Probe, plan: Plan) -> list[str]:
    """Arguments that make `sprite.jpg`, the seek bar's pictures, from the smallest rung's key frames.

    Not a part of the main command: `tile` writes its header only at the end, and ffmpeg reports no progress before
    every output has a header.
    """
    picture = (
        ffmpeg.input(f"{plan.rungs[-1].name}.mp4", skip_frame="nokey")["v"]
        .filter("fps", f"1/{sprite_step(found.duration):.3f}", round="up")
        .filter("scale", SPRITE_WIDTH, SPRITE_HEIGHT, force_original_aspect_ratio="decrease")
        .filter("pad", SPRITE_WIDTH, SPRITE_HEIGHT, -1, -1)
        .filter("tile", f"{SPRITE_COLUMNS}x{SPRITE_COLUMNS}")
    )
    target = ffmpeg.output(picture, "sprite.jpg", **{"frames:v": 1, "q:v": 5, "update": 1})
    compiled: list[str] = ffmpeg.compile(target, cmd=[binary, *QUIET])
    return compiled


def download_command(binary: str, parts: Sequence[Path], target: str) -> list[str]:
    """Arguments that put finished renditions (a picture, a sound, or both) into one file that plays and seeks everywhere.

    The renditions as they lie in the store would load slowly and not seek in players of phones: their index is in the playlist.
    """
    streams = [ffmpeg.input(str(part), protocol_whitelist="file") for part in parts]
    output = ffmpeg.output(*streams, target, c="copy", movflags="+faststart", map_metadata=-1)
    compiled: list[str] = ffmpeg.compile(output, cmd=[binary, *QUIET, *PROGRESS])
    return compiled


def sprite_step(duration: float) -> float:
    """Seconds between two pictures of the sprite: at least one group of pictures, at most a hundred pictures."""
    return max(duration / SPRITE_TILES, float(GOP_SECONDS))


def _cascade(stream: Any, found: Probe, plan: Plan) -> Sequence[Any]:
    """The encoded rungs' streams, each scaled from the next larger one: cheaper than from the source, and sharper."""
    current = _prepared(stream, found, follows_source=plan.follows_source)
    ready: list[Any] = []
    width, height = found.width, found.height
    for number, rung in enumerate(plan.encoded):
        if min(width, height) != rung.side or max(width, height) % 2:
            current = current.filter(
                "scale", w=f"if(gt(iw,ih),-2,{rung.side})", h=f"if(gt(iw,ih),{rung.side},-2)", flags="lanczos"
            )
            width = height = rung.side
        if number == len(plan.encoded) - 1:
            ready.append(current)
            break
        split = current.filter_multi_output("split")
        ready.append(split[0])
        current = split[1]
    return ready


def _prepared(stream: Any, found: Probe, *, follows_source: bool) -> Any:
    """Progressive, standard range, square pixels, at most 31 frames a second, 8-bit 4:2:0; ffmpeg itself rotates."""
    if found.interlaced:
        stream = stream.filter("bwdif", deint="interlaced")
    if found.hdr:
        stream = (
            stream.filter("zscale", t="linear", npl=100)
            .filter("format", "gbrpf32le")
            .filter("zscale", p="bt709")
            .filter("tonemap", "hable", desat=0)
            .filter("zscale", t="bt709", m="bt709", r="tv")
        )
    if found.pixel_aspect != 1.0:
        stream = stream.filter("scale", "trunc(iw*sar/2)*2", "ih").filter("setsar", 1)
    if not follows_source:
        # the first picture stands from the beginning, the last one until the sound has ended
        start = {"start_time": 0} if found.picture_is_short else {}
        stream = stream.filter("fps", str(output_rate(found)), **start)
        if found.picture_is_short:
            rest = max(found.duration - found.video_until, 0)
            stream = stream.filter("tpad", stop_mode="clone", stop_duration=f"{rest:.3f}")
    return stream.filter("format", "yuv420p")


def _sounds(stream: Any, found: Probe, count: int) -> Sequence[Any]:
    """The sound once for each rendition, from the picture's beginning to its end.

    With one track ending early, players stall there. The plan copies no sound that is short.
    """
    if not found.sound_is_short:
        return [stream] * count
    whole = stream.filter("aresample", **{"async": 1, "first_pts": 0}).filter("apad", whole_dur=f"{found.duration:.3f}")
    split = whole.filter_multi_output("asplit", count)
    return [split[number] for number in range(count)]


def _video_options(number: int, rung: Rung, *, follows_source: bool, preset: str, crf: int) -> dict[str, Any]:
    # every option names its stream: ffmpeg refuses encoder options that fall on a copied stream
    if rung.copied:
        return {f"c:v:{number}": "copy"}
    keys = "source" if follows_source else f"expr:gte(t,n_forced*{GOP_SECONDS})"
    return {
        f"c:v:{number}": "libx264",
        f"preset:v:{number}": preset,
        f"crf:v:{number}": crf,
        f"profile:v:{number}": "high",
        f"maxrate:v:{number}": f"{rung.kbit}k",
        f"bufsize:v:{number}": f"{rung.kbit * 2}k",
        f"sc_threshold:v:{number}": 0,
        f"force_key_frames:v:{number}": keys,
        f"g:v:{number}": 9999,
    }


def _audio_options(number: int, kbit: int, *, copied: bool) -> dict[str, Any]:
    if copied:
        return {f"c:a:{number}": "copy"}
    return {
        f"c:a:{number}": "aac",
        f"b:a:{number}": f"{kbit}k",
        f"ac:a:{number}": 1 if kbit <= SPEECH_KBIT else 2,
        f"ar:a:{number}": 48000,
    }


def _packaging(plan: Plan) -> dict[str, Any]:
    videos = [f"v:{number},name:{rung.name}" for number, rung in enumerate(plan.rungs)]
    sounds = [f"a:{number},name:a{kbit}" for number, kbit in enumerate(plan.audio)]
    return {
        "hls_time": GOP_SECONDS,
        "hls_list_size": 0,
        "hls_playlist_type": "vod",
        "hls_segment_type": "fmp4",
        "hls_flags": "single_file+independent_segments",
        "var_stream_map": " ".join(videos + sounds),
        "hls_segment_filename": "%v.mp4",
    }
