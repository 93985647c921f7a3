"""Chapters: lines of time and title, refused by number where they are wrong, shown and jumped to by viewers."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from media import pipeline
from media.captions import read_vtt
from media.chapters import Chapter, ChapterError, chapters_vtt, read_chapters
from media.models import Asset, AssetState
from media.selectors import chapters_of
from media.services import asset_from_file
from tests.media import clips
from tests.world import World

TEXT = "0:00 Mở đầu\n\n3:20 – Quy đồng mẫu số\n1:04:05 Bài <tập> & đố"
MADE = [Chapter(0, "Mở đầu"), Chapter(200, "Quy đồng mẫu số"), Chapter(3845, "Bài <tập> & đố")]


@pytest.mark.pure
def test_lines_of_time_and_title_are_chapters() -> None:
    assert read_chapters(TEXT, 4000) == MADE
    assert read_chapters("") == []


@pytest.mark.pure
@pytest.mark.parametrize(
    ("text", "number", "why"),
    [
        ("0:00 A\nkhông có giờ", 2, "form"),
        ("0:00", 1, "form"),
        ("0:75 A", 1, "form"),
        ("1:00 A\n\n0:30 B", 3, "order"),
        ("1:00 A\n1:00 B", 2, "order"),
        ("0:00 A\n99:00 B", 2, "end"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(text: str, number: int, why: str) -> None:
    with pytest.raises(ChapterError) as caught:
        read_chapters(text, 600)
    assert (caught.value.number, caught.value.why) == (number, why)


@pytest.mark.pure
def test_each_chapter_lasts_until_the_next_and_its_title_stays_words() -> None:
    cues = read_vtt(chapters_vtt(MADE, 4000.0))
    assert [(cue.start, cue.end) for cue in cues] == [(0, 200), (200, 3845), (3845, 4000)]
    assert cues[2].plain == "Bài <tập> & đố"
    assert "<tập>" not in cues[2].text


@pytest.fixture
def asset(world: World) -> Asset:
    made = asset_from_file(clips.clip("plain.mp4", size="640x480"), owner=world.a.teacher, title="Bài 3")
    pipeline.run_job(made.jobs.get().pk, owner="test")
    return Asset.objects.select_related("current").get(pk=made.pk)


def test_a_teacher_writes_chapters_and_viewers_get_them_as_a_track_and_a_list(
    world: World, asset: Asset, client_for: Any
) -> None:
    client = client_for(world.a.teacher)
    answer = client.post(reverse("media:chapters", args=[asset.pk]), {"chapters": "0:00 Mở đầu\n0:01 Kết"}, follow=True)
    page = answer.content.decode()
    assert 'data-seek="1"' in page
    track = reverse("media:play", args=[asset.pk, "chapters.vtt"])
    assert f'<track kind="chapters" default src="{track}"' in page
    assert [cue.plain for cue in read_vtt(client.get(track).content.decode())] == ["Mở đầu", "Kết"]
    assert client_for(world.a.teacher2).get(track).status_code == 404


def test_a_wrong_line_is_said_and_nothing_is_lost(world: World, asset: Asset, client_for: Any) -> None:
    Asset.objects.filter(pk=asset.pk).update(chapters="0:00 Cũ")
    typed = "0:00 Mở đầu\n9:99 Sai"
    answer = client_for(world.a.teacher).post(reverse("media:chapters", args=[asset.pk]), {"chapters": typed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Dòng 2, “9:99 Sai”: hãy ghi thời điểm" in page
    assert "9:99 Sai</textarea>" in page
    assert Asset.objects.get(pk=asset.pk).chapters == "0:00 Cũ"


def test_saving_chapters_leaves_alone_what_a_worker_writes_meanwhile(
    world: World, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = Asset.objects.create(owner=world.a.teacher, kind="video", title="Đang làm", state=AssetState.PROCESSING)
    asset.original.save("a.mp4", ContentFile(b"x"))
    plain = Asset.save

    def late(self: Asset, *args: Any, **kwargs: Any) -> None:
        Asset.objects.filter(pk=self.pk).update(state=AssetState.READY)
        plain(self, *args, **kwargs)

    monkeypatch.setattr(Asset, "save", late)
    client_for(world.a.teacher).post(reverse("media:chapters", args=[asset.pk]), {"chapters": "0:00 Mở đầu"})
    asset.refresh_from_db()
    assert (asset.state, asset.chapters) == (AssetState.READY, "0:00 Mở đầu")


def test_chapters_of_a_longer_recording_are_not_shown(asset: Asset) -> None:
    asset.chapters = "0:00 A\n50:00 B"
    assert chapters_of(asset) == []
