"""Captions from the speech: a real engine listens, nobody but the owner sees what it wrote until they have looked at it."""

import importlib.util
import io
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.urls import reverse
from django.utils import translation

from lms.blocks import BlockData
from media import jobs, pipeline, speech
from media.captions import read_vtt
from media.checks import speech_check
from media.cues import columns
from media.errors import Cancelled, MediaError
from media.models import Asset, AssetState, CaptionTrack, Job, JobState
from media.selectors import own_assets
from media.services import asset_from_file, captions_save, job_cancel, job_retry, speech_ask
from media.speech import listen, model_fault
from media.speech_child import RATE, blocks
from school.text import fold
from tests.lms.made import make_course, make_lesson
from tests.media import clips, speaking
from tests.media.lone import working_in
from tests.media.test_documents import ended, eventually
from tests.shared import shared
from tests.world import World

SRT = b"1\n00:00:00,500 --> 00:00:01,000\nXin ch\xc3\xa0o\n"


@pytest.fixture
def able(settings: Any) -> None:
    """The operator has supplied a model."""
    settings.MEDIA_PIPELINE = {**settings.MEDIA_PIPELINE, "speech_model": speaking.model()}


def ready(path: Path, world: World) -> Asset:
    made = asset_from_file(path, owner=world.a.teacher, school=world.a.school, title="Bài 3")
    pipeline.run_job(made.jobs.get().pk, owner="test")
    return Asset.objects.select_related("current").get(pk=made.pk, state=AssetState.READY)


@pytest.fixture
def film(world: World) -> Asset:
    """The lecture's beginning, in a lesson of class 6A1."""
    made = ready(speaking.lecture(), world)
    make_lesson(make_course(world, world.a), world.a, [BlockData(type="video", ref=str(made.pk))])
    return made


def written_down(asset: Asset, language: str = "vi") -> Job:
    job = speech_ask(asset, language)
    pipeline.run_job(job.pk, owner="test")
    job.refresh_from_db()
    return job


def draft(asset: Asset, words: str = "Chào các em\n\n00:00:02.000 --> 00:00:03.000\nhọc bài phân bố") -> CaptionTrack:
    """Captions as a machine leaves them."""
    vtt = f"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n{words}\n"
    return CaptionTrack.objects.create(asset=asset, language="vi", vtt=vtt, published=False, unchecked=True)


def test_the_owner_asks_and_what_is_said_becomes_captions_that_only_they_see(
    world: World, film: Asset, able: None, client_for: Any
) -> None:
    teacher, pupil = client_for(world.a.teacher), client_for(world.a.student)
    page, place = reverse("media:detail", args=[film.pk]), reverse("media:speech", args=[film.pk])
    assert "Tạo phụ đề từ lời nói" in teacher.get(page).content.decode()
    assert teacher.post(place, {"do": "ask", "language": "vi"}).status_code == 302
    assert "Đang chờ đến lượt" in teacher.get(place).content.decode()
    job = film.jobs.get(kind=Job.JobKind.SPEECH)
    assert (job.language, job.state) == ("vi", JobState.QUEUED)

    pipeline.run_job(job.pk, owner="test")
    job.refresh_from_db()
    assert (job.state, job.progress, job.error_code, job.attempts) == (JobState.DONE, 100, "", 1)
    track = film.captions.get()
    assert (track.language, track.published, track.unchecked) == ("vi", False, True)
    cues = read_vtt(track.vtt)
    heard = fold(" ".join(cue.plain for cue in cues)).split()
    # the smallest model mishears a word here and there, another on another processor
    assert sum(word in heard for word in ["chao", "cac", "em", "hom", "nay", "chung", "ta", "bai", "phan"]) >= 6
    assert all(0 <= cue.start < cue.end <= 9 for cue in cues)
    assert all(columns(line) <= 42 for cue in cues for line in cue.written.splitlines())

    shown = teacher.get(page).content.decode()
    assert "Máy ghi, chưa kiểm tra" in shown
    assert reverse("media:captions-lines", args=[film.pk, "vi"]) in shown
    assert "chờ kiểm tra" in teacher.get(place).content.decode()
    assert [asset.pk for asset in own_assets(world.a.teacher, "chao cac")] == [film.pk]
    assert "Tiếng Việt" not in pupil.get(page).content.decode()
    assert "captions" not in pupil.get(reverse("media:play", args=[film.pk, "master.m3u8"])).content.decode()
    for name in ("captions-vi.vtt", "captions-vi.m3u8"):
        assert pupil.get(reverse("media:play", args=[film.pk, name])).status_code == 404
    assert pupil.get(reverse("media:transcript", args=[film.pk, "vi"])).status_code == 404


def test_times_are_the_recordings_also_when_nobody_speaks_at_first(world: World, able: None) -> None:
    film = ready(speaking.lecture(seconds=5, wait=6), world)
    assert written_down(film).state == JobState.DONE
    assert read_vtt(film.captions.get().vtt)[0].start == pytest.approx(6, abs=0.7)


def test_what_is_said_after_many_minutes_has_its_time_too(tmp_path: Path) -> None:
    seconds, sound = 250, tmp_path / "sound.s16"
    sound.write_bytes(bytes(2 * seconds * RATE) + speaking.raw(speaking.lecture(seconds=5)).read_bytes())
    words = listen(speaking.model(), sound, "vi", threads=2, beat=lambda done: None)
    assert words[0].start == pytest.approx(seconds, abs=0.7)
    assert [word.start for word in words] == sorted(word.start for word in words)


@pytest.mark.parametrize("sound", ["silence", "tone", "noise", "film music"])
def test_where_nobody_speaks_no_empty_captions_are_made(world: World, able: None, sound: str, client_for: Any) -> None:
    sources = {
        "silence": "anullsrc=r=48000:d=6",
        "tone": "sine=frequency=440:duration=6",
        "noise": "anoisesrc=d=6:a=0.2:seed=1",
    }
    if sound in sources:
        path = clips.folder() / f"{sound}.m4a"
        clips.ffmpeg("-f", "lavfi", "-i", sources[sound], "-t", "6", "-c:a", "aac", str(path))
    else:
        path = shared("samples/media/bigbuckbunny_720p_5s.mp4")
    asset = ready(path, world)
    job = written_down(asset)
    assert (job.state, job.error_code, job.attempts) == (JobState.FAILED, "no_speech", 1)
    assert not asset.captions.exists()
    asset.refresh_from_db()
    assert asset.state == AssetState.READY
    shown = client_for(world.a.teacher).get(reverse("media:speech", args=[asset.pk])).content.decode()
    assert "Không nghe thấy lời nói" in shown
    assert "Tạo phụ đề từ lời nói" in shown


def test_nothing_is_offered_without_a_model_or_without_sound(
    world: World, film: Asset, settings: Any, client_for: Any
) -> None:
    teacher = client_for(world.a.teacher)
    place = reverse("media:speech", args=[film.pk])
    assert "Tạo phụ đề" not in teacher.get(reverse("media:detail", args=[film.pk])).content.decode()
    teacher.post(place, {"do": "ask", "language": "vi"})
    assert not film.jobs.filter(kind=Job.JobKind.SPEECH).exists()
    settings.MEDIA_PIPELINE = {**settings.MEDIA_PIPELINE, "speech_model": speaking.model()}
    mute = ready(clips.clip("mute.mp4", sound=False), world)
    assert "Tạo phụ đề" not in teacher.get(reverse("media:detail", args=[mute.pk])).content.decode()
    with pytest.raises(MediaError, match="no_sound"):
        speech_ask(mute, "vi")
    # The model is taken away while a job waits.
    job = speech_ask(film, "vi")
    settings.MEDIA_PIPELINE = {**settings.MEDIA_PIPELINE, "speech_model": None}
    pipeline.run_job(job.pk, owner="test")
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "speech_model")
    assert "MEDIA_SPEECH_MODEL" in job.log_tail


def test_captions_of_a_person_are_never_replaced(world: World, film: Asset, able: None, client_for: Any) -> None:
    job = speech_ask(film, "vi")
    captions_save(asset=film, language="vi", raw=SRT, name="a.srt")  # while the job waits
    pipeline.run_job(job.pk, owner="test")
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "captions_exist")
    assert "Xin chào" in film.captions.get().vtt
    with pytest.raises(MediaError, match="captions_exist"):
        speech_ask(film, "vi")
    choices = client_for(world.a.teacher).get(reverse("media:speech", args=[film.pk])).content.decode()
    assert 'value="vi"' not in choices
    assert 'value="en"' in choices


def test_asked_again_what_nobody_has_checked_is_replaced_and_a_file_takes_its_place(
    world: World, film: Asset, able: None
) -> None:
    old = draft(film, "cũ")
    assert written_down(film).state == JobState.DONE
    track = film.captions.get()
    assert (track.pk, track.unchecked, "cũ" in track.vtt) == (old.pk, True, False)
    track = captions_save(asset=film, language="vi", raw=SRT, name="a.srt")
    assert (track.published, track.unchecked) == (True, False)


def test_the_owner_corrects_lines_and_shows_them(world: World, film: Asset, client_for: Any) -> None:
    track = draft(film)
    teacher, pupil = client_for(world.a.teacher), client_for(world.a.student)
    place = reverse("media:captions-lines", args=[film.pk, "vi"])
    change = reverse("media:captions-change", args=[film.pk, "vi"])
    teacher.post(change, {"do": "show"})  # not without having seen the lines
    track.refresh_from_db()
    assert not track.published

    page = teacher.get(place).content.decode()
    assert "học bài phân bố" in page
    assert 'data-seek="2.0"' in page
    seen = track.changed.isoformat()
    sent = {"do": "save", "seen": seen, "tu": "0", "dong-2000-0": "học <b>bài</b>\n\nphân số --> 1/2"}
    assert teacher.post(place, sent).status_code == 302
    track.refresh_from_db()
    assert [cue.text for cue in read_vtt(track.vtt)] == [
        "Chào các em",
        "học &lt;b&gt;bài&lt;/b&gt;\nphân số → 1/2",
    ]
    assert (track.published, track.unchecked) == (False, True)
    assert [asset.pk for asset in own_assets(world.a.teacher, "phân số")] == [film.pk]

    # In another window the lines are still the old ones.
    answer = teacher.post(place, {**sent, "dong-2000-0": "khác", "do": "show"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "vừa được sửa ở nơi khác" in page
    # what was written is still there, beside what stands now
    assert ">khác</textarea>" in page
    assert "Hiện tại: học &lt;b&gt;bài&lt;/b&gt; phân số" in page
    for nonsense in ("", "hôm qua"):
        assert teacher.post(place, {**sent, "seen": nonsense}).status_code == 422
    track.refresh_from_db()
    assert "khác" not in track.vtt

    sent = {"do": "show", "seen": track.changed.isoformat(), "dong-0-0": ""}
    assert teacher.post(place, sent)["Location"] == reverse("media:detail", args=[film.pk])
    track.refresh_from_db()
    assert (track.published, track.unchecked, len(read_vtt(track.vtt))) == (True, False, 1)
    assert "captions-vi" in pupil.get(reverse("media:play", args=[film.pk, "master.m3u8"])).content.decode()
    teacher.post(change, {"do": "hide"})
    teacher.post(change, {"do": "show"})
    track.refresh_from_db()
    assert track.published
    emptied = teacher.post(place, {"do": "save", "seen": track.changed.isoformat(), "dong-2000-0": " "})
    assert emptied.status_code == 422
    assert CaptionTrack.objects.get(pk=track.pk).vtt == track.vtt


def test_unchanged_lines_keep_their_marks_and_no_line_is_missed_between_pages(
    world: World, film: Asset, client_for: Any
) -> None:
    blocks = "".join(
        f"\n{n}\n00:00:{n // 20:02d},{n % 20 * 50:03d} --> 00:00:{n // 20:02d},{n % 20 * 50 + 40:03d}\n<i>Dòng</i> {n}\n"
        for n in range(100)
    )
    track = captions_save(asset=film, language="vi", raw=blocks.encode(), name="a.srt")
    teacher = client_for(world.a.teacher)
    place = reverse("media:captions-lines", args=[film.pk, "vi"])
    shown = [cue.plain for _key, cue, _words in teacher.get(place).context["lines"]]
    assert shown == [f"Dòng {n}" for n in range(40)]
    sent = {"seen": track.changed.isoformat(), "tu": "0", "next": "2000", "do": "next"}
    gone = {"dong-0-0": "Dòng 0", "dong-50-0": "Dòng một", "dong-100-0": "", "dong-150-0": ""}
    following = teacher.post(place, sent | gone)["Location"]
    track.refresh_from_db()
    assert [cue.text for cue in read_vtt(track.vtt)][:3] == ["<i>Dòng</i> 0", "Dòng một", "<i>Dòng</i> 4"]
    page = teacher.get(following)
    assert [cue.plain for _key, cue, _words in page.context["lines"]] == [f"Dòng {n}" for n in range(40, 80)]
    assert (page.context["previous"], page.context["next"]) == (0, 4000)
    last = teacher.get(f"{place}?tu=4000")
    assert [cue.plain for _key, cue, _words in last.context["lines"]] == [f"Dòng {n}" for n in range(80, 100)]
    assert last.context["next"] is None
    for begin in ("99999999", "-1", "x", "9" * 50):
        assert teacher.get(f"{place}?tu={begin}").status_code == 200


def test_the_owner_downloads_what_is_hidden_and_strangers_find_nothing(
    world: World, film: Asset, client_for: Any
) -> None:
    track = draft(film)
    file = reverse("media:captions-file", args=[film.pk, "vi"])
    answer = client_for(world.a.teacher).get(file)
    assert answer.content.decode() == track.vtt
    assert "B%C3%A0i%203.vi.vtt" in answer["Content-Disposition"]
    addresses = (file, reverse("media:captions-lines", args=[film.pk, "vi"]), reverse("media:speech", args=[film.pk]))
    for stranger in (world.a.student, world.a.teacher2, world.b.teacher, world.a.principal):
        client = client_for(stranger)
        assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
        assert client.post(addresses[1], {"do": "show", "seen": track.changed.isoformat()}).status_code == 404
    track.refresh_from_db()
    assert not track.published


def test_one_listens_at_a_time_and_films_do_not_wait_for_it(world: World, able: None) -> None:
    first, second = ready(speaking.lecture(), world), ready(clips.clip("second.mp4"), world)
    running = jobs.claim(speech_ask(first, "vi").pk, owner="one")
    assert running is not None
    waiting = speech_ask(second, "vi")
    assert jobs.claim(waiting.pk, owner="two") is None
    upload = asset_from_file(clips.clip("third.mp4"), owner=world.a.teacher).jobs.get()
    assert jobs.claim(upload.pk, owner="two") is not None
    jobs.fail(running, MediaError("no_speech"))
    assert jobs.claim(waiting.pk, owner="two") is not None


def test_a_job_is_stopped_by_its_owner_and_run_again_by_the_administrator(
    world: World, film: Asset, able: None, client_for: Any
) -> None:
    job = speech_ask(film, "vi")
    lease = jobs.claim(job.pk, owner="one")
    assert lease is not None
    jobs.beat(lease, 0.25)
    place = reverse("media:speech", args=[film.pk])
    teacher = client_for(world.a.teacher)
    assert "25%" in teacher.get(place).content.decode()
    answer = teacher.post(place, {"do": "stop"}, headers={"HX-Request": "true"})
    assert "Tạo phụ đề từ lời nói" in answer.content.decode()
    with pytest.raises(Cancelled):
        jobs.publish_captions(lease, "vi", read_vtt("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nmuộn\n"))
    assert not film.captions.exists()
    job.refresh_from_db()
    assert not job_cancel(job)
    again = job_retry(job)
    assert again is not None
    assert (again.language, again.kind) == ("vi", Job.JobKind.SPEECH)
    queue = client_for(world.a.school_admin).get(reverse("media:queue")).content.decode()
    assert "Phụ đề từ lời nói" in queue


def test_an_operator_is_told_in_words_what_is_wrong_with_the_model(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(model: Path | None) -> str:
        settings.MEDIA_PIPELINE = {**settings.MEDIA_PIPELINE, "speech_model": model}
        return " ".join(one.msg for one in speech_check())

    assert said(None) == ""
    assert said(speaking.model()) == ""
    assert "no model.bin, config.json, tokenizer.json in it" in said(tmp_path / "nowhere")
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "model.bin").write_bytes(b"ggml" * 100)
    assert "is not a Whisper model of CTranslate2" in said(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
        assert "cannot be read: Permission denied" in model_fault(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", lambda name: None)
        assert "requirements/speech.txt" in said(speaking.model())


@pytest.mark.pure
def test_a_long_recording_is_heard_in_pieces_that_end_where_it_is_quiet() -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 50 * RATE).astype(np.int16)
    for second in (8, 17, 31):
        noise[int(second * RATE) : int((second + 0.5) * RATE)] //= 100
    pieces = list(blocks(io.BytesIO(noise.tobytes()), block=10 * RATE, searched=4 * RATE))
    assert [begin for begin, _ in pieces][1:3] == [pytest.approx(second + 0.25, abs=0.1) for second in (8, 17)]
    assert all(len(samples) <= 10 * RATE for _, samples in pieces)
    whole = np.concatenate([samples for _, samples in pieces])
    assert (np.round(whole * 32768).astype(np.int16) == noise).all()


def test_a_model_that_is_damaged_ends_the_job_in_words(tmp_path: Path) -> None:
    for file in speaking.model().iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[: 1 << 20 if file.name == "model.bin" else None])
    assert model_fault(tmp_path) == ""
    with pytest.raises(MediaError) as caught:
        listen(tmp_path, speaking.raw(speaking.lecture()), "vi", threads=2, beat=lambda done: None)
    assert caught.value.code == "speech_model"
    assert "payload" in caught.value.detail
    with translation.override("vi"):
        assert "quản trị viên" in caught.value.sentence


def pretend(folder: Path, code: str, **options: Any) -> Any:
    """What `listen` makes of another child."""
    child = folder / "child.py"
    child.write_text(code)
    sound = folder / "sound.s16"
    sound.write_bytes(bytes(2 * RATE * 10))
    words = {"beat": lambda done: None, "beat_seconds": 0.1, "threads": 1, "child": child, **options}
    return listen(speaking.model(), sound, "vi", **words)


def test_the_engine_gets_no_secret_and_no_network_and_its_progress_is_the_sign_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = (
            "import json, os, socket, time\n"
            f"try: socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2); net = 'open'\n"
            "except OSError as error: net = 'closed'\n"
            "print(json.dumps({'heard': 5.0}), flush=True); time.sleep(0.5)\n"
            "print(json.dumps({'words': [[0, 1, ' ' + net], [1, 2, ' ' + ' '.join(os.environ)]]}), flush=True)\n"
            "print(json.dumps({'done': True}), flush=True)\n"
        )
        seen: list[float] = []
        net, environment = pretend(tmp_path, code, beat=seen.append)
    assert "DATABASE_URL" not in environment.text
    assert 0.5 in seen
    leave = "import os; os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)"
    if subprocess.run([sys.executable, "-c", leave], check=False, capture_output=True).returncode:
        pytest.skip("this system lets no ordinary process leave the network")
    assert net.text == " closed"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed"),
        ("raise SystemExit('tokenizer?')", "internal"),
        ("print('{\"heard\": 10}')", "internal"),
        ('print(\'{"error": "speech_language"}\')', "speech_language"),
        ("import time; time.sleep(60)", "stalled"),
        ("import time\nwhile True: print('{\"heard\": 1}', flush=True); time.sleep(0.05)", "too_slow"),
        ("x = bytearray(8 << 30)", "internal"),
    ],
)
def test_however_the_engine_ends_the_job_says_so(
    tmp_path: Path, code: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "STALL_SECONDS", 0.5)
    monkeypatch.setattr(speech, "SHORTEST_LIMIT", 2.0)
    monkeypatch.setattr(speech, "SLOWEST_SPEED", 0.1)
    with pytest.raises(MediaError) as caught:
        pretend(tmp_path, code)
    assert caught.value.code == error


def test_a_lost_lease_ends_the_engine_and_what_it_started(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    code = f"import os, time\nif os.fork() == 0: open({str(told)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"

    def lost(done: float) -> None:
        if told.exists() and told.read_text():
            raise Cancelled

    with pytest.raises(Cancelled):
        pretend(tmp_path, code, beat=lost)
    assert eventually(lambda: ended(int(told.read_text())))
    assert eventually(lambda: not working_in(tmp_path))
