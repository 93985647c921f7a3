"""The pages of learning platforms: connecting one, and what a school offers there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from lms.lti.models import Learner, Platform, Report
from lms.lti.tool.registering import courses_offer, platform_save
from lms.models import Course
from school.audit.models import Entry
from school.organisation.models import Node
from tests.lms.made import make_course, make_lesson, text
from tests.world import World

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
HOST = "https://moodle.example"


def typed(node: Node, **changes: Any) -> dict[str, Any]:
    """The form as an administrator fills it in."""
    return {
        "name": "Moodle",
        "node": node.pk,
        "issuer": HOST,
        "client_id": "abc",
        "deployment_ids": "1\n2",
        "auth_url": f"{HOST}/auth",
        "token_url": f"{HOST}/token",
        "keyset_url": f"{HOST}/certs",
    } | changes


@pytest.fixture
def platform(world: World, client_for: ClientFor) -> Platform:
    client_for(world.office_admin).post("/lti/nen-tang/moi/", typed(world.office))
    found: Platform = Platform.objects.get()
    return found


def test_an_office_connects_a_platform_and_reads_what_to_type_into_it(
    world: World, client_for: ClientFor, platform: Platform
) -> None:
    page = client_for(world.office_admin).get(f"/lti/nen-tang/{platform.pk}/").content.decode()
    for path in ("/lti/den/", "/lti/den/dang-nhap/", "/lti/keys.json", "/lti/den/canvas.json"):
        assert f"<code>http://localhost:8000{path}</code>" in page
    assert platform.deployment_ids == ["1", "2"]
    assert platform.origins == [HOST]
    assert Entry.objects.get(action="client_added").target == "lti.platform"


def test_a_school_connects_platforms_in_its_own_name_alone(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.school_admin)
    assert client.post("/lti/nen-tang/moi/", typed(world.office)).status_code == 422
    assert client.post("/lti/nen-tang/moi/", typed(world.a.school.node)).status_code == 302
    made = Platform.objects.get()
    assert client_for(world.b.school_admin).get(f"/lti/nen-tang/{made.pk}/").status_code == 404
    assert client_for(world.b.principal).get(f"/lti/nen-tang/{made.pk}/khoa-hoc/").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("auth_url", "moodle.example"),
        ("token_url", "ftp://moodle.example"),
        ("keyset_url", ""),
        ("deployment_ids", ""),
        ("page_urls", "https://*.example"),
        ("client_id", "abc"),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field(
    world: World, client_for: ClientFor, platform: Platform, field: str, value: str
) -> None:
    values = typed(world.office, client_id="new") | {field: value}
    answer = client_for(world.office_admin).post("/lti/nen-tang/moi/", values)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_a_change_is_kept_and_told(world: World, client_for: ClientFor, platform: Platform) -> None:
    client = client_for(world.office_admin)
    assert "1\n2" in client.get(f"/lti/nen-tang/{platform.pk}/sua/").content.decode()
    values = typed(world.office, page_urls="https://lms.example/")
    assert client.post(f"/lti/nen-tang/{platform.pk}/sua/", values).status_code == 302
    platform.refresh_from_db()
    assert platform.origins == ["https://lms.example", HOST]
    assert client.post(f"/lti/nen-tang/{platform.pk}/bat-tat/", {"on": "0"}).status_code == 302
    platform.refresh_from_db()
    assert not platform.enabled


def test_the_school_decides_what_is_offered_and_touches_no_other_schools_offer(
    world: World, client_for: ClientFor, platform: Platform
) -> None:
    mine, theirs = make_course(world, world.a), make_course(world, world.b)
    closed = make_course(world, world.a, "Khoá cũ")
    Course.objects.filter(pk=closed.pk).update(state="archived")
    platform.courses.add(theirs)
    principal = client_for(world.a.principal)
    page = principal.get(f"/lti/nen-tang/{platform.pk}/khoa-hoc/").content.decode()
    assert "Toán 6" in page
    assert "Khoá cũ" not in page
    assert str(world.b.school) not in page
    sent = {"course": [mine.pk, theirs.pk, closed.pk]}
    assert principal.post(f"/lti/nen-tang/{platform.pk}/khoa-hoc/", sent).status_code == 302
    assert set(platform.courses.all()) == {mine, theirs}
    entry = Entry.objects.filter(action="client_changed").latest("pk")
    assert (entry.school_id, entry.detail["offered"]) == (world.a.school.pk, [mine.pk])
    unoffered = make_course(world, world.b, "Chưa đưa")
    courses_offer(platform=platform, courses=[mine, unoffered], by=world.a.principal)
    assert set(platform.courses.all()) == {mine, theirs}
    principal.post(f"/lti/nen-tang/{platform.pk}/khoa-hoc/", {})
    assert set(platform.courses.all()) == {theirs}


@pytest.mark.parametrize("who", ["office_admin", "teacher", "student", "father"])
def test_nobody_but_the_schools_heads_offers_its_courses(
    world: World, client_for: ClientFor, platform: Platform, who: str
) -> None:
    assert client_for(world.people[who]).post(f"/lti/nen-tang/{platform.pk}/khoa-hoc/", {}).status_code == 403


def test_how_scores_went_is_on_the_page(world: World, client_for: ClientFor, platform: Platform) -> None:
    lesson = make_lesson(make_course(world, world.a), world.a, [text()])
    learner = Learner.objects.create(platform=platform, sub="1")
    Report.objects.create(
        learner=learner, lesson=lesson, line_item=f"{HOST}/1", changed="2026-09-01T08:00:00Z", fault="Không có trả lời"
    )
    page = client_for(world.office_admin).get(f"/lti/nen-tang/{platform.pk}/").content.decode()
    assert "0 đã gửi, 1 đang chờ" in page
    assert "Không có trả lời" in page


def test_a_platform_below_an_office_serves_its_own_schools_alone(world: World, client_for: ClientFor) -> None:
    values = {name: value for name, value in typed(world.a.school.node).items() if name != "node"}
    values |= {"deployment_ids": ["1"], "page_urls": []}
    own = platform_save(node=world.a.school.node, values=values, by=world.a.school_admin)
    assert client_for(world.a.principal).get(f"/lti/nen-tang/{own.pk}/khoa-hoc/").status_code == 200
    assert client_for(world.b.principal).get(f"/lti/nen-tang/{own.pk}/khoa-hoc/").status_code == 404
