"""A school's editors reach their own pages and pictures in the editors' corner, and nobody else's."""

import datetime
from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.files.images import ImageFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Drawing
from wagtail.images.models import Image

from school.organisation.models import Membership
from school.portal.models import NewsIndex, NewsPage, PortalHome
from school.portal.services import editor_sync, news_publish, portal_for
from tests.world import Cast, World


@pytest.fixture
def homes(world: World) -> dict[str, PortalHome]:
    made = {"a": portal_for(world.a.school), "b": portal_for(world.b.school), "office": portal_for(None)}
    for key, home in made.items():
        news_publish(home=home, title=f"Tin của {key}", lead="x", text="x", slug="tin")
    return made


def item(home: PortalHome) -> NewsPage:
    return NewsPage.objects.descendant_of(home).get()


def photo(home: PortalHome, title: str) -> Image:
    raw = BytesIO()
    Drawing.new("RGB", (40, 30), "green").save(raw, "PNG")
    return Image.objects.create(title=title, file=ImageFile(raw, name="a.png"), collection=home.collection)


@pytest.mark.parametrize("who", ["principal", "vice", "school_admin"])
def test_an_editor_edits_the_own_schools_news_and_not_another_schools(
    world: World, homes: dict[str, PortalHome], client_for: Callable[..., Client], who: str
) -> None:
    client = client_for(getattr(world.a, who))
    assert client.get(reverse("wagtailadmin_pages:edit", args=[item(homes["a"]).pk])).status_code == 200
    for strange in (homes["b"], homes["office"]):
        answer = client.get(reverse("wagtailadmin_pages:edit", args=[item(strange).pk]))
        assert answer.status_code in {302, 403, 404}
        assert item(strange).title not in client.get("/admin/").content.decode()


def test_an_editor_publishes_a_news_item_that_the_public_then_reads(
    world: World, homes: dict[str, PortalHome], client_for: Callable[..., Client], client: Client
) -> None:
    index = NewsIndex.objects.child_of(homes["a"]).get()
    address = reverse("wagtailadmin_pages:add", args=["portal", "newspage", index.pk])
    fields = {
        "title": "Hội thao", "slug": "hoi-thao", "date": "2026-11-20", "lead": "Hội thao toàn trường.", "picture": "",
        "body-count": "1", "body-0-deleted": "", "body-0-order": "0", "body-0-type": "heading", "body-0-id": "",
        "body-0-value": "Sân trường", "action-publish": "1", "seo_title": "", "search_description": "",
        "go_live_at": "", "expire_at": "", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0", "comments-MAX_NUM_FORMS": "",
    }  # fmt: skip
    answer = client_for(world.a.school_admin).post(address, fields)
    assert answer.status_code == 302
    page = client.get("/tin-tuc/hoi-thao/", headers={"host": f"{world.a.school.slug}.localhost"})
    assert "Sân trường" in page.content.decode()


def test_an_editor_cannot_add_below_another_schools_page(
    world: World, homes: dict[str, PortalHome], client_for: Callable[..., Client]
) -> None:
    index = NewsIndex.objects.child_of(homes["b"]).get()
    address = reverse("wagtailadmin_pages:add", args=["portal", "newspage", index.pk])
    client = client_for(world.a.school_admin)
    assert client.post(address, {"title": "x"}).status_code in {302, 403, 404}
    assert NewsPage.objects.descendant_of(homes["b"]).count() == 1


def test_the_explorer_the_search_and_the_choosers_show_the_own_tree_only(
    world: World, homes: dict[str, PortalHome], client_for: Callable[..., Client]
) -> None:
    client = client_for(world.a.school_admin)
    own, strange = item(homes["a"]), item(homes["b"])
    pages = [
        reverse("wagtailadmin_explore", args=[NewsIndex.objects.child_of(homes["a"]).get().pk]),
        reverse("wagtailadmin_pages:search") + "?q=Tin",
        reverse("wagtailadmin_explore_root"),
    ]
    seen = [client.get(address, follow=True).content.decode() for address in pages]
    assert own.title in seen[0]
    assert [page for page in seen if strange.title in page or world.b.school.name in page] == []


def test_pictures_of_another_school_are_neither_listed_nor_edited(
    world: World, homes: dict[str, PortalHome], client_for: Callable[..., Client]
) -> None:
    own, strange = photo(homes["a"], "Ảnh trường A"), photo(homes["b"], "Ảnh trường B")
    client = client_for(world.a.school_admin)
    index = client.get(reverse("wagtailimages:index")).content.decode()
    chooser = client.get(reverse("wagtailimages_chooser:choose")).json()["html"]
    for listed in (index, chooser):
        assert own.title in listed
        assert strange.title not in listed
    assert client.get(reverse("wagtailimages:edit", args=[own.pk])).status_code == 200
    assert client.get(reverse("wagtailimages:edit", args=[strange.pk])).status_code in {302, 403, 404}
    assert client.get(reverse("wagtailimages_chooser:chosen", args=[strange.pk])).status_code in {302, 403, 404}


def test_an_appointment_that_ended_yesterday_opens_nothing_today(
    world: World, homes: dict[str, PortalHome], client_for: Callable[..., Client]
) -> None:
    client = client_for(world.a.principal)
    assert client.get("/admin/").status_code == 200
    yesterday = datetime.date.today() - datetime.timedelta(days=1)
    Membership.objects.filter(user=world.a.principal).update(ends=yesterday, starts=yesterday)
    assert client.get("/admin/").status_code == 403
    assert not world.a.principal.groups.filter(portal__isnull=False).exists()


def cast_members(cast: Cast) -> list[object]:
    return [cast.teacher, cast.homeroom, cast.librarian, cast.student, cast.father]


def test_nobody_else_enters_the_editors_corner(
    world: World, homes: dict[str, PortalHome], client_for: Callable[..., Client]
) -> None:
    assert [client_for(person).get("/admin/").status_code for person in cast_members(world.a)] == [403] * 5


def test_the_office_edits_its_own_portal_and_no_schools(
    world: World, homes: dict[str, PortalHome], client_for: Callable[..., Client]
) -> None:
    client = client_for(world.office_admin)
    assert client.get(reverse("wagtailadmin_pages:edit", args=[item(homes["office"]).pk])).status_code == 200
    assert client.get(reverse("wagtailadmin_pages:edit", args=[item(homes["a"]).pk])).status_code in {302, 403, 404}


def test_syncing_twice_changes_nothing_the_second_time(world: World, homes: dict[str, PortalHome]) -> None:
    assert editor_sync(world.a.principal) is True
    assert editor_sync(world.a.principal) is False


def test_the_editors_corner_speaks_vietnamese(
    world: World, homes: dict[str, PortalHome], client_for: Callable[..., Client]
) -> None:
    """Wagtail's own catalogue has a seventh of its texts; the rest that an editor of news meets stands in the portals' room."""
    page = client_for(world.a.principal).get(reverse("wagtailadmin_pages:edit", args=[item(homes["a"]).pk]))
    text = page.content.decode()
    for said in ("Nội dung", "Quảng bá", "Lưu nháp", "Tên trang như người đọc sẽ thấy"):
        assert said in text
    for english in ("Save draft", "Promote", "Page title", "The page title as you"):
        assert english not in text
