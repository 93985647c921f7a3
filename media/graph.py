"""The ffmpeg command: one process decodes once, scales in a cascade, encodes every rung and packages it in fragments.

ffmpeg-python builds the graph and the argument list; media.runner runs it. Streams are handed over as streams, never as
a `map` option, and by their index from the probe, so that cover art, time codes and second languages are not picked up.
"""

from collections.abc import Sequence
from fractions import Fraction
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
STILL_RATE = 5  # pictures a second that are kept where nothing moves
# Two pictures are the same unless a block of 8 x 8 differs by 2 of 256 a pixel on average, or a twentieth of them by 1.
SAME = {"hi": 128, "lo": 64, "frac": 0.05, "max": 24}
PACKED = {"format": "mp4", "movflags": "frag_keyframe+dash+delay_moov+skip_sidx+skip_trailer"}
NOWHERE = {"format": "null"}
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
    """Arguments that make the plan's renditions in the current directory: `<name>.mp4`, in fragments.

    `to_null` throws the encoded frames away: the same work without packaging, the limit of `make bench`.
    """
    file = ffmpeg.input(str(source), protocol_whitelist="file", format_whitelist=FORMATS)
    pictures = iter(_cascade(file[str(found.video)], found, plan) if plan.encoded else ())
    sounds = _sounds(file[str(found.audio)], found, len(plan.audio)) if plan.audio else ()
    wanted: list[tuple[str, Any, dict[str, Any]]] = []
    for rung in plan.rungs:
        stream = file[str(found.video)] if rung.copied else next(pictures)
        wanted.append(
            (rung.name, stream, _video_options(rung, follows_source=plan.follows_source, preset=preset, crf=crf))
        )
    for kbit, stream in zip(plan.audio, sounds, strict=True):
        wanted.append((f"a{kbit}", stream, _audio_options(kbit, copied=plan.audio_copied)))
    always: dict[str, Any] = {"map_metadata": -1, "map_chapters": -1, "max_muxing_queue_size": 4096}
    if threads:
        always["threads"] = threads
    outputs = [
        ffmpeg.output(
            stream, "-" if to_null else f"{name}.mp4", **(NOWHERE if to_null else PACKED), **options, **always
        )
        for name, stream, options in wanted
    ]
    compiled: list[str] = ffmpeg.compile(ffmpeg.merge_outputs(*outputs), cmd=[binary, *QUIET, *PROGRESS])
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
    return _without_repeats(stream.filter("format", "yuv420p"), output_rate(found))


def _without_repeats(stream: Any, rate: Fraction) -> Any:
    """Leave out pictures that repeat the one before, as a slide does, before they are scaled and encoded four times.

    Key frames and a few pictures a second stay, so that every rendition cuts where a copied one does, or at whole groups.
    """
    every = max(round(rate / STILL_RATE), 1)
    stays, others = (
        stream.filter_multi_output("select", f"if(key+not(mod(n,{every})),1,2)", outputs=2)[n] for n in (0, 1)
    )
    kept = ffmpeg.filter([stays, others.filter("mpdecimate", **SAME)], "interleave")
    return kept.filter("settb", f"{rate.denominator}/{rate.numerator}")


def _sounds(stream: Any, found: Probe, count: int) -> Sequence[Any]:
    """The sound once for each rendition, from the picture's beginning to its end.

    With one track ending early, players stall there. The plan copies no sound that is short.
    """
    if not found.sound_is_short:
        return [stream] * count
    whole = stream.filter("aresample", **{"async": 1, "first_pts": 0}).filter("apad", whole_dur=f"{found.duration:.3f}")
    split = whole.filter_multi_output("asplit", count)
    return [split[number] for number in range(count)]


def _video_options(rung: Rung, *, follows_source: bool, preset: str, crf: int) -> dict[str, Any]:
    if rung.copied:
        return {"c": "copy"}
    return {
        "c": "libx264",
        "preset": preset,
        "crf": crf,
        "profile:v": "high",
        "maxrate": f"{rung.kbit}k",
        "bufsize": f"{rung.kbit * 2}k",
        "sc_threshold": 0,
        "force_key_frames": "source" if follows_source else f"expr:gte(t,n_forced*{GOP_SECONDS})",
        "g": 9999,
        "fps_mode": "vfr",  # else ffmpeg puts back what _without_repeats left out
        "bsf": "setts=pts=PTS:dts=DTS:duration=1",  # `interleave` forgets it, and the last picture would last no time
    }


def _audio_options(kbit: int, *, copied: bool) -> dict[str, Any]:
    if copied:
        return {"c": "copy", "frag_duration": GOP_SECONDS * 1_000_000}
    return {
        "c": "aac",
        "b:a": f"{kbit}k",
        "ac": 1 if kbit <= SPEECH_KBIT else 2,
        "ar": 48000,
        "frag_duration": GOP_SECONDS * 1_000_000,
    }
