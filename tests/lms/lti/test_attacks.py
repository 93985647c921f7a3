"""What must not get through at the platform's doors: each attack by hand, against a tool with a pasted key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from django.core import signing
from django.test import Client
from django.utils import timezone

from lms.lti import names
from lms.lti.models import LineItem, Pseudonym, Score, Tool
from lms.lti.platform.launching import Refused, answer
from lms.lti.platform.people import pseudonym
from lms.lti.platform.registering import tool_save, tool_switch
from lms.models import Course, CourseState
from school.audit.models import Entry
from school.oidc.keys import LTI
from school.oidc.models import SigningKey
from school.organisation.models import Enrolment
from school.sealing import seal
from tests.lms.lti.conftest import lesson_with, tool_values
from tests.lms.lti.party import BACK, HOST, Party, claims_of, posted, private_key, public_jwk
from tests.lms.made import make_course
from tests.world import World

pytestmark = pytest.mark.django_db
KEY = private_key()
OTHER = private_key()


@pytest.fixture
def party(world: World, lti_pem: str) -> Party:
    """The office's tool in a lesson of 6A1 of school A."""
    SigningKey.objects.create(purpose=LTI, number=1, pem=seal(lti_pem), not_before=timezone.now())
    values = tool_values(HOST, keyset_url="", keyset={"keys": [public_jwk(KEY, "k1")]})
    tool = tool_save(node=world.office, values=values, by=world.office_admin)
    _lesson, link = lesson_with(make_course(world, world.a), world.a, tool)
    return Party(tool, link, KEY)


@pytest.fixture
def student(world: World, client_for: Callable[..., Client]) -> Client:
    return client_for(world.a.student)


def test_everything_right_is_answered_with_a_signed_message(party: Party, student: Client) -> None:
    answer = student.get(party.request(party.door(student)))
    fields = posted(answer)
    assert (fields[""], fields["state"]) == (BACK, "s1")
    keys = student.get("/lti/keys.json").json()["keys"]
    header = jwt.get_unverified_header(fields["id_token"])
    key = jwt.PyJWK(next(one for one in keys if one["kid"] == header["kid"]))
    claims = jwt.decode(fields["id_token"], key, algorithms=["RS256"], audience=party.tool.client_id)
    assert claims["iss"] == "http://localhost:8000"
    assert answer.headers["Cache-Control"] == "no-store"
    assert f"form-action 'self' {HOST}" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address", [f"{BACK}/", f"{BACK}?x=1", "https://evil.example/launch", "http://tool.example/launch", ""]
)
def test_a_foreign_redirect_address_gets_nothing(party: Party, student: Client, address: str) -> None:
    answer = student.get(party.request(party.door(student), redirect_uri=address))
    assert answer.status_code == 403
    assert b"id_token" not in answer.content
    assert b"<form" not in answer.content


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"prompt": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
    ],
)
def test_a_request_outside_the_protocol_is_told_so(
    party: Party, student: Client, changes: dict[str, Any], error: str
) -> None:
    fields = posted(student.get(party.request(party.door(student), **changes)))
    assert fields["error"] == error
    assert "id_token" not in fields


def test_a_hint_is_good_once(party: Party, student: Client) -> None:
    told = party.door(student)
    assert student.get(party.request(told)).status_code == 200
    again = student.get(party.request(told))
    assert again.status_code == 403
    assert b"id_token" not in again.content


def test_a_hint_of_another_person_opens_nothing(
    world: World, party: Party, student: Client, client_for: Callable[..., Client]
) -> None:
    told = party.door(student)
    for other in (world.a.student2, world.a.teacher):
        assert client_for(other).get(party.request(told)).status_code == 403
    # Not even in the same person's other browser, nor with another's name beside the hint.
    assert client_for(world.a.student).get(party.request(told)).status_code == 403
    wrong = str(pseudonym(party.tool, world.a.student2).sub)
    assert student.get(party.request(told, login_hint=wrong)).status_code == 403
    assert Client().get(party.request(told)).status_code == 403
    assert student.get(party.request(told)).status_code == 200


def test_a_hint_is_of_its_person_even_in_the_same_browser(world: World, party: Party, student: Client) -> None:
    told = party.door(student)
    pseudonym(party.tool, world.a.student2)
    asked = dict(parse_qsl(urlsplit(party.request(told)).query))
    with pytest.raises(Refused, match="người khác"):
        answer(asked, user=world.a.student2, session_key=student.session.session_key)
    assert answer(asked, user=world.a.student, session_key=student.session.session_key).fields["id_token"]


def test_an_expired_or_forged_hint_opens_nothing(party: Party, student: Client, monkeypatch: Any) -> None:
    told = party.door(student)
    forged = signing.dumps({"k": "link", "id": str(party.link.pk), "u": told["login_hint"], "s": ""}, salt="other")
    assert student.get(party.request(told, lti_message_hint=forged)).status_code == 403
    assert student.get(party.request(told, lti_message_hint=None)).status_code == 403
    monkeypatch.setattr("lms.lti.platform.launching.SECONDS", -1)
    late = student.get(party.request(told))
    assert late.status_code == 403
    assert "quá lâu" in late.content.decode()


def test_another_tools_hint_is_no_hint(world: World, party: Party, student: Client) -> None:
    values = tool_values(HOST, name="Khác", keyset_url="", keyset={"keys": [public_jwk(OTHER, "k2")]})
    other = tool_save(node=world.office, values=values, by=world.office_admin)
    told = party.door(student)
    assert student.get(party.request({**told, "client_id": other.client_id})).status_code == 403


def test_the_policy_is_asked_again_at_the_second_step(world: World, party: Party, student: Client) -> None:
    told = party.door(student)
    yesterday = timezone.localdate() - timedelta(days=1)
    Enrolment.objects.filter(student=world.a.student).update(starts=yesterday - timedelta(days=9), ends=yesterday)
    assert student.get(party.request(told)).status_code == 403
    assert student.get(f"/lti/mo/{party.link.pk}/").status_code in {403, 404}


@pytest.mark.parametrize("who", ["outsider", "father"])
def test_who_does_not_read_the_lesson_does_not_open_its_tool(
    world: World, party: Party, client_for: Callable[..., Client], who: str
) -> None:
    assert client_for(getattr(world.a, who)).get(f"/lti/mo/{party.link.pk}/").status_code in {403, 404}
    assert client_for(world.b.student).get(f"/lti/mo/{party.link.pk}/").status_code == 404
    assert client_for(world.b.teacher).get(f"/lti/mo/{party.link.pk}/").status_code == 404


def test_a_tool_that_is_off_is_off_everywhere(world: World, party: Party, student: Client) -> None:
    told = party.door(student)
    headers = party.bearer(names.LINEITEM)
    tool_switch(tool=party.tool, on=False, by=world.office_admin)
    assert student.get(f"/lti/mo/{party.link.pk}/").status_code == 403
    assert student.get(party.request(told)).status_code == 403
    assert party.ask_token(party.assertion()).status_code == 401
    assert Client().get(columns(party), headers=headers).status_code == 401
    assert "Công cụ này đã tắt" in student.get(f"/bai-hoc/{party.link.lesson_id}/").content.decode()
    assert Entry.objects.filter(action="client_disabled", target="lti.tool").exists()


def test_a_link_of_an_older_publication_opens_no_more(world: World, party: Party, student: Client) -> None:
    party.link.lesson_materials.filter(live=True).delete()
    assert student.get(f"/lti/mo/{party.link.pk}/").status_code == 404


def test_a_tool_of_another_school_is_not_placed(world: World, party: Party, client_for: Callable[..., Client]) -> None:
    values = tool_values(HOST, keyset_url="", keyset={"keys": [public_jwk(OTHER, "k3")]})
    foreign = tool_save(node=world.b.school.node, values=values, by=world.office_admin)
    block = party.link.lesson.get_latest_revision_as_object().body[1].id
    address = f"/lti/bai-hoc/{party.link.lesson_id}/khoi/{block}/"
    client = client_for(world.a.teacher)
    assert client.post(address, {"tool": foreign.pk, "title": "x"}).status_code == 422
    assert client.post(f"{address}chon/{foreign.pk}/").status_code == 404
    # Moved to another school's hands, it opens for this one no more.
    Tool.objects.filter(pk=party.tool.pk).update(node=world.b.school.node)
    assert client_for(world.a.student).get(f"/lti/mo/{party.link.pk}/").status_code == 403
    assert Client().get(columns(party), headers=party.bearer(names.LINEITEM)).status_code == 404


def test_whoever_looks_through_anothers_eyes_opens_no_tool(
    world: World, party: Party, student: Client, client_for: Callable[..., Client]
) -> None:
    looker = client_for(world.a.school_admin)
    begun = looker.post(f"/xem-thay/{world.a.student.pk}/", {"reason": "Phụ huynh báo không mở được bài tập."})
    assert begun.status_code == 302
    assert looker.get(f"/bai-hoc/{party.link.lesson_id}/").status_code == 200
    assert looker.get(f"/lti/mo/{party.link.pk}/").status_code == 403
    assert looker.get(party.request(party.door(student))).status_code == 403


# --- tokens


def test_an_assertion_is_good_once(party: Party) -> None:
    assertion = party.assertion()
    assert party.ask_token(assertion).status_code == 200
    again = party.ask_token(assertion)
    assert (again.status_code, again.json()) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "http://localhost:8000"},
        {"aud": "https://elsewhere.example/token"},
        {"aud": None},
        {"sub": "lti-other"},
        {"iss": "lti-other"},
        {"exp": int(time.time()) - 120},
        {"exp": int(time.time()) + 86_400},
        {"exp": None},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"jti": None},
        {"kid": "unknown"},
        {"key": OTHER},
        {"alg": "none", "key": None},
        {"alg": "HS256", "key": "x" * 64},
    ],
    # Not by their values: times and keys differ from process to process.
    ids=[
        "for-the-platform", "for-another", "for-nobody", "about-another", "from-another", "old", "too-long", "endless",
        "ageless", "from-tomorrow", "unnamed", "unknown-key", "foreign-key", "unsigned", "shared-secret",
    ],
)  # fmt: skip
def test_an_assertion_that_is_not_right_gets_no_token(party: Party, changes: dict[str, Any]) -> None:
    assert party.ask_token(party.assertion(**changes)).status_code == 401


def test_our_public_key_is_no_shared_secret(party: Party) -> None:
    """The old confusion: a token signed with HMAC under the public key that the verifier holds."""
    pem = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    _head, body, _signature = party.assertion().split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"k1","typ":"JWT"}').decode().rstrip("=")
    made = hmac.new(pem, f"{head}.{body}".encode(), hashlib.sha256).digest()
    token = f"{head}.{body}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"
    assert party.ask_token(token).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.", "[]", "é" * 50, "x" * 100_000])
def test_what_is_no_token_is_refused(party: Party, token: str) -> None:
    assert party.ask_token(token).status_code in {400, 401}


def test_a_token_opens_only_what_was_allowed(party: Party) -> None:
    Tool.objects.filter(pk=party.tool.pk).update(uses_members=False)
    assert party.ask_token(party.assertion(), names.MEMBERS).json() == {"error": "invalid_scope"}
    assert party.ask_token(party.assertion(), "").status_code == 400
    members = f"/lti/contexts/{party.link.lesson.course_id}/memberships"
    assert Client().get(members, headers=party.bearer(names.SCORE)).status_code == 403
    assert Client().get(columns(party), headers=party.bearer(names.SCORE)).status_code == 403
    assert Client().get(members).status_code == 401
    assert Client().get(members, headers={"Authorization": "Bearer made-up"}).status_code == 401


def test_a_right_that_is_taken_back_ends_with_tokens_in_hand(party: Party) -> None:
    headers = party.bearer(names.MEMBERS)
    members = f"/lti/contexts/{party.link.lesson.course_id}/memberships"
    assert Client().get(members, headers=headers).status_code == 200
    Tool.objects.filter(pk=party.tool.pk).update(uses_members=False)
    assert Client().get(members, headers=headers).status_code == 403


# --- columns and scores


def columns(party: Party, course: Course | None = None) -> str:
    return f"/lti/contexts/{course.pk if course else party.link.lesson.course_id}/lineitems"


def send(party: Party, address: str, **changes: Any) -> Any:
    body = {
        "userId": "",
        "scoreGiven": 8,
        "scoreMaximum": 10,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-09-01T08:00:00.000Z",
    } | changes
    data = json.dumps({key: value for key, value in body.items() if value is not None})
    return Client().post(address, data, content_type=names.SCORE_TYPE, headers=party.bearer(names.SCORE))


@pytest.fixture
def column(party: Party) -> str:
    item = LineItem.objects.get(link=party.link)
    return f"{columns(party)}/{item.pk}/scores"


def test_an_older_score_does_not_replace_a_newer_one(world: World, party: Party, column: str) -> None:
    sub = str(pseudonym(party.tool, world.a.student).sub)
    assert send(party, column, userId=sub).status_code == 204
    assert send(party, column, userId=sub, scoreGiven=2, timestamp="2026-09-01T07:59:59.999Z").status_code == 409
    assert send(party, column, userId=sub, scoreGiven=2).status_code == 409
    assert Score.objects.get().given == 8
    assert send(party, column, userId=sub, scoreGiven=2, timestamp="2026-09-01T08:00:00.001Z").status_code == 204
    assert Score.objects.get().given == 2


def test_a_score_for_somebody_outside_the_class_is_refused(world: World, party: Party, column: str) -> None:
    for other in (world.a.outsider, world.b.student, world.a.teacher):
        assert send(party, column, userId=str(pseudonym(party.tool, other).sub)).status_code == 404
    # Our own numbers, and another tool's pseudonym, are nobody here.
    assert send(party, column, userId=str(world.a.student.pk)).status_code == 404
    values = tool_values(HOST, keyset_url="", keyset={"keys": [public_jwk(OTHER, "k4")]})
    other_tool = tool_save(node=world.office, values=values, by=world.office_admin)
    assert send(party, column, userId=str(pseudonym(other_tool, world.a.student).sub)).status_code == 404
    assert not Score.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": "2026-09-01T08:00:00"},
        {"timestamp": "yesterday"},
        {"timestamp": None},
        {"scoreGiven": -1},
        {"scoreGiven": "8"},
        {"scoreGiven": True},
        {"scoreGiven": 1e300},
        {"scoreMaximum": 0},
        {"scoreMaximum": None},
        {"activityProgress": "Done"},
        {"gradingProgress": None},
    ],
    ids=str,
)
def test_a_score_that_cannot_be_read_is_refused(
    world: World, party: Party, column: str, changes: dict[str, Any]
) -> None:
    sub = str(pseudonym(party.tool, world.a.student).sub)
    assert send(party, column, userId=sub, **changes).status_code == 400
    assert not Score.objects.exists()


def test_a_column_of_another_school_is_not_found(world: World, party: Party) -> None:
    """The same tool stands in both schools' lessons; a column is reached under its own course alone."""
    _lesson, other = lesson_with(make_course(world, world.b), world.b, party.tool)
    foreign = LineItem.objects.get(link=other)
    headers = party.bearer(names.LINEITEM)
    assert Client().get(f"{columns(party)}/{foreign.pk}", headers=headers).status_code == 404
    assert Client().delete(f"{columns(party)}/{foreign.pk}", headers=headers).status_code == 404
    assert send(party, f"{columns(party)}/{foreign.pk}/scores", userId="x").status_code == 404
    # A school's own tool does not reach the other school at all.
    values = tool_values(HOST, keyset_url="", keyset={"keys": [public_jwk(OTHER, "k5")]})
    own = tool_save(node=world.a.school.node, values=values, by=world.office_admin)
    mine = Party(own, party.link, OTHER, "k5")
    assert Client().get(columns(party, other.lesson.course), headers=mine.bearer(names.LINEITEM)).status_code == 404
    assert Client().get(columns(party), headers=mine.bearer(names.LINEITEM)).status_code == 404


def test_the_column_that_the_lesson_counts_is_not_the_tools_to_remove(party: Party) -> None:
    item = LineItem.objects.get(link=party.link)
    assert Client().delete(f"{columns(party)}/{item.pk}", headers=party.bearer(names.LINEITEM)).status_code == 403
    assert LineItem.objects.filter(pk=item.pk).exists()


def test_a_course_that_has_ended_is_read_not_written(world: World, party: Party, column: str) -> None:
    Course.objects.update(state=CourseState.ARCHIVED)
    assert send(party, column, userId=str(pseudonym(party.tool, world.a.student).sub)).status_code == 403
    assert Client().get(columns(party), headers=party.bearer(names.LINEITEM)).status_code == 200


def test_a_body_of_the_wrong_kind_is_refused(party: Party, column: str) -> None:
    headers = party.bearer(names.SCORE)
    assert Client().post(column, "{}", content_type="application/json", headers=headers).status_code == 415
    for body in ("[]", "{", "x" * 70_000, '{"userId": "\\u0000"}'):
        assert Client().post(column, body, content_type=names.SCORE_TYPE, headers=headers).status_code in {400, 413}


def test_members_are_filtered_by_role_and_place(world: World, party: Party) -> None:
    members = f"/lti/contexts/{party.link.lesson.course_id}/memberships"
    headers = party.bearer(names.MEMBERS)

    def roles(query: str) -> list[str]:
        found = Client().get(f"{members}?{query}", headers=headers).json()["members"]
        return [one["roles"][0].rpartition("#")[2] for one in found]

    assert roles("") == ["Instructor", "Learner", "Learner"]
    assert roles("role=Learner") == ["Learner", "Learner"]
    assert roles("role=http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Instructor") == ["Instructor"]
    assert roles(f"rlid={party.link.pk}") == ["Instructor", "Learner", "Learner"]
    assert Client().get(f"{members}?rlid=other", headers=headers).status_code == 404
    party.link.lesson_materials.filter(live=True).delete()
    assert roles(f"rlid={party.link.pk}") == ["Instructor"]


def test_a_pseudonym_is_another_at_every_tool(world: World, party: Party, student: Client) -> None:
    first = claims_of(student.get(party.request(party.door(student))))["sub"]
    again = claims_of(student.get(party.request(party.door(student))))["sub"]
    values = tool_values(HOST, name="Khác", keyset_url="", keyset={"keys": [public_jwk(OTHER, "k6")]})
    other_tool = tool_save(node=world.office, values=values, by=world.office_admin)
    _lesson, link = lesson_with(Course.objects.get(), world.a, other_tool)
    other = Party(other_tool, link, OTHER, "k6")
    assert first == again != claims_of(student.get(other.request(other.door(student))))["sub"]
    assert Pseudonym.objects.filter(user=world.a.student).count() == 2
