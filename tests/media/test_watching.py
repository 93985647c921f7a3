"""Who sees a file, and how its bytes reach them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from media import pipeline, policies
from media.models import Asset, AssetState, Job, JobState, Kind, Rendition
from media.services import asset_create, asset_from_file
from media.tokens import ORIGINAL, Ticket, make_token, read_token
from school.policy import can, visible
from tests.media import clips
from tests.world import World


@pytest.fixture
def asset(world: World) -> Asset:
    made = asset_from_file(clips.clip("plain.mp4", size="640x480"), owner=world.a.teacher, title="Phân số")
    pipeline.run_job(made.jobs.get().pk, owner="test")
    return Asset.objects.select_related("current").get(pk=made.pk)


@pytest.fixture
def shown_to_class1(world: World) -> Any:
    """What a lesson does: the file is shown to the pupils of a class."""

    def rule(user: Any) -> Q:
        pupils = user.enrolments.filter(school_class=world.a.class1)
        return Q(owner=world.a.teacher) if pupils.exists() else Q(pk__in=[])

    policies.grant(rule)
    policies.grant(rule)
    yield rule
    policies._GRANTS.remove(rule)
    assert rule not in policies._GRANTS


def lines(response: Any) -> list[str]:
    return [line for line in response.content.decode().splitlines() if line and not line.startswith("#")]


def test_a_file_is_its_owners_alone_until_a_room_above_grants_it(
    world: World, asset: Asset, shown_to_class1: Any
) -> None:
    assert can(world.a.teacher, "view", asset)
    assert can(world.a.student, "view", asset)
    for stranger in (world.a.outsider, world.b.student, world.a.teacher2, world.a.principal, world.office_admin):
        assert not can(stranger, "view", asset)
    assert not can(world.a.student, "change", asset)


def test_a_grant_that_gives_nothing_shows_nothing(world: World, asset: Asset) -> None:
    assert not visible(world.a.student, Asset).exists()


def test_a_pupil_of_the_class_gets_playlists_and_bytes_and_another_gets_404(
    world: World, asset: Asset, shown_to_class1: Any, client_for: Any
) -> None:
    address = reverse("media:play", args=[asset.pk, "master.m3u8"])
    client = client_for(world.a.student)
    master = client.get(address)
    assert master.status_code == 200
    assert master["Content-Type"] == "application/vnd.apple.mpegurl"
    rendition = lines(master)[0]
    media = lines(client.get(rendition))[0]
    assert re.fullmatch(r"/kho-tep/m/[^/]+/v240\.mp4", media)
    answer = client.get(media, headers={"Range": "bytes=0-99"})
    assert (answer.status_code, len(b"".join(answer.streaming_content))) == (206, 100)
    assert answer["Content-Type"] == "video/mp4"

    for stranger in (world.a.outsider, world.b.student):
        other = client_for(stranger)
        assert other.get(address).status_code == 404
        assert other.get(rendition).status_code == 404
        assert other.get(media).status_code == 404
        assert other.get(reverse("media:original", args=[asset.pk])).status_code == 404


def test_a_copied_address_is_of_no_use_without_its_owners_session(world: World, asset: Asset, client_for: Any) -> None:
    media = lines(client_for(world.a.teacher).get(reverse("media:play", args=[asset.pk, "v480.m3u8"])))[0]
    assert client_for(world.a.teacher2).get(media).status_code == 404


def test_an_address_that_ran_out_is_403_so_that_the_player_asks_anew(
    world: World, asset: Asset, client_for: Any
) -> None:
    ticket = Ticket(asset.pk, str(asset.current_id), world.a.teacher.pk)
    client = client_for(world.a.teacher)
    old = make_token(ticket, seconds=-3600)
    assert client.get(reverse("media:bytes", args=[old, "v240.mp4"])).status_code == 403
    assert client.get(reverse("media:bytes", args=[old + "x", "v240.mp4"])).status_code == 404


def test_an_address_holds_long_enough_and_stays_the_same_for_the_browsers_store(world: World, asset: Asset) -> None:
    ticket = Ticket(asset.pk, ORIGINAL, 7)
    assert read_token(make_token(ticket, seconds=3600)) == (ticket, True)
    assert read_token("nonsense") is None


@pytest.mark.parametrize("name", ["../original", "..%2foriginal", "master.m3u8", "v240.mp4.bak", "poster.png"])
def test_an_address_reaches_only_the_files_of_its_folder(
    world: World, asset: Asset, client_for: Any, name: str
) -> None:
    token = make_token(Ticket(asset.pk, str(asset.current_id), world.a.teacher.pk), seconds=60)
    assert client_for(world.a.teacher).get(f"/kho-tep/m/{token}/{name}").status_code == 404


def test_every_file_that_a_playlist_names_can_be_fetched(world: World, asset: Asset, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    fetched = set()
    for master in ("master.m3u8", "audio.m3u8"):
        text = client.get(reverse("media:play", args=[asset.pk, master])).content.decode()
        for playlist in {*re.findall(r'URI="([^"]+)"', text), *[row for row in text.splitlines() if row[:1] == "/"]}:
            inner = client.get(playlist).content.decode()
            for media in {*re.findall(r'URI="([^"]+)"', inner), *[row for row in inner.splitlines() if row[:1] == "/"]}:
                assert client.get(media, headers={"Range": "bytes=0-0"}).status_code == 206
                fetched.add(media.rpartition("/")[2])
    assert fetched == {"v480.mp4", "v240.mp4", "a64.mp4", "a48.mp4"}


def test_seek_pictures_and_poster_come_with_their_addresses(world: World, asset: Asset, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    text = client.get(reverse("media:play", args=[asset.pk, "sprite.vtt"])).content.decode()
    picture = re.findall(r"^(/kho-tep/m/\S+/sprite\.jpg)#xywh=0,0,160,90$", text, re.MULTILINE)[0]
    assert client.get(picture)["Content-Type"] == "image/jpeg"
    poster = client.get(reverse("media:play", args=[asset.pk, "poster.jpg"]), follow=True)
    assert poster["Content-Type"] == "image/jpeg"


def test_nginx_sends_the_bytes_when_it_stands_in_front(
    world: World, asset: Asset, client_for: Any, settings: Any
) -> None:
    settings.MEDIA_PIPELINE = {"delivery": "x-accel"}
    client = client_for(world.a.teacher)
    media = lines(client.get(reverse("media:play", args=[asset.pk, "v240.m3u8"])))[0]
    answer = client.get(media)
    assert answer["X-Accel-Redirect"] == f"/_files/renditions/{asset.pk}/{asset.current_id}/v240.mp4"
    assert answer.content == b""


def test_a_document_opens_under_its_name_and_cannot_act_as_a_page(world: World, client_for: Any) -> None:
    file = SimpleUploadedFile("Đề cương.pdf", b"%PDF-1.7\n%%EOF\n")
    document = asset_create(owner=world.a.teacher, file=file)
    assert document.state == AssetState.READY
    answer = client_for(world.a.teacher).get(reverse("media:original", args=[document.pk]), follow=True)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7\n%%EOF\n"
    assert answer["Content-Disposition"] == "inline; filename*=UTF-8''%C4%90%E1%BB%81%20c%C6%B0%C6%A1ng.pdf"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_package_is_a_download_and_never_a_page(world: World, client_for: Any, tmp_path: Any) -> None:
    from tests.media.test_upload import zipped

    path = zipped(tmp_path / "bai.h5p", h5p_json="{}")
    package = asset_from_file(path, owner=world.a.teacher)
    answer = client_for(world.a.teacher).get(reverse("media:original", args=[package.pk]), follow=True)
    assert answer["Content-Disposition"].startswith("attachment")


def test_the_page_of_a_ready_video_has_the_player_and_only_its_style_rule_is_looser(
    world: World, asset: Asset, client_for: Any
) -> None:
    page = client_for(world.a.teacher).get(reverse("media:detail", args=[asset.pk]))
    text = page.content.decode()
    assert "data-player" in text
    assert '<option value="480">480p</option>' in text
    policy = dict(part.strip().partition(" ")[::2] for part in page["Content-Security-Policy"].split(";"))
    assert "'unsafe-inline'" in policy["style-src"]
    assert "'unsafe-inline'" not in policy["script-src"]


def test_sizes_and_positions_reach_the_player_as_numbers_and_not_as_people_write_them(
    world: World, asset: Asset, rf: Any
) -> None:
    assert asset.current is not None
    Rendition.objects.create(
        set=asset.current, name="v1080", is_video=True, width=1920, height=1080, peak_rate=1, size=1, codecs="avc1"
    )
    with translation.override("vi"):
        text = render_to_string("media/player.html", {"asset": asset, "position": 1234.5}, request=rf.get("/"))
    assert '<option value="1080">1080p</option>' in text
    assert 'data-position="1234.5"' in text


@pytest.mark.parametrize(
    ("state", "job_state", "progress", "expected"),
    [
        (AssetState.UPLOADED, JobState.QUEUED, 0, "Đang chờ"),
        (AssetState.PROCESSING, JobState.RUNNING, 43, "Đang xử lý 43 %"),
        (AssetState.READY, JobState.DONE, 100, "Sẵn sàng"),
    ],
)
def test_the_state_is_said_in_words(
    world: World, client_for: Any, state: str, job_state: str, progress: int, expected: str
) -> None:
    asset = Asset.objects.create(owner=world.a.teacher, kind=Kind.VIDEO, title="Bài", state=state)
    Job.objects.create(asset=asset, state=job_state, progress=progress)
    text = client_for(world.a.teacher).get(reverse("media:progress", args=[asset.pk])).content.decode()
    assert expected in text
    assert ('hx-trigger="every 2s"' in text) == (state != AssetState.READY)


def test_a_failure_says_its_reason_and_offers_another_try_only_when_it_can_help(world: World, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    for code, offered in (("unreadable", False), ("stalled", True)):
        asset = Asset.objects.create(
            owner=world.a.teacher, kind=Kind.VIDEO, title="Bài", state=AssetState.FAILED, error_code=code
        )
        text = client.get(reverse("media:progress", args=[asset.pk])).content.decode()
        assert str(asset.error) in text
        assert (reverse("media:retry", args=[asset.pk]) in text) == offered


def test_retry_and_cancel_answer_with_the_new_state(world: World, client_for: Any) -> None:
    asset = Asset.objects.create(
        owner=world.a.teacher, kind=Kind.VIDEO, title="Bài", state=AssetState.FAILED, error_code="stalled"
    )
    client = client_for(world.a.teacher)
    text = client.post(reverse("media:retry", args=[asset.pk]), headers={"HX-Request": "true"}).content.decode()
    assert 'data-state="uploaded"' in text
    text = client.post(reverse("media:cancel", args=[asset.pk]), headers={"HX-Request": "true"}).content.decode()
    assert 'data-state="failed"' in text
    assert client.post(reverse("media:delete", args=[asset.pk])).status_code == 302
    assert not Asset.objects.exists()


def test_the_queue_shows_an_administrator_the_schools_own_jobs(
    world: World, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    for cast in (world.a, world.b):
        for number in range(5):
            made = Asset.objects.create(
                owner=cast.teacher,
                school=cast.school,
                kind=Kind.VIDEO,
                title=f"{cast.school.slug}-{number}",
                state=AssetState.FAILED,
                error_code="stalled",
            )
            Job.objects.create(asset=made, state=JobState.FAILED, error_code="stalled", log_tail="the end of the log")
    client = client_for(world.a.school_admin)
    with django_assert_max_num_queries(14):
        text = client.get(reverse("media:queue")).content.decode()
    assert f"{world.a.school.slug}-0" in text
    assert f"{world.b.school.slug}-0" not in text
    assert "the end of the log" in text
    own = Job.objects.filter(asset__school=world.a.school).first()
    foreign = Job.objects.filter(asset__school=world.b.school).first()
    assert own is not None
    assert foreign is not None
    assert client.post(reverse("media:queue-act", args=[foreign.pk]), {"action": "retry"}).status_code == 404
    assert client.post(reverse("media:queue-act", args=[own.pk]), {"action": "retry"}).status_code == 302
    assert own.asset.jobs.filter(state=JobState.QUEUED).exists()
    office = client_for(world.office_admin).get(reverse("media:queue")).content.decode()
    assert f"{world.b.school.slug}-0" in office
    assert client_for(world.a.teacher).get(reverse("media:queue")).status_code == 403


def test_the_list_of_own_files_has_a_fixed_number_of_queries(
    world: World, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        Asset.objects.create(
            owner=world.a.teacher,
            kind=Kind.VIDEO,
            title=f"Bài {number}",
            created=timezone.now() - timedelta(hours=number),
        )
    client = client_for(world.a.teacher)
    with django_assert_max_num_queries(14):
        text = client.get(reverse("media:mine")).content.decode()
    assert text.index("Bài 0<") < text.index("Bài 19<")
