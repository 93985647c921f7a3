"""Notes at moments of a recording: a person's own are seen by nobody else, the teacher's shared ones by every viewer."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse

from lms.blocks import BlockData
from media import notes
from media.chapters import read_clock, write_clock
from media.models import Asset, Note, RenditionSet
from media.notes import all_notes, as_text, by_recording, note_add, shared_notes
from school.impersonation.looking import is_closed
from school.personal import parts
from school.policy import can, visible
from school.privacy.processing import copy_zip, erase
from tests.lms.made import make_course, make_lesson, make_video
from tests.world import World


@pytest.fixture
def film(world: World) -> Asset:
    """A film of ten minutes in a lesson of class 6A1."""
    made = make_video(world.a, 600)
    made.current = RenditionSet.objects.create(asset=made, has_video=True)
    made.save()
    make_lesson(make_course(world, world.a), world.a, [BlockData(type="video", ref=str(made.pk))])
    return made


def write(client: Any, film: Asset, text: str, at: str = "3:20", **more: str) -> Any:
    data = {"text": text, "at": at, **more}
    return client.post(reverse("media:notes", args=[film.pk]), data, headers={"HX-Request": "true"})


@pytest.mark.pure
@pytest.mark.parametrize(
    ("text", "second"),
    [("3:20", 200), (" 0:00 ", 0), ("1:04:05", 3845), ("90:00", 5400), ("3:75", None), ("x", None), ("", None)],
)
def test_a_time_is_read_as_people_write_it(text: str, second: int | None) -> None:
    assert read_clock(text) == second


@pytest.mark.pure
@pytest.mark.parametrize("second", [0, 59, 60, 3599, 3600, 3845, 36000])
def test_a_written_time_is_read_again_the_same(second: int) -> None:
    assert read_clock(write_clock(second)) == second


def test_a_pupil_writes_changes_deletes_and_brings_back_a_note(world: World, film: Asset, client_for: Any) -> None:
    client = client_for(world.a.student)
    page = write(client, film, "Vì sao quy đồng?").content.decode()
    assert 'data-seek="200"' in page
    note = Note.objects.get()
    assert (note.author, note.asset, note.at, note.shared) == (world.a.student, film, 200, False)

    address = reverse("media:note", args=[note.pk])
    opened = client.get(reverse("media:notes", args=[film.pk]), {"sua": note.pk}).content.decode()
    assert f'action="{address}"' in opened
    client.post(address, {"text": "Đã hiểu", "at": "4:00"}, headers={"HX-Request": "true"})
    note.refresh_from_db()
    assert (note.text, note.at) == ("Đã hiểu", 240)

    gone = client.post(address, {"do": "delete"}, headers={"HX-Request": "true"}).content.decode()
    assert not Note.objects.exists()
    assert "Đã xóa ghi chú." in gone
    assert '<input type="hidden" name="at" value="4:00"><input type="hidden" name="text" value="Đã hiểu">' in gone
    write(client, film, "Đã hiểu", "4:00")
    assert Note.objects.get().at == 240


@pytest.mark.parametrize(
    ("text", "at", "sentence"),
    [
        ("", "3:20", "Ghi chú còn trống. Hãy viết gì đó đã."),
        ("a", "3h20", "Ghi thời điểm dạng phút:giây, ví dụ 3:20."),
        ("a", "10:01", "Bản ghi kết thúc ở 10:00."),
        ("a" * 2001, "3:20", "2000"),
    ],
)
def test_a_wrong_note_is_refused_in_words_and_what_was_typed_stays(
    world: World, film: Asset, client_for: Any, text: str, at: str, sentence: str
) -> None:
    answer = write(client_for(world.a.student), film, text, at)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert f">\n{text}</textarea>" in page
    assert not Note.objects.exists()


def test_a_program_that_writes_without_end_is_stopped(
    world: World, film: Asset, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MOST", 1)
    client = client_for(world.a.student)
    write(client, film, "một")
    answer = write(client, film, "hai")
    assert answer.status_code == 422
    assert Note.objects.get().text == "một"


def test_what_a_pupil_writes_is_seen_by_nobody_else(world: World, film: Asset, client_for: Any) -> None:
    note = note_add(author=world.a.student, asset=film, at=200, text="Em chưa hiểu chỗ này")
    others = [person for name, person in world.people.items() if name != "student"]
    for stranger in (*others, world.a.student2, world.a.outsider, world.b.student, world.b.teacher):
        assert not visible(stranger, Note).exists()
        assert not can(stranger, "change", note)
        client = client_for(stranger)
        assert client.post(reverse("media:note", args=[note.pk]), {"do": "delete"}).status_code == 404
        for address in (reverse("media:my-notes"), reverse("media:my-notes-text")):
            assert "chưa hiểu" not in client.get(address).content.decode()
        beside = client.get(reverse("media:notes", args=[film.pk]), {"sua": note.pk})
        watches = stranger in (world.a.teacher, world.a.student2)
        assert beside.status_code == 200 if watches else beside.status_code == 404 or stranger in others
        assert "chưa hiểu" not in beside.content.decode()
    assert "chưa hiểu" in client_for(world.a.student).get(reverse("media:my-notes")).content.decode()


def test_nobody_reads_notes_through_the_pupils_eyes() -> None:
    assert is_closed("media.views_notes")
    assert not is_closed("media.views")


def test_only_the_owner_shows_a_note_and_every_viewer_gets_it_at_its_moment(
    world: World, film: Asset, client_for: Any
) -> None:
    write(client_for(world.a.student), film, "Em xin chia sẻ", shared="on")
    write(client_for(world.a.teacher), film, "Hãy dừng lại và tự làm", shared="on")
    write(client_for(world.a.teacher), film, "Sửa phụ đề chỗ này")
    assert not note_add(author=world.a.student, asset=film, at=0, text="Em cũng muốn", shared=True).shared
    assert [note.text for note in shared_notes(film)] == ["Hãy dừng lại và tự làm"]
    page = client_for(world.a.student2).get(reverse("media:detail", args=[film.pk])).content.decode()
    assert 'data-note-shared="200"' in page
    assert "Hãy dừng lại và tự làm" in page
    for private in ("Em xin chia sẻ", "Sửa phụ đề chỗ này"):
        assert private not in page


def test_the_owner_takes_a_shown_note_back(world: World, film: Asset, client_for: Any) -> None:
    note = note_add(author=world.a.teacher, asset=film, at=1, text="Câu hỏi", shared=True)
    client_for(world.a.teacher).post(reverse("media:note", args=[note.pk]), {"text": "Câu hỏi", "at": "0:01"})
    assert shared_notes(film) == []


def test_own_notes_are_found_without_diacritics_and_leave_as_text(world: World, film: Asset, client_for: Any) -> None:
    note_add(author=world.a.student, asset=film, at=3845, text="Vì sao?\nHỏi cô")
    note_add(author=world.a.student, asset=film, at=20, text="Ý chính")
    assert [note.text for note in all_notes(world.a.student, "hoi co")] == ["Vì sao?\nHỏi cô"]
    expected = "Phân số\n=======\n\n0:20  Ý chính\n1:04:05  Vì sao?\nHỏi cô\n"
    assert as_text(by_recording(all_notes(world.a.student))) == expected
    answer = client_for(world.a.student).get(reverse("media:my-notes-text"), {"tep": str(film.pk)})
    assert answer.content.decode() == expected
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert client_for(world.a.student).get(reverse("media:my-notes-text"), {"tep": "x"}).content == b""


def test_notes_stay_ones_own_when_the_recording_is_closed(world: World, film: Asset, client_for: Any) -> None:
    note_add(author=world.a.student, asset=film, at=20, text="Ý chính")
    film.lesson_materials.all().delete()
    client = client_for(world.a.student)
    assert client.get(reverse("media:notes", args=[film.pk])).status_code == 404
    page = client.get(reverse("media:my-notes")).content.decode()
    assert "Ý chính" in page
    assert reverse("media:detail", args=[film.pk]) not in page


def test_a_copy_of_ones_data_holds_the_notes_and_a_guardians_copy_names_what_it_leaves_out(
    world: World, film: Asset
) -> None:
    note_add(author=world.a.student, asset=film, at=20, text="Chỉ mình em đọc")

    def copy(reader: Any) -> tuple[dict[str, Any], str]:
        with zipfile.ZipFile(BytesIO(copy_zip(world.a.student, reader=reader)[0])) as archive:
            return json.loads(archive.read("du-lieu.json")), archive.read("du-lieu.html").decode()

    own, page = copy(world.a.student)
    assert own["sections"]["media.Note:author"][0]["text"] == "Chỉ mình em đọc"
    assert own["left_out"] == []
    assert "Không kèm theo" not in page
    guardians, page = copy(world.a.father)
    assert "media.Note:author" not in guardians["sections"]
    assert "Ghi chú khi xem bài giảng" in guardians["left_out"]
    assert "Chỉ mình em đọc" not in page
    assert f"chỉ {world.a.student} được đọc: Ghi chú khi xem bài giảng" in page


def test_a_granted_deletion_takes_the_notes(world: World, film: Asset) -> None:
    note_add(author=world.a.student, asset=film, at=20, text="Ý chính")
    assert erase(world.a.student)["media.Note"] == 1
    assert not Note.objects.exists()


def test_what_is_private_can_be_erased() -> None:
    assert all(part.erasable and apps.get_model(part.model) for part in parts() if part.private)
