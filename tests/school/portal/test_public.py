"""The public reads the office's news on the platform's host and a school's news on the school's own."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.core.files.images import ImageFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image as Drawing
from wagtail.images.models import Image

from school.organisation.models import School
from school.portal.services import news_publish, portal_for
from tests.world import Cast, World


def news(school: School | None, title: str, slug: str) -> Any:
    return news_publish(
        home=portal_for(school), title=title, lead="Tóm tắt.", text="Đoạn một.\n\nĐoạn <hai>.", slug=slug
    )


def host(cast: Cast) -> dict[str, str]:
    return {"host": f"{cast.school.slug}.localhost"}


def test_a_visitor_reads_the_offices_portal_and_its_news_at_the_platforms_root(world: World, client: Client) -> None:
    news(None, "Kế hoạch năm học", "ke-hoach")
    front = client.get("/").content.decode()
    assert "Kế hoạch năm học" in front
    assert 'href="/tin-tuc/ke-hoach/"' in front
    page = client.get("/tin-tuc/ke-hoach/").content.decode()
    assert "<p>Đoạn &lt;hai&gt;.</p>" in page
    assert "Kế hoạch năm học" in client.get("/tin-tuc/").content.decode()


def test_a_schools_news_stands_on_its_own_host_and_on_no_other(world: World, client: Client) -> None:
    news(world.a.school, "Khai giảng", "khai-giang")
    portal_for(world.b.school)
    assert "Khai giảng" in client.get("/", headers=host(world.a)).content.decode()
    assert client.get("/tin-tuc/khai-giang/", headers=host(world.a)).status_code == 200
    assert client.get("/tin-tuc/khai-giang/", headers=host(world.b)).status_code == 404
    assert client.get("/tin-tuc/khai-giang/").status_code == 404


def test_a_school_without_a_host_is_read_under_its_path_with_links_that_stay_there(
    world: World, client: Client
) -> None:
    news(world.a.school, "Khai giảng", "khai-giang")
    path = f"/truong/{world.a.school.slug}/"
    assert f'href="{path}tin-tuc/khai-giang/"' in client.get(path).content.decode()
    assert client.get(f"{path}tin-tuc/khai-giang/").status_code == 200


def test_a_school_with_a_host_name_of_its_own_is_sent_there(world: World, client: Client) -> None:
    School.objects.filter(pk=world.a.school.pk).update(host="ngoclam.example")
    answer = client.get(f"/truong/{world.a.school.slug}/tin-tuc/")
    assert answer.headers["Location"] == "http://ngoclam.example:8000/tin-tuc/"
    assert client.get("/", headers={"host": "ngoclam.example"}).status_code == 200


def test_a_school_whose_portal_nobody_began_still_has_a_page_with_its_address(world: World, client: Client) -> None:
    School.objects.filter(pk=world.b.school.pk).update(phone="0243 827 1234")
    for answer in (client.get("/", headers=host(world.b)), client.get(f"/truong/{world.b.school.slug}/")):
        assert "0243 827 1234" in answer.content.decode()
    assert client.get("/tin-tuc/", headers=host(world.b)).status_code == 404


def test_what_is_not_published_is_not_there(world: World, client: Client) -> None:
    page = news(None, "Kế hoạch", "ke-hoach")
    page.unpublish()
    assert client.get("/tin-tuc/ke-hoach/").status_code == 404
    assert "Kế hoạch" not in client.get("/").content.decode()


def test_schools_are_found_without_marks(world: World, client: Client) -> None:
    page = client.get("/truong/", {"q": "bo de"}).content.decode()
    assert world.b.school.name in page
    assert world.a.school.name not in page
    assert "mood-empty" in client.get("/truong/", {"q": "xyz"}).content.decode()


def test_a_signed_in_person_has_the_own_start_page_at_the_root(world: World, client_for: Callable[..., Client]) -> None:
    news(None, "Kế hoạch năm học", "ke-hoach")
    client = client_for(world.a.teacher)
    assert "Kế hoạch năm học" not in client.get("/").content.decode()
    assert "Kế hoạch năm học" in client.get("/cong-thong-tin/").content.decode()


def test_the_pages_know_their_public_addresses(world: World) -> None:
    assert news(None, "Một", "mot").full_url == "http://localhost:8000/tin-tuc/mot/"
    assert news(world.a.school, "Hai", "hai").full_url == f"http://{world.a.school.slug}.localhost:8000/tin-tuc/hai/"


def test_making_a_portal_twice_gives_the_same_one(world: World) -> None:
    assert portal_for(world.a.school) == portal_for(world.a.school)
    assert news(world.a.school, "Hai", "hai") == news(world.a.school, "Hai", "hai")


def test_finished_pictures_are_public_and_the_uploads_are_not(world: World, client: Client) -> None:
    raw = BytesIO()
    Drawing.new("RGB", (800, 600), "purple").save(raw, "PNG")
    image = Image.objects.create(title="Sân trường", file=ImageFile(raw, name="san.png"))
    page = news(None, "Có ảnh", "co-anh")
    page.picture = image
    page.save_revision().publish()
    html = client.get("/tin-tuc/co-anh/").content.decode()
    address = html.split('src="/anh/')[1].split('"')[0]
    answer = client.get(f"/anh/{address}")
    assert answer.headers["Content-Type"] == "image/webp"
    assert b"".join(answer.streaming_content).startswith(b"RIFF")
    assert default_storage.exists(image.file.name)
    assert client.get(f"/anh/../{image.file.name}").status_code == 404
    assert client.get(f"/anh/{image.file.name}").status_code == 404
    default_storage.save("images/secret.txt", ImageFile(BytesIO(b"x"), name="secret.txt"))
    assert client.get("/anh/secret.txt").status_code == 404


def test_a_list_of_news_costs_the_same_however_long_it_is(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        news(None, f"Tin {number}", f"tin-{number}")
    with django_assert_max_num_queries(8):
        client.get("/tin-tuc/")
