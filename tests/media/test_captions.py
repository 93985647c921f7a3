"""Captions: any usual file becomes clean WebVTT, what is said can be found, and playlists name what is shown."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from media import pipeline, playlists
from media.captions import Cue, read_captions, read_vtt, write_vtt
from media.delivery import guest_answer
from media.errors import SENTENCES, MediaError
from media.models import Asset, CaptionTrack
from media.selectors import own_assets, transcript
from media.services import asset_from_file, captions_save
from tests.media import clips
from tests.world import World

SRT = "1\n00:00:00,500 --> 00:00:01,000\nXin chào các em\n\n2\n00:00:01,000 --> 00:00:01,900\nPhân số bằng nhau\n"
VTT = (
    "WEBVTT - tiêu đề\n\nSTYLE\n::cue { color: red }\n\nNOTE ghi chú\n\n"
    "1\n00:00.500 --> 00:01.000 line:0\n<v Cô Lan>Xin <i>chào</i>\n"
)
ASS = """[Script Info]
ScriptType: v4.00+

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.50,0:00:01.00,Default,,0,0,0,,{\\\\pos(10,10)\\\\b1}Xin chào{\\\\b0} các\\\\Nem
Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,không hiện
""".replace("\\\\", "\\")


@pytest.mark.pure
@pytest.mark.parametrize(
    ("name", "text", "first"),
    [
        ("a.srt", SRT, Cue(0.5, 1.0, "Xin chào các em")),
        ("a.vtt", VTT, Cue(0.5, 1.0, "Xin <i>chào</i>")),
        ("a.ass", ASS, Cue(0.5, 1.0, "<b>Xin chào</b> các\nem")),
        ("misnamed.vtt", SRT, Cue(0.5, 1.0, "Xin chào các em")),
    ],
)
def test_each_format_is_read_by_its_content(name: str, text: str, first: Cue) -> None:
    assert read_captions(text.encode(), name)[0] == first


@pytest.mark.pure
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "cp1258"])
def test_vietnamese_letters_survive_every_usual_encoding(encoding: str) -> None:
    text = SRT.replace("Phân số bằng nhau", "Phân sô")
    if encoding == "utf-16-le-bom":
        raw = b"\xff\xfe" + text.encode("utf-16-le")
    elif encoding == "cp1258":
        # The Windows page has letters and tones apart.
        raw = text.replace("à", "a\u0300").replace("Phân", "Phân").encode("cp1258")
    else:
        raw = text.encode(encoding)
    assert [cue.text for cue in read_captions(raw, "a.srt")] == ["Xin chào các em", "Phân sô"]


@pytest.mark.pure
@pytest.mark.parametrize(
    ("raw", "name", "code"),
    [
        (SRT.encode(), "a.txt", "captions_type"),
        (b"just words", "a.srt", "captions_type"),
        (b"\x00\x01" * 100, "a.srt", "captions_encoding"),
        (b"WEBVTT\n\n", "a.vtt", "captions_empty"),
        (b"x" * (2 * 1024 * 1024 + 1), "a.srt", "too_big"),
        (SRT.replace("00:00:0", "09:00:0").encode(), "a.srt", "captions_outside"),
    ],
)
def test_what_is_no_captions_of_this_recording_is_refused_with_a_reason(raw: bytes, name: str, code: str) -> None:
    with pytest.raises(MediaError) as caught:
        read_captions(raw, name, duration=10)
    assert caught.value.code == code
    assert code in SENTENCES


@pytest.mark.pure
def test_nothing_of_a_hostile_file_but_its_words_comes_through() -> None:
    text = SRT.replace("Xin chào các em", "<script>alert(1)</script><b onclick=x>A</b> & --> B <img src=x onerror=y>")
    (first, _second) = read_captions(text.encode(), "a.srt")
    assert not re.search(r"<(?!/?[biu]>)", first.text)
    assert "-->" not in write_vtt([first]).splitlines()[3]
    assert "alert(1)" in first.plain


@pytest.mark.pure
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**7), st.integers(1, 10**5), st.text(alphabet="aạ<>&-\n /bi{}\\N", min_size=1, max_size=40)
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read_again_the_same(rows: list[tuple[int, int, str]]) -> None:
    def clock(ms: int) -> str:
        return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"

    text = "".join(f"{n}\n{clock(s)} --> {clock(s + d)}\n{t}\n\n" for n, (s, d, t) in enumerate(rows, 1))
    try:
        cues = read_captions(text.encode(), "a.srt")
    except MediaError:
        # Nothing but blanks came out of these rows.
        assert not any(re.sub(r"[\\N\s]|<[^<>]*>|\{[^}]*\}", "", words) for _start, _length, words in rows)
        return
    assert read_vtt(write_vtt(cues)) == cues
    assert all(cue.start < cue.end and cue.text.strip() for cue in cues)


@pytest.fixture
def asset(world: World) -> Asset:
    made = asset_from_file(clips.clip("plain.mp4", size="640x480"), owner=world.a.teacher, title="Bài 3")
    pipeline.run_job(made.jobs.get().pk, owner="test")
    return Asset.objects.select_related("current").get(pk=made.pk)


@pytest.fixture
def track(asset: Asset) -> CaptionTrack:
    return captions_save(asset=asset, language="vi", raw=SRT.encode(), name="a.srt")


def test_a_teacher_adds_captions_and_viewers_playlists_name_them(world: World, asset: Asset, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    master = reverse("media:play", args=[asset.pk, "master.m3u8"])
    assert "SUBTITLES" not in client.get(master).content.decode()
    file = SimpleUploadedFile("phu-de.srt", SRT.encode())
    answer = client.post(reverse("media:captions", args=[asset.pk]), {"language": "vi", "file": file}, follow=True)
    assert "Xin chào" not in answer.content.decode()
    assert "Tiếng Việt" in answer.content.decode()
    text = client.get(master).content.decode()
    address = reverse("media:play", args=[asset.pk, "captions-vi.m3u8"])
    assert f'TYPE=SUBTITLES,GROUP-ID="s",NAME="Tiếng Việt",LANGUAGE="vi",AUTOSELECT=YES,URI="{address}"' in text
    streams = [line for line in text.splitlines() if line.startswith("#EXT-X-STREAM-INF")]
    assert streams
    assert all(line.endswith(',SUBTITLES="s"') for line in streams)
    inner = client.get(address).content.decode()
    piece = next(line for line in inner.splitlines() if not line.startswith("#"))
    answer = client.get(piece)
    assert answer["Content-Type"] == "text/vtt"
    assert answer.content.decode().startswith("WEBVTT\n\n00:00:00.500 --> 00:00:01.000\nXin chào các em")


def test_a_file_of_another_recording_is_refused_on_the_page_and_the_old_captions_stay(
    world: World, track: CaptionTrack, client_for: Any
) -> None:
    late = SimpleUploadedFile("khac.srt", SRT.replace("00:00:0", "03:00:0").encode())
    address = reverse("media:captions", args=[track.asset_id])
    answer = client_for(world.a.teacher).post(address, {"language": "vi", "file": late})
    assert answer.status_code == 422
    assert "bản ghi khác" in answer.content.decode()
    assert CaptionTrack.objects.get().vtt == track.vtt


def test_hidden_captions_are_nobodys_to_choose_until_they_are_shown_again(
    world: World, asset: Asset, track: CaptionTrack, client_for: Any
) -> None:
    client = client_for(world.a.teacher)
    change = reverse("media:captions-change", args=[asset.pk, "vi"])
    file = reverse("media:play", args=[asset.pk, "captions-vi.vtt"])
    client.post(change, {"do": "hide"})
    assert client.get(file).status_code == 404
    assert "SUBTITLES" not in client.get(reverse("media:play", args=[asset.pk, "master.m3u8"])).content.decode()
    client.post(change, {"do": "show"})
    assert client.get(file).status_code == 200
    client.post(change, {"do": "delete"})
    assert not CaptionTrack.objects.exists()


def test_only_the_owner_adds_changes_and_strangers_find_nothing(
    world: World, asset: Asset, track: CaptionTrack, client_for: Any
) -> None:
    for stranger in (world.a.teacher2, world.a.principal, world.b.teacher):
        client = client_for(stranger)
        assert client.post(reverse("media:captions", args=[asset.pk]), {"language": "en"}).status_code == 404
        assert client.post(reverse("media:captions-change", args=[asset.pk, "vi"]), {"do": "delete"}).status_code == 404
        assert client.get(reverse("media:transcript", args=[asset.pk, "vi"])).status_code == 404
        assert client.get(reverse("media:play", args=[asset.pk, "captions-vi.vtt"])).status_code == 404
    assert CaptionTrack.objects.exists()


def test_a_guest_of_a_room_above_reads_along_below_its_address(asset: Asset, track: CaptionTrack, rf: Any) -> None:
    def at(name: str) -> str:
        return guest_answer(rf.get("/"), asset, name, base="/khach/x/").content.decode()  # type: ignore[attr-defined]

    assert 'URI="/khach/x/captions-vi.m3u8"' in at("master.m3u8")
    assert "\n/khach/x/captions-vi.vtt\n" in at("captions-vi.m3u8")
    assert at("captions-vi.vtt") == track.vtt


def test_what_is_said_is_found_without_diacritics(world: World, asset: Asset, track: CaptionTrack) -> None:
    assert [cue.plain for cue in transcript(track, "PHAN so")] == ["Phân số bằng nhau"]
    assert transcript(track, "hinh hoc") == []
    assert list(own_assets(world.a.teacher, "phan so")) == [asset]
    assert list(own_assets(world.a.teacher, "Bài 3 bang")) == [asset]
    assert not own_assets(world.a.teacher, "hình học").exists()
    assert not own_assets(world.b.teacher, "phan so").exists()


@pytest.mark.pure
def test_a_master_without_captions_stays_as_it_is() -> None:
    text = f"{playlists.HEAD}#EXT-X-STREAM-INF:BANDWIDTH=1\nv240.m3u8\n"
    assert playlists.with_captions(text, []) == text
