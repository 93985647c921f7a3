"""Looks into one media file with libav and prints what it found as JSON.

Run as a script of its own, in a child process with limits, because a hostile file can crash libav or eat memory.
It imports nothing of the project, so that it starts quickly and has nothing to leak.
"""

import json
import resource
import sys
from fractions import Fraction
from itertools import pairwise
from typing import Any

# The containers a teacher really uploads; never playlists (hls, dash, concat, imf, sdp): those name other files and
# addresses, and would make the server read them.
FORMATS = "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg,mp3,wav,flac,aac,amr,aiff"
STILL_CODECS = {"mjpeg", "png", "bmp", "gif", "webp", "tiff", "jpegxl"}
ATTACHED_PICTURE = 0x400
HDR_TRANSFERS = (16, 18)  # SMPTE 2084 (PQ) and ARIB STD-B67 (HLG)
EXACT = ("mov", "matroska")  # containers whose streams carry their own length
TOLERANCE = 1.5  # seconds that a header may promise too much
CPU_SECONDS = 60
MEMORY_BYTES = 4 << 30


class Refused(Exception):
    """The file is not usable; the argument is an error code of media.errors."""


def open_container(path: str) -> Any:
    """Open `path` with the formats and protocols narrowed to local media files."""
    import av

    return av.open(path, options={"format_whitelist": FORMATS, "protocol_whitelist": "file"})


def describe_video(stream: Any, found: dict[str, Any]) -> None:
    """Note the first real video stream: numbers from the stream's headers."""
    context = stream.codec_context
    rate = Fraction(stream.average_rate or stream.base_rate or 0).limit_denominator(1001)
    found.update(
        video=stream.index,
        width=context.width,
        height=context.height,
        video_codec=context.name,
        pixel_format=context.pix_fmt or "",
        video_bit_rate=context.bit_rate or 0,
        rate=[rate.numerator, rate.denominator],
        pixel_aspect=float(context.sample_aspect_ratio or 1) or 1.0,
        hdr=context.color_trc in HDR_TRANSFERS,
    )


def describe_audio(stream: Any, found: dict[str, Any]) -> None:
    """Note the first sound stream."""
    context = stream.codec_context
    found.update(
        audio=stream.index,
        audio_codec=context.name,
        channels=context.channels,
        audio_bit_rate=context.bit_rate or 0,
    )


def read_packets(container: Any, indexes: list[int]) -> dict[int, tuple[float, float, list[float]]]:
    """(start of the first packet, end of the last, key frames) in seconds of each stream, without decoding.

    Times count from the recording's own start, as ffmpeg counts them.
    """
    begin = (container.start_time or 0) / 1_000_000
    found: dict[int, tuple[float, float, list[float]]] = {}
    for packet in container.demux([container.streams[index] for index in indexes]):
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None:
            continue
        start = float(stamp * packet.time_base) - begin
        end = start + float((packet.duration or 0) * packet.time_base)
        first, last, keys = found.get(packet.stream_index, (start, end, []))
        if packet.is_keyframe and packet.stream.type == "video":
            keys.append(start)
        found[packet.stream_index] = (min(first, start), max(last, end), keys)
    return found


def declared_seconds(stream: Any) -> float:
    """The stream's length by its own header; 0 where the container has none of its own for it."""
    return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0


def lengths(container: Any, found: dict[str, Any]) -> float:
    """Note when picture and sound begin and end, and the longest gap of key frames; returns where the last one ends.

    Raises Refused("bad_input") when the packets end well before what the header promises: the upload was cut off.
    """
    kinds = {found[kind]: kind for kind in ("video", "audio") if kind in found}
    end = 0.0
    for index, (first, last, keys) in read_packets(container, list(kinds)).items():
        # Elsewhere (MP3, MPEG-TS, …) a length in the header is an estimate, and proves nothing.
        promised = declared_seconds(container.streams[index]) if container.format.name.startswith(EXACT) else 0.0
        if last - first < promised - max(TOLERANCE, promised * 0.02):
            raise Refused("bad_input")
        found[f"{kinds[index]}_from"], found[f"{kinds[index]}_until"] = max(first, 0.0), last
        if kinds[index] == "video":
            marks = [*sorted(keys), last]
            found["key_frame_gap"] = max((b - a for a, b in pairwise(marks)), default=last)
        end = max(end, last)
    return end


def first_frame(path: str, index: int, found: dict[str, Any]) -> None:
    """Decode one frame: proves that the picture is decodable, tells the rotation and interlacing."""
    with open_container(path) as container:
        for frame in container.decode(container.streams[index]):
            found["rotation"] = round(getattr(frame, "rotation", 0) or 0) % 360
            found["interlaced"] = bool(getattr(frame, "interlaced_frame", False))
            return
    raise Refused("undecodable_video")


def look(path: str) -> dict[str, Any]:
    """Everything the plan needs to know about the file."""
    found: dict[str, Any] = {}
    with open_container(path) as container:
        found["container"] = container.format.name
        duration = (container.duration or 0) / 1_000_000
        for stream in container.streams:
            context = stream.codec_context
            if context is None:
                continue
            if stream.type == "video" and "video" not in found and context.width:
                attached = bool(int(stream.disposition) & ATTACHED_PICTURE)
                if not attached and not (context.name in STILL_CODECS and stream.frames <= 1):
                    describe_video(stream, found)
            elif stream.type == "audio" and "audio" not in found:
                describe_audio(stream, found)
        duration = lengths(container, found) or duration
    if "video" not in found and "audio" not in found:
        raise Refused("no_media_stream")
    if duration <= 0:
        raise Refused("no_duration")
    found["duration"] = duration
    if "video" in found:
        first_frame(path, found["video"], found)
        if found["rotation"] in (90, 270):
            found["width"], found["height"] = found["height"], found["width"]
    return found


def main(path: str) -> int:
    """Print one line of JSON: what was found, or {"error": code}."""
    import av

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = look(path)
    except Refused as refused:
        answer = {"error": str(refused)}
    except (av.FFmpegError, ValueError, OSError, IndexError, MemoryError) as error:
        answer = {"error": "unreadable", "detail": repr(error)[:300]}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 2 if "error" in answer else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
