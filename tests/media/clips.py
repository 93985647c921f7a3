"""Small real recordings, made by ffmpeg's own sources once per run; those of ../shared where they are needed."""

import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from media.conf import ffmpeg_binary


@cache
def folder() -> Path:
    """The run's folder of clips."""
    return Path(mkdtemp(prefix="mai-truong-clips-"))


def ffmpeg(*arguments: str) -> None:
    """Run ffmpeg with the arguments; its failure is the test's."""
    subprocess.run([ffmpeg_binary(), "-nostdin", "-v", "error", "-y", *arguments], check=True, timeout=60)


PICTURE = ("-f", "lavfi", "-i", "testsrc2=size={size}:rate={rate}:duration={seconds}")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:duration={seconds}")


@cache
def clip(
    name: str,
    *,
    size: str = "320x240",
    rate: str = "25",
    seconds: float = 2,
    sound: bool = True,
    picture: bool = True,
    options: tuple[str, ...] = (),
) -> Path:
    """A recording called `name` (its ending chooses the container)."""
    path = folder() / name
    values = {"size": size, "rate": rate, "seconds": seconds}
    inputs = [*(PICTURE if picture else ()), *(SOUND if sound else ())]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"] if picture and not options else []
    ffmpeg(*[part.format(**values) for part in inputs], *codecs, *options, str(path))
    return path


@cache
def slides(*, playable: bool = False) -> Path:
    """Nine seconds of 30 frames each as a lecture on slides has them: still, a new slide at 3 s, a moving box from 5 to 6 s.

    `playable`: as browsers play it, with a key frame every 2.5 s; else in codecs that none plays.
    """
    path = folder() / ("slides.mp4" if playable else "slides.mkv")
    new = "drawbox=x=0:y=0:w=320:h=480:color=black:t=fill:enable='gte(t,3)'"
    box = "[s][b]overlay=x='400+120*(min(max(t,5),6)-5)':y=100:eval=frame"
    inputs = ("-f", "lavfi", "-i", "color=white:s=854x480:r=30:d=9", "-f", "lavfi", "-i", "color=red:s=40x40:r=30:d=9")
    sound = ("-f", "lavfi", "-i", "sine=frequency=440:duration=9")
    h264 = (
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-pix_fmt",
        "yuv420p",
        "-g",
        "75",
        "-sc_threshold",
        "0",
        "-c:a",
        "aac",
    )
    codecs = h264 if playable else ("-c:v", "ffv1", "-c:a", "pcm_s16le")
    ffmpeg(*inputs, *sound, "-filter_complex", f"[0]{new}[s];[1]null[b];{box}", *codecs, str(path))
    return path


@cache
def rotated() -> Path:
    """What a phone held upright records: a landscape picture with the note to turn it."""
    lying = clip("lying.mp4", size="640x360")
    path = folder() / "rotated.mp4"
    ffmpeg("-display_rotation", "90", "-i", str(lying), "-c", "copy", str(path))
    return path


@cache
def truncated() -> Path:
    """An upload cut off half-way, without the index at its end."""
    whole = clip("whole.mp4", size="640x360").read_bytes()
    path = folder() / "truncated.mp4"
    path.write_bytes(whole[: len(whole) // 2])
    return path


@cache
def playlist_in_disguise(suffix: str = ".mp4") -> Path:
    """A playlist that would make the server read its own files, named as a video."""
    path = folder() / f"disguise{suffix}"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n")
    return path


@cache
def ragged(name: str, *, picture: tuple[float, float], sound: tuple[float, float]) -> Path:
    """A recording whose picture and sound begin and end at different seconds: (from, until) of each."""
    path = folder() / name
    inputs: list[str] = []
    for (begin, end), source in ((picture, "testsrc2=size=320x240:rate=25"), (sound, "sine=frequency=440")):
        inputs += ["-itsoffset", str(begin), "-f", "lavfi", "-i", f"{source}:duration={end - begin}"]
    ffmpeg(*inputs, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path))
    return path


@cache
def cut_off() -> Path:
    """An upload cut off half-way whose index stands at the beginning, so that it opens as if it were whole."""
    whole = folder() / "index-first.mp4"
    ffmpeg("-i", str(clip("for-cutting.mp4", seconds=8)), "-c", "copy", "-movflags", "+faststart", str(whole))
    path = folder() / "cut-off.mp4"
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path
