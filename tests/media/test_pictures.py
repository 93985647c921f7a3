"""Pictures from any phone: shown by every browser, silent about place and camera, upright, in sizes for slow lines."""

import random
import struct
import threading
import time
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from django.urls import reverse
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, PngImagePlugin

from lms.blocks import BlockData
from media import metadata, pipeline
from media.content import identify
from media.delivery import guest_answer
from media.errors import MediaError
from media.models import Asset, Job, JobState, Kind
from media.pictures import one_at_a_time
from media.services import asset_from_file
from tests.lms.made import make_course, make_lesson
from tests.world import World

ORIENTATION, DESCRIPTION, GPS = 0x0112, 0x010E, 0x8825
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>21,1N</exif:GPSLatitude></x:xmpmeta>'


def notes(orientation: int = 1) -> Image.Exif:
    """What a phone notes: how it was held, a description, where it was."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[DESCRIPTION] = "Nha be An"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (21.0, 1.0, 30.0)
    return exif


def photograph(width: int = 320, height: int = 240) -> Image.Image:
    """A picture whose upper left corner is red and the rest is noise, which no format packs well."""
    noise = Image.frombytes(
        "RGB", (width // 8, height // 8), random.Random(1).randbytes(width // 8 * (height // 8) * 3)
    )
    picture = noise.resize((width, height))
    ImageDraw.Draw(picture).rectangle((0, 0, width // 4, height // 4), fill=(255, 0, 0))
    return picture


def is_red(pixel: Any) -> bool:
    red, green, blue = pixel[:3]
    return red > 200 and green < 60 and blue < 60


def kept(asset: Asset) -> bytes:
    with asset.original.open() as file:
        return file.read()


def save(path: Path, picture: Image.Image, **options: Any) -> Path:
    picture.save(path, **options)
    return path


def test_what_an_iphone_takes_is_kept_as_jpeg_upright_and_without_place(world: World, tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.heic"
    pillow_heif.from_pillow(photograph(320, 240)).save(path, quality=90, exif=notes(6).tobytes())
    assert b"Nha be An" in path.read_bytes()
    asset = asset_from_file(path, owner=world.a.teacher)
    assert (asset.kind, asset.content_type, asset.original_name) == (Kind.IMAGE, "image/jpeg", "IMG_0001.jpg")
    with Image.open(BytesIO(kept(asset))) as shown:
        assert shown.format == "JPEG"
        assert not shown.getexif()
        assert shown.size == (asset.width, asset.height)
        assert (asset.width, asset.height) == (240, 320)
        assert is_red(shown.getpixel((230, 10)))  # turned to the right


def test_a_heic_that_a_messenger_named_jpg_is_told_by_its_bytes(world: World, tmp_path: Path) -> None:
    path = tmp_path / "zalo.jpg"
    pillow_heif.from_pillow(photograph()).save(path, quality=80)
    assert asset_from_file(path, owner=world.a.teacher).content_type == "image/jpeg"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpegs_own_bytes_stay_and_of_its_notes_only_how_it_was_held(
    world: World, tmp_path: Path, orientation: int
) -> None:
    path = save(tmp_path / "a.jpg", photograph(), exif=notes(orientation), xmp=XMP, comment=b"Ho ten", quality=85)
    with Image.open(path) as sent:
        pixels = sent.tobytes()
        profile = sent.info.get("icc_profile")
    asset = asset_from_file(path, owner=world.a.teacher)
    data = kept(asset)
    for told in (b"GPS", b"Ho ten", b"be An", b"xmpmeta"):
        assert told not in data
    with Image.open(BytesIO(data)) as shown:
        assert dict(shown.getexif()) == ({} if orientation == 1 else {ORIENTATION: orientation})
        assert shown.tobytes() == pixels
        assert shown.info.get("icc_profile") == profile
    assert (asset.width, asset.height) == ((240, 320) if orientation >= 5 else (320, 240))


def test_the_colours_of_a_jpeg_stay(world: World, tmp_path: Path) -> None:
    profile = b"ICC" * 50_000  # in several segments
    path = save(tmp_path / "a.jpg", photograph(), icc_profile=profile, exif=notes())
    with Image.open(BytesIO(kept(asset_from_file(path, owner=world.a.teacher)))) as shown:
        assert shown.info["icc_profile"] == profile


def test_the_second_picture_that_phones_hide_behind_the_first_is_dropped(world: World, tmp_path: Path) -> None:
    path = tmp_path / "samsung.jpg"
    photograph().save(path, "MPO", save_all=True, append_images=[photograph(160, 120)], exif=notes())
    assert path.read_bytes().count(b"\xff\xd8\xff") >= 2
    asset = asset_from_file(path, owner=world.a.teacher)
    data = kept(asset)
    assert data.count(b"\xff\xd8\xff") == 1
    assert b"GPS" not in data
    with Image.open(BytesIO(data)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (320, 240))


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_with_restarts_or_in_several_scans_stays_whole(tmp_path: Path, progressive: bool) -> None:
    path = save(tmp_path / "a.jpg", photograph(), progressive=progressive, restart_marker_blocks=4, exif=notes())
    data = path.read_bytes()
    with Image.open(path) as before, Image.open(BytesIO(metadata.clean_jpeg(data, 1))) as after:
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize(("name", "options"), [("a.png", {}), ("a.webp", {"lossless": True, "xmp": XMP})])
def test_png_and_webp_lose_their_notes_and_keep_their_pixels(
    world: World, tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    if name == "a.png":
        texts = PngImagePlugin.PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        texts.add_text("Author", "Ho ten")
        options = {"pnginfo": texts}
    path = save(tmp_path / name, photograph().convert("RGBA"), exif=notes(), **options)
    asset = asset_from_file(path, owner=world.a.teacher)
    data = kept(asset)
    for told in (b"GPS", b"Ho ten", b"be An", b"xmpmeta", b"eXIf", b"EXIF"):
        assert told not in data
    with Image.open(BytesIO(data)) as shown:
        assert shown.convert("RGBA").tobytes() == photograph().convert("RGBA").tobytes()
        assert not shown.getexif()


def test_a_webp_that_was_held_sideways_is_kept_upright(world: World, tmp_path: Path) -> None:
    path = save(tmp_path / "a.webp", photograph(), exif=notes(6))
    asset = asset_from_file(path, owner=world.a.teacher)
    assert (asset.content_type, asset.width, asset.height) == ("image/jpeg", 240, 320)


@pytest.mark.pure
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["jpeg", "png", "webp"]), st.integers(0, 5000), st.binary(max_size=12), st.integers(0, 5000))
def test_no_damage_makes_the_cleaning_fail_otherwise_than_by_saying_so(
    form: str, at: int, put: bytes, cut: int
) -> None:
    out = BytesIO()
    photograph(64, 64).save(out, form.upper(), exif=notes(3))
    data = out.getvalue()
    at, cut = at % len(data), cut % len(data)
    broken = (data[:at] + put + data[at + len(put) :])[: len(data) - cut]
    try:
        metadata.CLEANERS[f"image/{form}"](broken, 3)
    except metadata.Damaged:
        return


def bomb(width: int, height: int) -> bytes:
    """A PNG of one colour, a few kilobytes that would unpack to gigabytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(9_000, 9_000), (40_000, 40_000)])
def test_a_picture_that_unpacks_without_measure_is_refused_in_words(
    world: World, tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(bomb(*size))
    with pytest.raises(MediaError) as caught:
        asset_from_file(path, owner=world.a.teacher)
    assert caught.value.code == "too_large_picture"
    with translation.override("vi"):
        assert "lớn hơn mức cho phép" in caught.value.sentence
    assert not Asset.objects.exists()


def test_a_broken_heic_is_refused_in_words(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(photograph()).save(path, quality=80)
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(MediaError) as caught:
        asset_from_file(path, owner=world.a.teacher)
    assert caught.value.code == "picture_broken"
    assert not list(tmp_path.glob("tmp*"))


@pytest.mark.pure
def test_words_named_as_a_phones_picture_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_text("<svg><script>1</script></svg>")
    with pytest.raises(MediaError, match="content_mismatch"):
        identify(path, "a.heic")


@pytest.fixture
def large(world: World, tmp_path: Path) -> Asset:
    """A photograph of 2000 × 1500 in a lesson of class 6A1, with its sizes made."""
    path = save(tmp_path / "lon.jpg", photograph(1500, 2000), quality=95, exif=notes(6))
    asset = asset_from_file(path, owner=world.a.teacher, school=world.a.school)
    job = asset.jobs.get()
    assert job.kind == Job.JobKind.PICTURE
    pipeline.run_job(job.pk, owner="test")
    job.refresh_from_db()
    assert job.state == JobState.DONE
    block = BlockData(type="image", ref=str(asset.pk), caption="Sân trường")
    make_lesson(make_course(world, world.a), world.a, [block])
    return asset


def test_a_large_picture_gets_sizes_for_phones_and_they_are_its_viewers_alone(
    world: World, large: Asset, client_for: Any
) -> None:
    assert (large.width, large.height) == (2000, 1500)
    sizes = {extra.name: (extra.width, extra.height) for extra in large.extras.all()}
    assert sizes == {"anh-640.webp": (640, 480), "anh-1440.webp": (1440, 1080)}
    lesson = large.lesson_materials.get(live=True).lesson
    pupil = client_for(world.a.student)
    page = pupil.get(lesson.get_absolute_url()).content.decode()
    small = reverse("media:extra", args=[large.pk, "anh-640.webp"])
    assert f'srcset="{small} 640w, ' in page
    assert 'width="2000" height="1500"' in page
    answer = pupil.get(small, follow=True)
    data = b"".join(answer.streaming_content)
    assert (answer["Content-Type"], answer["Content-Disposition"]) == ("image/webp", "inline")
    assert len(data) < large.size / 4
    with Image.open(BytesIO(data)) as shown:
        assert shown.size == (640, 480)
        assert is_red(shown.getpixel((630, 10)))
        assert not shown.getexif()
    for stranger in (world.a.outsider, world.b.student):
        assert client_for(stranger).get(small).status_code == 404


def test_a_guest_of_a_lesson_gets_the_sizes_too(large: Asset, rf: Any) -> None:
    answer = guest_answer(rf.get("/"), large, "anh-640.webp", base="/x/")
    assert answer["Content-Type"] == "image/webp"


def test_pictures_of_a_whole_class_are_unpacked_one_after_another(tmp_path: Path) -> None:
    most, inside, guard = 0, 0, threading.Lock()

    def send() -> None:
        nonlocal most, inside
        with one_at_a_time(tmp_path):
            with guard:
                inside += 1
                most = max(most, inside)
            time.sleep(0.02)
            with guard:
                inside -= 1

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert most == 1


def test_a_small_picture_and_an_animation_are_shown_as_they_are(world: World, tmp_path: Path) -> None:
    small = asset_from_file(save(tmp_path / "a.jpg", photograph()), owner=world.a.teacher)
    assert not small.jobs.exists()
    frames = [photograph(800, 600).rotate(turn) for turn in (0, 90)]
    path = save(tmp_path / "a.gif", frames[0], save_all=True, append_images=frames[1:])
    moving = asset_from_file(path, owner=world.a.teacher)
    assert kept(moving) == path.read_bytes()
    job = moving.jobs.get()
    pipeline.run_job(job.pk, owner="test")
    job.refresh_from_db()
    assert (job.state, moving.extras.count()) == (JobState.DONE, 0)
