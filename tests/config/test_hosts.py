"""Which site answers under which host name."""

import pytest
from django.test import Client

from school.organisation.models import School
from school.organisation.selectors import portal_url, school_of_host
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LOCALHOST", "127.0.0.1"])
def test_the_platform_answers_under_its_names(client: Client, host: str) -> None:
    assert client.get("/suc-khoe/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "nowhere.localhost", "localhost.evil.example"])
def test_an_unknown_host_is_refused(client: Client, host: str) -> None:
    assert client.get("/suc-khoe/", headers={"host": host}).status_code == 404


def test_accounts_answer_on_the_platform_alone(client: Client, world: World) -> None:
    for host in (f"{world.a.school.slug}.localhost", "content.localhost"):
        for page in ("/mat-khau/", "/tai-khoan/", "/admin/"):
            assert client.get(page, headers={"host": host}).status_code == 404
    assert client.get("/dang-nhap/", headers={"host": "localhost"}).status_code == 200


def test_signing_in_on_a_schools_host_leads_to_the_platform(client: Client, world: World) -> None:
    answer = client.get("/dang-nhap/", headers={"host": f"{world.a.school.slug}.localhost"})
    assert answer.headers["Location"].startswith("http://localhost:8000/")
    assert client.get("/dang-nhap/", headers={"host": "content.localhost"}).status_code == 404


def test_the_content_host_sets_no_cookie(client: Client, db: None) -> None:
    answer = client.get("/", headers={"host": "content.localhost"})
    assert answer.cookies == {}


def test_a_school_is_found_by_its_label_and_by_its_own_name(world: World) -> None:
    assert school_of_host("thcs-ngoc-lam.localhost") == world.a.school
    assert school_of_host("thcs-ngoc-lam.evil.example") is None
    School.objects.filter(pk=world.a.school.pk).update(host="ngoclam.edu.example")
    assert school_of_host("ngoclam.edu.example") == world.a.school


def test_a_portals_address_carries_the_platforms_port(world: World, settings) -> None:  # type: ignore[no-untyped-def]
    assert portal_url(world.a.school) == "http://thcs-ngoc-lam.localhost:8000/"
    settings.PLATFORM_HOST = "truong.example"
    world.a.school.host = "ngoclam.edu.example"
    assert portal_url(world.a.school) == "http://ngoclam.edu.example/"
