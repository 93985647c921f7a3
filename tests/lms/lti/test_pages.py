"""The pages of external tools: connecting one, putting it into a lesson, what students and teachers see of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from django.test import Client

from lms.blocks import BlockData, body_blocks
from lms.lti.models import Link, Score, Tool
from lms.lti.platform.registering import tool_save
from lms.models import Lesson
from lms.services.lessons import lesson_create, lesson_save_draft
from school.audit.models import Entry
from school.organisation.models import Node
from tests.lms.lti.conftest import lesson_with, tool_values
from tests.lms.lti.party import HOST, private_key, public_jwk
from tests.lms.made import make_course
from tests.world import World

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]


def typed(node: Node, **changes: Any) -> dict[str, Any]:
    """The form as an administrator fills it in."""
    return {
        "name": "Toán vui",
        "node": node.pk,
        "login_url": f"{HOST}/login",
        "target_url": f"{HOST}/launch",
        "redirect_uris": f"{HOST}/launch\n{HOST}/other",
        "keyset_url": f"{HOST}/jwks",
        "uses_scores": "on",
    } | changes


@pytest.fixture
def tool(world: World) -> Tool:
    return tool_save(node=world.a.school.node, values=tool_values(HOST), by=world.a.school_admin)


def test_an_office_connects_a_tool_and_reads_what_to_type_into_it(world: World, client_for: ClientFor) -> None:
    client = client_for(world.office_admin)
    answer = client.post("/lti/cong-cu/moi/", typed(world.office), follow=True)
    made = Tool.objects.get()
    assert answer.redirect_chain == [(f"/lti/cong-cu/{made.pk}/", 302)]
    page = answer.content.decode()
    for value in (
        made.client_id,
        made.deployment_id,
        "http://localhost:8000/lti/authorize",
        "http://localhost:8000/lti/keys.json",
    ):
        assert value in page
    assert made.redirect_uris == [f"{HOST}/launch", f"{HOST}/other"]
    assert (made.uses_scores, made.uses_members, made.tells_name) == (True, False, False)
    entry = Entry.objects.get(action="client_added")
    assert (entry.actor_id, entry.target_name) == (world.office_admin.pk, "Toán vui")


def test_a_school_connects_tools_in_its_own_name_alone(world: World, client_for: ClientFor, tool: Tool) -> None:
    client = client_for(world.a.school_admin)
    for node in (world.office, world.b.school.node):
        assert client.post("/lti/cong-cu/moi/", typed(node)).status_code == 422
    assert client.post("/lti/cong-cu/moi/", typed(world.a.school.node)).status_code == 302
    assert client_for(world.b.school_admin).get(f"/lti/cong-cu/{tool.pk}/").status_code == 404
    assert "Toán vui" in client_for(world.office_admin).get("/lti/cong-cu/").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login_url", "tool.example/login"),
        ("login_url", "javascript:alert(1)"),
        ("target_url", ""),
        ("redirect_uris", f"{HOST}/*"),
        ("redirect_uris", ""),
        ("keyset", "not a key"),
        ("keyset", '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'),
        ("keyset", '{"keys": []}'),
        ("keyset_url", ""),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field(world: World, client_for: ClientFor, field: str, value: str) -> None:
    answer = client_for(world.office_admin).post("/lti/cong-cu/moi/", typed(world.office, **{field: value}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_a_private_key_is_not_kept(world: World, client_for: ClientFor) -> None:
    key = private_key()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    answer = client_for(world.office_admin).post("/lti/cong-cu/moi/", typed(world.office, keyset=pem.decode()))
    assert answer.status_code == 422
    assert not Tool.objects.exists()


@pytest.mark.parametrize("form", ["pem", "jwk", "jwks"])
def test_a_public_key_is_read_in_each_of_its_forms(world: World, client_for: ClientFor, form: str) -> None:
    key = private_key()
    jwk = public_jwk(key, "k1")
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = {"pem": pem.decode(), "jwk": json.dumps(jwk), "jwks": json.dumps({"keys": [jwk]})}[form]
    values = typed(world.office, keyset=text, keyset_url="")
    assert client_for(world.office_admin).post("/lti/cong-cu/moi/", values).status_code == 302
    assert Tool.objects.get().keyset["keys"][0]["n"] == jwk["n"]


def test_a_change_is_kept_and_told(world: World, client_for: ClientFor, tool: Tool) -> None:
    client = client_for(world.a.school_admin)
    page = client.get(f"/lti/cong-cu/{tool.pk}/sua/").content.decode()
    assert f"{HOST}/jwks" in page
    values = typed(world.a.school.node, name="Toán khó", framed="on")
    assert client.post(f"/lti/cong-cu/{tool.pk}/sua/", values).status_code == 302
    tool.refresh_from_db()
    assert (tool.name, tool.framed, tool.uses_deep_linking) == ("Toán khó", True, False)
    assert client.post(f"/lti/cong-cu/{tool.pk}/bat-tat/", {"on": "0"}).status_code == 302
    tool.refresh_from_db()
    assert not tool.enabled
    assert list(Entry.objects.filter(target="lti.tool").order_by("pk").values_list("action", flat=True)) == [
        "client_added",
        "client_changed",
        "client_disabled",
    ]


def test_a_teacher_puts_a_tool_into_the_draft_by_hand(world: World, client_for: ClientFor, tool: Tool) -> None:
    course = make_course(world, world.a)
    lesson = lesson_create(course=course, title="Bài", by=world.a.teacher)
    block = BlockData(type="lti")
    lesson_save_draft(lesson=lesson, title="Bài", section=None, blocks=[block], by=world.a.teacher)
    client = client_for(world.a.teacher)
    # The editor's button saves what was typed and leads to the choice.
    form = {"title": "Bài", "block": block.id, f"type-{block.id}": "lti", "do": f"tool:{block.id}"}
    way = client.post(f"/bai-hoc/{lesson.pk}/sua/", form)
    assert way.headers["Location"] == f"/lti/bai-hoc/{lesson.pk}/khoi/{block.id}/"
    assert "Toán vui" in client.get(way.headers["Location"]).content.decode()
    values = {"tool": tool.pk, "title": "Luyện tập", "url": f"{HOST}/bai/3", "maximum": "20"}
    back = client.post(way.headers["Location"], values)
    assert back.headers["Location"] == f"/bai-hoc/{lesson.pk}/sua/#block-{block.id}"
    link = Link.objects.get()
    draft = Lesson.objects.get(pk=lesson.pk).get_latest_revision_as_object()
    assert body_blocks(draft.body)[0].ref == str(link.pk)
    assert (link.target, link.graded, link.line_items.get().maximum) == (f"{HOST}/bai/3", True, 20)
    page = client.get(f"/bai-hoc/{lesson.pk}/sua/").content.decode()
    assert "Luyện tập" in page
    # Nobody studies it before it is published.
    assert client_for(world.a.student).get(f"/lti/mo/{link.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "https://elsewhere.example/x"}, "url"),
        ({"url": HOST.replace("tool", "tool.example.evil") + "/"}, "url"),
        ({"title": ""}, "title"),
        ({"maximum": "-1"}, "maximum"),
    ],
)
def test_a_place_that_cannot_be_right_is_refused(
    world: World, client_for: ClientFor, tool: Tool, changes: dict[str, str], field: str
) -> None:
    lesson, link = lesson_with(make_course(world, world.a), world.a, tool)
    address = f"/lti/bai-hoc/{lesson.pk}/khoi/{lesson.body[1].id}/"
    answer = client_for(world.a.teacher).post(address, {"tool": tool.pk, "title": "x"} | changes)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert list(Link.objects.all()) == [link]


def test_a_link_of_another_lesson_cannot_be_named_in_the_editor(
    world: World, client_for: ClientFor, tool: Tool
) -> None:
    course = make_course(world, world.a)
    _lesson, link = lesson_with(course, world.a, tool)
    other = lesson_create(course=course, title="Khác", by=world.a.teacher)
    block = BlockData(type="lti", ref=str(link.pk))
    lesson_save_draft(lesson=other, title="Khác", section=None, blocks=[block], by=world.a.teacher)
    draft = Lesson.objects.get(pk=other.pk).get_latest_revision_as_object()
    assert body_blocks(draft.body)[0].ref == ""


def test_the_lesson_shows_the_button_the_score_and_the_report_counts_it(
    world: World, client_for: ClientFor, tool: Tool
) -> None:
    lesson, link = lesson_with(make_course(world, world.a), world.a, tool)
    student = client_for(world.a.student)
    page = student.get(f"/bai-hoc/{lesson.pk}/").content.decode()
    assert f'href="/lti/mo/{link.pk}/"' in page
    assert "Chưa làm xong" in page
    Score.objects.create(
        item=link.line_items.get(),
        student=world.a.student,
        given=8,
        maximum=10,
        activity="Completed",
        grading="FullyGraded",
        at="2026-09-01T08:00:00Z",
    )
    page = student.get(f"/bai-hoc/{lesson.pk}/").content.decode()
    assert "kết quả tốt nhất 8/10 điểm" in page
    assert "Em đã học xong bài này" in page
    report = client_for(world.a.teacher).get(f"/khoa-hoc/{lesson.course_id}/theo-doi/").content.decode()
    assert "8/10" in report


def test_only_a_tool_that_may_be_framed_is_framed_and_only_its_host_is_let_in(
    world: World, client_for: ClientFor, tool: Tool
) -> None:
    lesson, link = lesson_with(make_course(world, world.a), world.a, tool, framed=True)
    student = client_for(world.a.student)
    address = f"/bai-hoc/{lesson.pk}/"
    assert not link.framed
    assert HOST not in student.get(address).headers["Content-Security-Policy"]
    Tool.objects.update(framed=True)
    Link.objects.update(framed=True)
    answer = student.get(address)
    assert f'<iframe class="tool-frame" src="/lti/mo/{link.pk}/"' in answer.content.decode()
    frames = next(
        part for part in answer.headers["Content-Security-Policy"].split("; ") if part.startswith("frame-src")
    )
    assert frames == f"frame-src 'self' http://content.localhost:8000 {HOST}"
    # The way there may be framed by our own page, and by no other.
    way = student.get(f"/lti/mo/{link.pk}/")
    assert "frame-ancestors 'self'" in way.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in way.headers


def test_a_lesson_with_many_tools_asks_no_more_queries(
    world: World, client_for: ClientFor, tool: Tool, django_assert_max_num_queries: Any
) -> None:
    course = make_course(world, world.a)
    lesson, _link = lesson_with(course, world.a, tool)
    draft = lesson.get_latest_revision_as_object()
    blocks = body_blocks(draft.body)
    for number in range(8):
        link = Link.objects.create(tool=tool, lesson=lesson, title=f"Bài {number}", graded=True)
        blocks.append(BlockData(type="lti", ref=str(link.pk), caption=link.title))
    lesson_save_draft(lesson=lesson, title="Bài luyện", section=None, blocks=blocks, by=world.a.teacher)
    from lms.services.lessons import lesson_publish

    lesson_publish(lesson=lesson, by=world.a.teacher)
    student = client_for(world.a.student)
    student.get(f"/bai-hoc/{lesson.pk}/")
    with django_assert_max_num_queries(45):
        page = student.get(f"/bai-hoc/{lesson.pk}/").content.decode()
    assert page.count("/lti/mo/") == 9
