"""News show and name only pupils whose consent stands, from the moment they are published to the moment it is taken back."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.images import ImageFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Drawing
from wagtail.images.models import Image

from school.audit.models import Entry
from school.identity.models import User
from school.organisation.models import Guardianship
from school.portal.models import NewsIndex, NewsPage, PortalHome
from school.portal.processing import news_recheck
from school.portal.services import portal_for
from school.privacy.models import Consent, Purpose
from school.privacy.services import consent_give, consent_withdraw
from tests.world import World

PICTURE, RESULT = Purpose.PICTURE.value, Purpose.RESULT.value


@pytest.fixture
def home(world: World) -> PortalHome:
    return portal_for(world.a.school)


@pytest.fixture
def photo(home: PortalHome) -> Image:
    raw = BytesIO()
    Drawing.new("RGB", (40, 30), "green").save(raw, "PNG")
    return Image.objects.create(title="Sân trường", file=ImageFile(raw, name="a.png"), collection=home.collection)


@pytest.fixture
def write(world: World, home: PortalHome, client_for: Callable[..., Client]) -> Callable[..., Any]:
    """The school's editor fills the form of a news item; what is sent beside it decides."""
    index = NewsIndex.objects.child_of(home).get()
    client = client_for(world.a.school_admin)

    def send(**given: Any) -> Any:
        fields = {
            "title": "Hội thao", "slug": "hoi-thao", "date": "2026-11-20", "lead": "Hội thao toàn trường.", "picture": "",
            "body-count": "1", "body-0-deleted": "", "body-0-order": "0", "body-0-type": "heading", "body-0-id": "",
            "body-0-value": "Sân trường", "seo_title": "", "search_description": "", "pictured": "", "named": "",
            "go_live_at": "", "expire_at": "", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0",
            "comments-MIN_NUM_FORMS": "0", "comments-MAX_NUM_FORMS": "",
        }  # fmt: skip
        address = reverse("wagtailadmin_pages:add", args=["portal", "newspage", index.pk])
        return client.post(address, fields | given)

    return send


def agree(child: User, purpose: str, *people: User) -> None:
    for one in people:
        consent_give(child=child, purpose=purpose, by=one)


def test_pictures_of_which_nothing_is_said_are_not_published(write: Callable[..., Any], photo: Image) -> None:
    answer = write(picture=photo.pk, **{"action-publish": "1"})
    assert "trang này có ảnh" in answer.content.decode().lower()
    assert not NewsPage.objects.exists()


def test_pictures_without_a_recognisable_pupil_are_published_when_the_editor_says_so(
    write: Callable[..., Any], photo: Image
) -> None:
    assert write(picture=photo.pk, nobody_pictured="on", **{"action-publish": "1"}).status_code == 302
    assert NewsPage.objects.get().live


def test_a_pupil_without_consent_stops_publishing_by_name_and_the_draft_is_kept(
    world: World, write: Callable[..., Any], photo: Image
) -> None:
    child = world.a.student
    answer = write(picture=photo.pk, pictured=child.code, **{"action-publish": "1"})
    assert f"{child.full_name} ({child.code}): chưa có sự đồng ý" in answer.content.decode()
    assert not NewsPage.objects.exists()
    assert write(picture=photo.pk, pictured=child.code).status_code == 302
    draft = NewsPage.objects.get()
    assert (draft.live, [one.pk for one in draft.get_latest_revision_as_object().pictured.all()]) == (False, [child.pk])


def test_with_the_words_of_pupil_and_guardian_it_is_published(
    world: World, write: Callable[..., Any], photo: Image
) -> None:
    child = world.a.student
    agree(child, PICTURE, child, world.a.father)
    agree(child, RESULT, child, world.a.father)
    answer = write(picture=photo.pk, pictured=child.full_name, named=f"{child.code} và tên", **{"action-publish": "1"})
    assert answer.status_code == 302
    page = NewsPage.objects.get()
    assert (page.live, list(page.pictured.all()), list(page.named.all())) == (True, [child], [child])


def test_a_yes_to_the_picture_is_none_to_the_name(world: World, write: Callable[..., Any]) -> None:
    child = world.a.student
    agree(child, PICTURE, child, world.a.father)
    assert "chưa có sự đồng ý" in write(named=child.code, **{"action-publish": "1"}).content.decode()


@pytest.mark.parametrize("line", ["khong-co", "Nguyễn Không Ai"])
def test_a_line_that_names_nobody_of_the_school_is_said(world: World, write: Callable[..., Any], line: str) -> None:
    assert f"“{line}” không phải học sinh của trường" in write(named=line).content.decode()


def test_a_pupil_of_another_school_is_nobody_here(world: World, write: Callable[..., Any]) -> None:
    assert "không phải học sinh của trường" in write(named=world.b.student.code).content.decode()


def published(home: PortalHome, photo: Image, child: User) -> NewsPage:
    index = NewsIndex.objects.child_of(home).get()
    page = index.add_child(instance=NewsPage(title="Hội thao", slug="hoi-thao", lead="x", picture=photo))
    page.pictured = [child]
    page.save()
    page.save_revision().publish()
    return NewsPage.objects.get(pk=page.pk)


def test_a_withdrawal_takes_the_page_and_its_picture_off_line_at_once(
    world: World,
    home: PortalHome,
    photo: Image,
    client: Client,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    child = world.a.student
    agree(child, PICTURE, child, world.a.father)
    page = published(home, photo, child)
    rendition = photo.get_rendition("width-20")
    host = {"host": f"{world.a.school.slug}.localhost"}
    assert client.get("/tin-tuc/hoi-thao/", headers=host).status_code == 200
    assert client.get(rendition.url).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        consent_withdraw(child=child, purpose=PICTURE, by=world.a.father)
    page.refresh_from_db()
    assert not page.live
    assert client.get("/tin-tuc/hoi-thao/", headers=host).status_code == 404
    assert client.get(rendition.url).status_code == 404
    told = Entry.objects.get(action="news_taken_down")
    assert (told.target_name, told.detail) == (str(page), {"picture": [child.code], "result": []})


def test_another_purposes_withdrawal_changes_nothing(world: World, home: PortalHome, photo: Image) -> None:
    child = world.a.student
    for purpose in (PICTURE, RESULT):
        agree(child, purpose, child, world.a.father)
    page = published(home, photo, child)
    consent_withdraw(child=child, purpose=RESULT, by=world.a.father)
    page.refresh_from_db()
    assert page.live


def test_publishing_past_the_form_does_not_show_a_child_without_consent(
    world: World, home: PortalHome, photo: Image
) -> None:
    assert not published(home, photo, world.a.student).live


def test_at_night_a_consent_that_ended_by_itself_is_found(world: World, home: PortalHome, photo: Image) -> None:
    child = world.a.student
    agree(child, PICTURE, child, world.a.father)
    page = published(home, photo, child)
    assert news_recheck() == []
    # A court takes the guardian's right: what he said for the child holds no more.
    Guardianship.objects.filter(guardian=world.a.father).update(ends=world.year.starts)
    assert Consent.objects.filter(child=child, withdrawn_at__isnull=True).exists()
    assert news_recheck() == [page]
    page.refresh_from_db()
    assert not page.live
