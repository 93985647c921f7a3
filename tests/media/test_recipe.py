"""The recipe on the kinds of recordings that teachers really have, with a real ffmpeg."""

import os
import re
import signal
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import pytest

from media.conf import ffmpeg_binary
from media.errors import Cancelled, MediaError
from media.graph import transcode_command
from media.plan import Plan, make_plan, make_quick_plan, output_rate
from media.playlists import Media, sprite_vtt, write_masters
from media.probe import Probe, probe
from media.runner import log_tail, run_ffmpeg
from tests.media import clips
from tests.shared import shared


def make(source: Path, folder: Path, plan: Plan | None = None) -> tuple[Plan, dict[str, Media]]:
    found = probe(source)
    chosen = plan or make_plan(found)
    run_ffmpeg(
        transcode_command(ffmpeg_binary(), source, found, chosen, threads=2), folder=folder, duration=found.duration
    )
    return chosen, write_masters(folder, chosen, duration=found.duration)


def rungs(plan: Plan) -> list[str]:
    return [rung.name for rung in plan.rungs]


def test_a_portrait_video_gets_rungs_by_its_short_side(tmp_path: Path) -> None:
    plan, made = make(clips.clip("portrait.mp4", size="480x854"), tmp_path)
    assert rungs(plan) == ["v480", "v240"]
    assert (made["v240"].width, made["v240"].height) == (240, 428)


def test_a_phone_video_with_a_note_to_turn_it_stands_upright_and_is_not_copied(tmp_path: Path) -> None:
    found = probe(clips.rotated())
    assert (found.rotation in (90, 270), found.width, found.height) == (True, 360, 640)
    plan, made = make(clips.rotated(), tmp_path)
    assert not plan.follows_source
    assert all(media.height > media.width for media in made.values() if media.width)


def test_odd_sizes_come_out_even(tmp_path: Path) -> None:
    options = ("-c:v", "libvpx", "-c:a", "libopus", "-deadline", "realtime")
    plan, made = make(clips.clip("odd.webm", size="427x241", options=options), tmp_path)
    assert rungs(plan) == ["v240"]
    assert (made["v240"].width % 2, made["v240"].height) == (0, 240)


def test_a_tiny_video_keeps_its_own_size_and_is_never_enlarged(tmp_path: Path) -> None:
    plan, made = make(clips.clip("tiny.mp4", size="160x120"), tmp_path)
    assert (made[rungs(plan)[0]].width, made[rungs(plan)[0]].height) == (160, 120)


def test_a_silent_video_has_pictures_only(tmp_path: Path) -> None:
    plan, made = make(clips.clip("silent.mp4", sound=False), tmp_path)
    assert plan.audio == ()
    assert set(made) == {"v240"}
    assert "AUDIO" not in (tmp_path / "master.m3u8").read_text()
    assert not (tmp_path / "audio.m3u8").exists()


def test_sound_alone_has_a_master_of_its_own(tmp_path: Path) -> None:
    plan, made = make(clips.clip("alone.mp3", picture=False), tmp_path)
    assert plan.rungs == ()
    assert set(made) == {"a64", "a48"}
    assert not (tmp_path / "master.m3u8").exists()
    assert "a48.m3u8" in (tmp_path / "audio.m3u8").read_text()


def test_a_song_with_a_cover_is_sound_not_video() -> None:
    song, cover = (
        clips.clip("song.mp3", picture=False),
        clips.clip("cover.png", sound=False, options=("-frames:v", "1")),
    )
    path = clips.folder() / "covered.mp3"
    if not path.exists():
        attach = ("-map", "0", "-map", "1", "-c", "copy", "-id3v2_version", "3", "-disposition:v", "attached_pic")
        clips.ffmpeg("-i", str(song), "-i", str(cover), *attach, str(path))
    assert (probe(path).video, probe(path).audio) == (None, 0)


def test_fast_pictures_are_halved_and_every_rendition_cuts_at_the_same_places(tmp_path: Path) -> None:
    source = clips.clip("fast.mp4", size="854x480", rate="60", seconds=9)
    plan, made = make(source, tmp_path)
    assert not plan.follows_source
    videos = [made[name] for name in rungs(plan)]
    assert {round(media.rate) for media in videos} == {30}
    assert {media.segments for media in videos} == {3}
    starts = [line for line in (tmp_path / "v480.m3u8").read_text().splitlines() if line.startswith("#EXTINF")]
    assert starts == [line for line in (tmp_path / "v240.m3u8").read_text().splitlines() if line.startswith("#EXTINF")]


def shown(path: Path) -> list[tuple[float, int]]:
    """(second, lightness of the picture's left upper corner) of each picture of a rendition, counted from the first."""
    with av.open(str(path)) as container:
        pictures = [
            (frame.time or 0.0, int(frame.to_ndarray(format="gray")[4, 4])) for frame in container.decode(video=0)
        ]
    return [(second - pictures[0][0], light) for second, light in pictures]


def key_times(path: Path) -> list[float]:
    """Seconds of the key frames, counted from the first picture."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pts is not None]
    first = min(float(packet.pts * packet.time_base) for packet in packets)
    return [round(float(packet.pts * packet.time_base) - first, 3) for packet in packets if packet.is_keyframe]


@pytest.mark.parametrize("copied", [False, True], ids=["all encoded", "top copied"])
def test_pictures_of_slides_that_repeat_are_left_out_and_the_others_keep_their_time(
    tmp_path: Path, copied: bool
) -> None:
    plan, made = make(clips.slides(playable=copied), tmp_path)
    assert plan.follows_source == copied
    for rung in plan.encoded:
        pictures = shown(tmp_path / f"{rung.name}.mp4")
        assert next(second for second, light in pictures if light < 128) == pytest.approx(3, abs=0.01)
        moving = [second for second, _ in pictures if 5 <= second < 6]
        still = [second for second, _ in pictures if 6.2 <= second < 8.2]
        assert moving == pytest.approx([5 + number / 30 for number in range(30)], abs=0.002)
        assert 10 <= len(still) <= 14
        assert (made[rung.name].duration, made[rung.name].rate) == (pytest.approx(9, abs=0.2), 30)
    names = rungs(plan)
    keys = [0, 2.5, 5, 7.5] if copied else [0, 4, 8]
    assert [key_times(tmp_path / f"{name}.mp4") for name in names] == [keys] * len(names)
    pieces = [re.findall("EXTINF:(.*),", (tmp_path / f"{name}.m3u8").read_text())[:-1] for name in names]
    assert pieces == [pieces[0]] * len(names)


def test_a_source_that_browsers_play_is_copied_and_the_others_cut_where_it_does(tmp_path: Path) -> None:
    source = clips.clip(
        "fit.mp4",
        size="1280x720",
        seconds=9,
        options=("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-b:v", "1500k"),
    )
    plan, made = make(source, tmp_path)
    assert [rung.copied for rung in plan.rungs] == [True, False, False]
    assert len({made[name].segments for name in rungs(plan)}) == 1


def test_long_gaps_between_key_frames_are_not_copied() -> None:
    options = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "999", "-sc_threshold", "0")
    found = probe(clips.clip("gap.mp4", size="320x240", seconds=9, options=options))
    assert found.key_frame_gap > 8
    assert not make_plan(found).follows_source


def test_interlaced_anamorphic_video_becomes_progressive_with_square_pixels(tmp_path: Path) -> None:
    options = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-vf", "setsar=16/11,setfield=tff", "-b:v", "2M")
    source = clips.clip("old.mpg", size="352x288", options=options)
    found = probe(source)
    assert found.pixel_aspect == pytest.approx(16 / 11, abs=0.01)
    plan, made = make(source, tmp_path)
    top = made[rungs(plan)[0]]
    assert top.width / top.height == pytest.approx(352 * 16 / 11 / 288, abs=0.05)


def test_a_quick_set_of_an_h264_file_is_a_copy_and_of_another_the_smallest_rung(tmp_path: Path) -> None:
    copied = make_quick_plan(probe(clips.clip("plain.mp4", size="640x480")))
    assert [(rung.side, rung.copied) for rung in copied.rungs] == [(480, True)]
    other = make_quick_plan(
        probe(clips.clip("odd.webm", size="427x241", options=("-c:v", "libvpx", "-c:a", "libopus")))
    )
    assert [(rung.side, rung.copied) for rung in other.rungs] == [(240, False)]
    _, made = make(clips.clip("plain.mp4", size="640x480"), tmp_path, copied)
    assert set(made) == {"v480", "a128"}


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_a_playlist_in_disguise_is_unreadable_and_leads_nowhere(suffix: str) -> None:
    with pytest.raises(MediaError, match="unreadable") as caught:
        probe(clips.playlist_in_disguise(suffix))
    assert not caught.value.retryable


def test_a_truncated_file_and_random_bytes_are_refused_for_good(tmp_path: Path) -> None:
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(bytes(range(256)) * 64)
    for path in (clips.truncated(), noise):
        with pytest.raises(MediaError) as caught:
            probe(path)
        assert caught.value.code == "unreadable"


def test_an_upload_that_stops_in_the_middle_is_refused_for_good() -> None:
    with pytest.raises(MediaError) as caught:
        probe(clips.cut_off())
    assert (caught.value.code, caught.value.retryable) == ("bad_input", False)


@pytest.mark.parametrize(
    ("picture", "sound"),
    [((0, 6), (0, 3)), ((0, 3), (0, 6)), ((0, 6), (2, 6)), ((2, 6), (0, 6)), ((0, 6), (2, 4))],
    ids=["sound ends early", "picture ends early", "sound begins late", "picture begins late", "sound in the middle"],
)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_track_that_begins_late_or_ends_early_is_filled_up(
    tmp_path: Path, picture: tuple[float, float], sound: tuple[float, float], ending: str
) -> None:
    source = clips.ragged(f"ragged-{picture}-{sound}.{ending}", picture=picture, sound=sound)
    for name, choose in (("full", make_plan), ("quick", make_quick_plan)):
        folder = tmp_path / name
        folder.mkdir()
        _, made = make(source, folder, choose(probe(source)))
        assert {media.name: round(media.duration) for media in made.values()} == dict.fromkeys(made, 6)


def test_places_of_a_phone_are_not_passed_on(tmp_path: Path) -> None:
    tagged = clips.folder() / "tagged.mp4"
    if not tagged.exists():
        where = ("-metadata", "location=+21.0285+105.8542/", "-metadata", "title=secret-title")
        clips.ffmpeg("-i", str(clips.clip("plain.mp4", size="640x480")), "-c", "copy", *where, str(tagged))
    make(tagged, tmp_path)
    assert not any(b"secret-title" in path.read_bytes() for path in tmp_path.iterdir())


def test_the_command_reads_local_media_only_and_names_streams_by_number() -> None:
    found = Probe(container="mov", duration=60, size=1, video=2, width=1920, height=1080, rate=Fraction(30), audio=5)
    command = transcode_command("ffmpeg", Path("in.mov"), found, make_plan(found))
    text = " ".join(command)
    assert "-protocol_whitelist file" in text
    assert "hls" not in command[command.index("-format_whitelist") + 1].split(",")
    assert "[0:2]" in command[command.index("-filter_complex") + 1]
    assert text.count("-map 0:5") == 2
    made = [word for word in command if word.endswith(".mp4")]
    assert made == ["v1080.mp4", "v720.mp4", "v480.mp4", "v240.mp4", "a128.mp4", "a48.mp4"]


def test_hdr_is_mapped_to_what_every_screen_shows() -> None:
    found = Probe(container="mov", duration=60, size=1, video=0, width=1920, height=1080, rate=Fraction(30), hdr=True)
    command = transcode_command("ffmpeg", Path("in.mov"), found, make_plan(found))
    assert "tonemap=hable" in command[command.index("-filter_complex") + 1]


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("25", "25"),
        ("50", "25"),
        ("60000/1001", "30000/1001"),
        ("120", "30"),
        ("24000/1001", "24000/1001"),
        ("0", "30"),
    ],
)
def test_rates_are_kept_or_halved(rate: str, expected: str) -> None:
    assert output_rate(Probe(container="mov", duration=1, size=1, rate=Fraction(rate))) == Fraction(expected)


def test_a_bandwidth_is_never_below_a_segments_rate(tmp_path: Path) -> None:
    _, made = make(clips.clip("plain.mp4", size="640x480"), tmp_path)
    master = (tmp_path / "master.m3u8").read_text()
    stated = [int(line.split("BANDWIDTH=")[1].split(",")[0]) for line in master.splitlines() if "STREAM-INF" in line]
    assert stated == [made["v240"].peak + made["a48"].peak, made["v480"].peak + made["a64"].peak]


def test_a_rendition_that_is_cut_short_is_noticed(tmp_path: Path) -> None:
    plan, _ = make(clips.clip("plain.mp4", size="640x480"), tmp_path)
    path = tmp_path / "v240.mp4"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(MediaError, match="incomplete_output"):
        write_masters(tmp_path, plan, duration=2)


def test_seek_pictures_cover_the_whole_recording() -> None:
    lines = sprite_vtt(10).splitlines()
    assert [line for line in lines if "-->" in line][-1] == "00:00:08.000 --> 00:00:10.000"
    assert sum("-->" in line for line in sprite_vtt(3600).splitlines()) == 100


def test_a_runner_whose_lease_is_gone_ends_ffmpeg(tmp_path: Path) -> None:
    started: list[float] = []

    def beat(done: float) -> None:
        started.append(done)
        raise Cancelled

    slow = [ffmpeg_binary(), "-nostdin", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.2", "-re"]
    slow += ["-f", "lavfi", "-i", "testsrc2=size=64x64:duration=60", "-f", "null", "-"]
    before = time.monotonic()
    with pytest.raises(Cancelled):
        run_ffmpeg(slow, folder=tmp_path, duration=60, on_progress=beat)
    assert started
    assert time.monotonic() - before < 30


def test_a_program_that_makes_no_progress_is_stopped_as_stalled(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="stalled"):
        run_ffmpeg([sys.executable, "-c", "import time; time.sleep(60)"], folder=tmp_path, duration=1, stall_seconds=1)


def test_a_program_that_is_killed_is_told_apart_from_one_that_fails(tmp_path: Path) -> None:
    suicide = f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"
    with pytest.raises(MediaError, match="killed") as caught:
        run_ffmpeg([sys.executable, "-c", suicide], folder=tmp_path, duration=1)
    assert caught.value.retryable
    with pytest.raises(MediaError, match="ffmpeg_failed"):
        run_ffmpeg([sys.executable, "-c", "raise SystemExit(3)"], folder=tmp_path, duration=1)
    full = "import sys; sys.stderr.write('No space left on device'); sys.exit(1)"
    with pytest.raises(MediaError, match="out_of_disk"):
        run_ffmpeg([sys.executable, "-c", full], folder=tmp_path, duration=1)
    assert "No space left" in log_tail(tmp_path)


def test_ffmpeg_cannot_fill_the_disk(tmp_path: Path) -> None:
    write = "import os; f = open('big', 'wb'); [f.write(b'x' * 4096) or f.flush() for _ in range(1000)]"
    with pytest.raises(MediaError):
        run_ffmpeg([sys.executable, "-c", write], folder=tmp_path, duration=1, max_file_bytes=100_000)
    assert (tmp_path / "big").stat().st_size <= 100_000
    assert os.access(tmp_path, os.W_OK)


def test_the_lecture_of_the_samples_is_planned_by_its_own_facts() -> None:
    found = probe(shared("samples/media/bai-giang-phan-so-1080p.mp4"))
    assert (found.short_side, found.video_codec) == (1080, "h264")
    assert rungs(make_plan(found)) == ["v1080", "v720", "v480", "v240"]
