"""A teacher chooses content in the tool (deep linking 2.0, with PyLTI1p3), and what must not get through on the way."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

from lms.blocks import BlockData, body_blocks
from lms.lti.models import Choice, Link
from lms.lti.platform.launching import may_choose
from lms.lti.platform.people import teachers_of
from lms.models import Lesson
from lms.services.lessons import lesson_create, lesson_save_draft
from school.organisation.models import TeachingAssignment
from tests.lms.lti.browsing import Browser, form_of
from tests.lms.lti.conftest import Stage
from tests.lms.lti.tool import DeepLinkResource, LineItem


@pytest.fixture
def draft(stage: Stage) -> tuple[Lesson, str]:
    """A lesson in preparation with an empty tool block, and the block's id."""
    lesson = lesson_create(course=stage.course, title="Bài mới", by=stage.world.a.teacher)
    block = BlockData(type="lti")
    lesson_save_draft(lesson=lesson, title="Bài mới", section=None, blocks=[block], by=stage.world.a.teacher)
    return Lesson.objects.get(pk=lesson.pk), block.id


def resource(stage: Stage, **changes: Any) -> DeepLinkResource:
    made = DeepLinkResource().set_url(changes.get("url", f"{stage.peer.host}/launch?bai=7")).set_title("Bài số 7")
    made.set_custom_params({"level": "2"})
    column = LineItem().set_score_maximum(20).set_label("Điểm bài 7").set_tag("quiz").set_resource_id("r7")
    return made.set_lineitem(column)


def to_the_picker(stage: Stage, draft: tuple[Lesson, str], browser: Browser) -> requests.Response:
    """Press "choose in the tool"; the picker's page with the signed answer in its form."""
    lesson, block = draft
    page = browser.open(f"{stage.platform}/lti/bai-hoc/{lesson.pk}/khoi/{block}/")
    assert stage.tool.name in page.text
    address = f"{stage.platform}/lti/bai-hoc/{lesson.pk}/khoi/{block}/chon/{stage.tool.pk}/"
    token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    headers = {"Referer": page.url}
    way = browser.post(address, data={"csrfmiddlewaretoken": token}, headers=headers, timeout=20)
    return browser.submit(way)


def refs(lesson: Lesson) -> list[str]:
    return [one.ref for one in body_blocks(Lesson.objects.get(pk=lesson.pk).get_latest_revision_as_object().body)]


def test_what_was_chosen_stands_in_the_draft_with_its_column(stage: Stage, draft: tuple[Lesson, str]) -> None:
    stage.peer.chosen = [resource(stage)]
    browser = stage.browser(stage.world.a.teacher)
    picker = to_the_picker(stage, draft, browser)
    settings = stage.peer.claims["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"]
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is False
    back = browser.submit(picker)
    assert back.url.startswith(f"{stage.platform}/bai-hoc/{draft[0].pk}/sua/")
    link = Link.objects.latest("created")
    assert refs(draft[0]) == [str(link.pk)]
    assert (link.title, link.url, link.custom) == ("Bài số 7", f"{stage.peer.host}/launch?bai=7", {"level": "2"})
    column = link.line_items.get()
    assert (column.label, column.maximum, column.tag, column.resource_id) == ("Điểm bài 7", 20, "quiz", "r7")
    assert link.graded


def test_the_chosen_content_is_what_is_launched(stage: Stage, draft: tuple[Lesson, str]) -> None:
    stage.peer.chosen = [resource(stage)]
    browser = stage.browser(stage.world.a.teacher)
    browser.submit(to_the_picker(stage, draft, browser))
    stage.link = Link.objects.latest("created")
    stage.launch(stage.world.a.teacher)
    claims = stage.peer.claims
    assert claims["https://purl.imsglobal.org/spec/lti/claim/target_link_uri"] == f"{stage.peer.host}/launch?bai=7"
    assert claims["https://purl.imsglobal.org/spec/lti/claim/custom"] == {"level": "2"}
    assert "lineitem" in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]


def test_the_same_answer_is_believed_once(stage: Stage, draft: tuple[Lesson, str]) -> None:
    stage.peer.chosen = [resource(stage)]
    browser = stage.browser(stage.world.a.teacher)
    picker = to_the_picker(stage, draft, browser)
    browser.submit(picker)
    assert browser.submit(picker).status_code == 400
    assert Link.objects.filter(lesson=draft[0]).count() == 1


def test_an_answer_with_another_lessons_data_is_refused(stage: Stage, draft: tuple[Lesson, str]) -> None:
    """The picker's answer is bound to the question: data of another tool's question is no data of this one."""
    stage.peer.chosen = [resource(stage)]
    browser = stage.browser(stage.world.a.teacher)
    to_the_picker(stage, draft, browser)
    launch = stage.peer.last.get_deep_link()
    launch._deep_link_settings = {**launch._deep_link_settings, "data": "made-up:1:x"}
    answer = browser.post(
        f"{stage.platform}/lti/da-chon/", data={"JWT": launch.get_response_jwt(stage.peer.chosen)}, timeout=20
    )
    assert answer.status_code == 400
    assert not Link.objects.filter(lesson=draft[0]).exists()


def test_another_teacher_cannot_finish_the_choice(stage: Stage, draft: tuple[Lesson, str]) -> None:
    stage.peer.chosen = [resource(stage)]
    browser = stage.browser(stage.world.a.teacher)
    address, fields = form_of(to_the_picker(stage, draft, browser))
    kept = browser.post(address, data=fields, timeout=20, allow_redirects=False)
    assert kept.status_code == 302
    choice = Choice.objects.get()
    # Not even the one who teaches the same class the same subject.
    colleague = stage.world.a.homeroom
    TeachingAssignment.objects.create(
        teacher=colleague,
        school_class=stage.world.a.class1,
        subject=stage.world.maths,
        school=stage.world.a.school,
        starts=stage.world.year.starts,
    )
    assert colleague in teachers_of(stage.course)
    assert not may_choose(colleague, choice)
    for other in (stage.world.b.teacher, colleague, stage.world.a.teacher2):
        assert stage.browser(other).open(f"{stage.platform}/lti/da-chon/{choice.pk}/").status_code in {403, 404}
    assert refs(draft[0]) == [""]
    assert browser.open(f"{stage.platform}/lti/da-chon/{choice.pk}/").status_code == 200
    assert refs(draft[0]) != [""]


@pytest.mark.parametrize("url", ["https://elsewhere.example/x", "javascript:alert(1)", "http://127.0.0.1:1/launch"])
def test_content_on_a_host_that_was_not_registered_is_refused(
    stage: Stage, draft: tuple[Lesson, str], url: str
) -> None:
    stage.peer.chosen = [resource(stage, url=url)]
    browser = stage.browser(stage.world.a.teacher)
    assert browser.submit(to_the_picker(stage, draft, browser)).status_code == 400
    assert not Link.objects.filter(lesson=draft[0]).exists()


def test_what_is_no_link_is_refused_in_words(stage: Stage, draft: tuple[Lesson, str]) -> None:
    stage.peer.chosen = [resource(stage).set_type("html")]
    browser = stage.browser(stage.world.a.teacher)
    answer = browser.submit(to_the_picker(stage, draft, browser))
    assert answer.status_code == 400
    assert "LTI" in answer.text


def test_a_teacher_of_another_class_comes_to_no_picker(stage: Stage, draft: tuple[Lesson, str]) -> None:
    address = f"/lti/bai-hoc/{draft[0].pk}/khoi/{draft[1]}/chon/{stage.tool.pk}/"
    assert stage.client_for(stage.world.b.teacher).post(address).status_code == 404
    assert stage.client_for(stage.world.a.teacher2).post(address).status_code == 404
    assert stage.client_for(stage.world.a.student).post(address).status_code == 403
    unknown = f"/lti/bai-hoc/{draft[0].pk}/khoi/{uuid.uuid4()}/chon/999/"
    assert stage.client_for(stage.world.a.teacher).post(unknown).status_code == 404
