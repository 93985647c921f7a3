"""Playlists are read from the fragments of a file; a file that is not whole has none."""

import re
import subprocess
from pathlib import Path

import av
import pytest

from media.conf import ffmpeg_binary
from media.fragments import BrokenFileError, media_playlist, read_pieces
from media.graph import PACKED
from tests.media import clips


@pytest.fixture(scope="module")
def fragmented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds at a varying rate, with pictures that are shown in another order than they are stored, a key frame a second."""
    path = tmp_path_factory.mktemp("fragments") / "v240.mp4"
    source = clips.clip("ten.mp4", seconds=10)
    uneven = "select='not(mod(n,25))+not(mod(n,7))+lt(mod(n,50),20)'"
    words = ["-an", "-vf", uneven, "-fps_mode", "vfr", "-c:v", "libx264", "-bf", "3", "-sc_threshold", "0"]
    keys = ["-force_key_frames", "expr:gte(t,n_forced)", "-g", "999", "-movflags", str(PACKED["movflags"])]
    subprocess.run(
        [ffmpeg_binary(), "-v", "error", "-i", str(source), *words, *keys, str(path)], check=True, timeout=60
    )
    return path


@pytest.mark.parametrize(("seconds", "expected"), [(1, [1.0] * 10), (4, [4.0, 4.0, 2.0]), (3, [3.0, 3.0, 3.0, 1.0])])
def test_pieces_begin_at_the_first_key_frame_that_is_due(fragmented: Path, seconds: int, expected: list[float]) -> None:
    header, pieces = read_pieces(fragmented, seconds=seconds)
    assert [piece.seconds for piece in pieces] == pytest.approx(expected, abs=0.3)
    assert [piece.seconds for piece in pieces[:-1]] == pytest.approx(expected[:-1], abs=0.001)
    assert [piece.start for piece in pieces] == [header, *(piece.start + piece.length for piece in pieces[:-1])]
    assert pieces[-1].start + pieces[-1].length == fragmented.stat().st_size


def test_every_piece_can_be_shown_on_its_own(fragmented: Path, tmp_path: Path) -> None:
    data = fragmented.read_bytes()
    header, pieces = read_pieces(fragmented, seconds=4)
    with av.open(str(fragmented)) as container:
        whole = [frame.pts for frame in container.decode(video=0)]
    shown: list[int] = []
    for number, piece in enumerate(pieces):
        part = tmp_path / f"{number}.mp4"
        part.write_bytes(data[:header] + data[piece.start : piece.start + piece.length])
        with av.open(str(part)) as container:
            shown += [frame.pts for frame in container.decode(video=0)]
    assert shown == whole


def test_the_playlist_names_the_bytes_of_the_header_and_of_each_piece(fragmented: Path) -> None:
    header, pieces = read_pieces(fragmented, seconds=4)
    text = media_playlist(fragmented.name, header, pieces)
    assert f'#EXT-X-MAP:URI="v240.mp4",BYTERANGE="{header}@0"' in text
    found = re.findall(r"#EXTINF:([\d.]+),\n#EXT-X-BYTERANGE:(\d+)@(\d+)\nv240.mp4\n", text)
    assert [(int(length), int(start)) for _, length, start in found] == [(p.length, p.start) for p in pieces]
    assert text.endswith("#EXT-X-ENDLIST\n")
    longest = max(float(seconds) for seconds, *_ in found)
    assert f"#EXT-X-TARGETDURATION:{round(longest)}\n" in text


@pytest.mark.parametrize("share", [0, 0.0005, 0.01, 0.3, 0.7, 0.999])
def test_a_file_that_was_cut_off_has_no_playlist(fragmented: Path, tmp_path: Path, share: float) -> None:
    path = tmp_path / "cut.mp4"
    data = fragmented.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BrokenFileError):
        read_pieces(path, seconds=4)


@pytest.mark.parametrize(
    "make", [clips.clip.__wrapped__, lambda name: Path(__file__)], ids=["an ordinary MP4", "a text"]
)
def test_another_file_has_no_playlist(make: object) -> None:
    path = make("ordinary.mp4")  # type: ignore[operator]
    with pytest.raises(BrokenFileError):
        read_pieces(path, seconds=4)
