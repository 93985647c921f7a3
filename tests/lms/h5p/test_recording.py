"""What the player reports: results, attempts, states; what a browser may not make us believe."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.utils import timezone

from lms.h5p.addresses import activity_id
from lms.h5p.models import Content, Result, Statement, UserState
from lms.h5p.playing import context_read, context_sign
from lms.h5p.recording import MAX_STATE, Refused, result_record, state_save
from lms.h5p.selectors import best_results, states_of
from lms.h5p.services import content_delete, content_replace
from lms.h5p.signals import result_recorded
from tests.lms.h5p.packages import install, quick_check
from tests.world import World


@pytest.fixture
def content(world: World) -> Content:
    install(world.office_admin)
    return install(world.a.teacher, world.a.school)


def statement(content: Content, verb: str = "completed", raw: Any = 2, most: Any = 3, **more: Any) -> dict[str, Any]:
    result = {"score": {"raw": raw, "max": most, "min": 0}, "completion": True, "duration": "PT1M5S", "success": True}
    return {
        "actor": {"name": "-", "mbox": "mailto:x@y"},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": activity_id(content.pk), "objectType": "Activity"},
        "result": result | more.pop("result", {}),
        **more,
    }


def later(result: Result) -> None:
    """As if the last attempt was finished a minute ago."""
    Result.objects.filter(pk=result.pk).update(finished_at=timezone.now() - timezone.timedelta(minutes=1))


def test_a_finished_attempt_keeps_score_time_and_count(world: World, content: Content) -> None:
    student = world.a.student
    first = result_record(user=student, content=content, context="", statement=statement(content))
    assert (first.score, first.max_score, first.best_score, first.attempts) == (2, 3, 2, 1)
    assert (first.seconds, first.completed, first.success) == (65, True, True)
    later(first)
    second = result_record(user=student, content=content, context="", statement=statement(content, raw=1))
    assert (second.score, second.best_score, second.attempts, second.seconds) == (1, 2, 2, 130)
    best = best_results(students=[student.pk], contents=[content.pk])[student.pk, content.pk]
    assert (best.score, best.max_score, best.attempts) == (2, 3, 2)


def test_parts_and_beginnings_complete_nothing(world: World, content: Content) -> None:
    whole = activity_id(content.pk)
    part = statement(content, "answered", 1, 1)
    part["object"]["id"] = f"{whole}?subContentId=082727d9-f3df-4747-993c-39dbc406cd6e"
    part["context"] = {"contextActivities": {"parent": [{"id": whole}]}}
    child = statement(content, "completed")
    child["context"] = {"contextActivities": {"parent": [{"id": whole}]}}
    other = statement(content)
    other["object"]["id"] = "https://example.org/h5p/1/"
    for one in (statement(content, "attempted"), statement(content, "interacted"), part, child, other):
        result = result_record(user=world.a.student, content=content, context="", statement=one)
        assert (result.completed, result.attempts, result.score) == (False, 0, None)
    assert Statement.objects.count() == 5
    assert Statement.objects.filter(top_level=True).count() == 2
    assert Statement.objects.exclude(sub_content_id="").get().sub_content_id.startswith("082727d9")
    assert best_results(students=[world.a.student.pk], contents=[content.pk]) == {}


def test_one_finish_told_with_two_verbs_is_one_attempt(world: World, content: Content) -> None:
    for verb in ("answered", "completed"):
        result = result_record(user=world.a.student, content=content, context="", statement=statement(content, verb))
    assert result.attempts == 1


def test_the_same_message_twice_counts_once(world: World, content: Content) -> None:
    message = uuid.uuid4()
    for _time in range(2):
        result = result_record(
            user=world.a.student, content=content, context="", statement=statement(content), message=message
        )
    assert result.attempts == 1
    assert Statement.objects.count() == 1


def test_a_score_cannot_pass_the_highest_and_a_pupil_cannot_set_the_highest(world: World, content: Content) -> None:
    student = world.a.student
    result_record(user=student, content=content, context="", statement=statement(content, raw=1, most=1))
    content.refresh_from_db()
    assert content.max_score is None
    result_record(user=world.a.teacher, content=content, context="", statement=statement(content, raw=3, most=3))
    content.refresh_from_db()
    assert content.max_score == 3
    cheat = result_record(
        user=world.a.student2, content=content, context="", statement=statement(content, raw=900, most=900)
    )
    assert (cheat.score, cheat.max_score) == (3, 3)


@pytest.mark.parametrize("score", [{"raw": "7"}, {"raw": True}, {"max": 0}, {"max": -1}, {"raw": None}])
def test_scores_that_are_no_numbers_are_no_scores(world: World, content: Content, score: dict[str, Any]) -> None:
    said = statement(content, result={"score": {"raw": 1, "max": 2} | score})
    result = result_record(user=world.a.student, content=content, context="", statement=said)
    assert (result.completed, result.score) == (True, None)


def test_a_negative_score_counts_as_nothing(world: World, content: Content) -> None:
    result = result_record(user=world.a.student, content=content, context="", statement=statement(content, raw=-5))
    assert result.score == Decimal(0)


def test_the_server_knows_who_it_was_and_keeps_no_actor(world: World, content: Content) -> None:
    result_record(user=world.a.student, content=content, context="", statement=statement(content))
    assert "actor" not in Statement.objects.get().data


def test_the_rooms_above_hear_of_a_finished_attempt_once(
    world: World, content: Content, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[dict[str, Any]] = []

    def hear(**news: Any) -> None:
        heard.append(news)

    result_recorded.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            for verb in ("attempted", "completed"):
                result_record(
                    user=world.a.student, content=content, context="lesson:7", statement=statement(content, verb)
                )
    finally:
        result_recorded.disconnect(hear)
    assert [(one["finished"], one["context"]) for one in heard] == [(False, "lesson:7"), (True, "lesson:7")]


def test_the_context_is_signed_for_the_content(world: World, content: Content) -> None:
    signed = context_sign(content, "lesson:7")
    assert context_read(content, signed) == "lesson:7"
    other = install(world.a.teacher, world.a.school)
    for false in (signed + "x", "lesson:7"):
        with pytest.raises(Http404):
            context_read(content, false)
    with pytest.raises(Http404):
        context_read(other, signed)


def test_a_state_comes_back_per_person_and_context(world: World, content: Content) -> None:
    student = world.a.student
    state_save(user=student, content=content, context="lesson:7", data='{"a":1}', invalidate=True)
    state_save(user=student, content=content, context="lesson:7", data='{"a":2}', invalidate=True)
    state_save(user=student, content=content, context="lesson:7", data="9", data_type="extra", sub_content_id="b-1")
    state_save(user=student, content=content, context="lesson:7", data="8", data_type="quiet", preload=False)
    assert states_of(student, content, "lesson:7") == {"0": {"state": '{"a":2}'}, "b-1": {"extra": "9"}}
    assert states_of(student, content, "") == {}
    assert states_of(world.a.student2, content, "lesson:7") == {}
    state_save(user=student, content=content, context="lesson:7", data="0")
    assert states_of(student, content, "lesson:7") == {"b-1": {"extra": "9"}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"preload": "yes"},
        {"invalidate": 1},
        {"data": {"a": 1}},
        {"data": "x" * (MAX_STATE + 1)},
        {"data_type": "../x"},
        {"sub_content_id": ""},
    ],
)
def test_a_state_of_wrong_types_or_size_is_refused(world: World, content: Content, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        state_save(**{"user": world.a.student, "content": content, "context": "", "data": "{}"} | wrong)
    assert not UserState.objects.exists()


def test_a_changed_content_lets_states_that_no_longer_fit_start_over(world: World, content: Content) -> None:
    state_save(user=world.a.student, content=content, context="", data='{"a":1}', invalidate=True)
    state_save(user=world.a.student, content=content, context="", data="5", data_type="settings")
    before = content.folder
    content_replace(content=content, file=io.BytesIO(quick_check()), by=world.a.teacher)
    assert states_of(world.a.student, content, "") == {"0": {"settings": "5", "state": "RESET"}}
    assert content.folder != before


def test_a_deleted_content_takes_its_states_and_results_along(world: World, content: Content) -> None:
    state_save(user=world.a.student, content=content, context="", data="{}")
    result_record(user=world.a.student, content=content, context="", statement=statement(content))
    content_delete(content=content)
    assert not UserState.objects.exists()
    assert not Result.objects.exists()
    assert not Statement.objects.exists()


def post(client: Client, content: Content, part: str, body: Any) -> Any:
    return client.post(
        f"/h5p/{content.pk}/{part}/",
        body if isinstance(body, str) else json.dumps(body),
        content_type="application/json",
    )


def test_the_players_messages_are_kept_for_the_person_who_is_signed_in(
    world: World, content: Content, client_for: Callable[..., Client]
) -> None:
    client = client_for(world.a.teacher)
    context = context_sign(content, "lesson:7")
    answer = post(
        client,
        content,
        "ket-qua",
        {"context": context, "message": str(uuid.uuid4()), "statement": statement(content)},
    )
    assert answer.json() == {"success": True, "completed": True, "score": 2.0, "maxScore": 3.0, "attempts": 1}
    answer = post(client, content, "trang-thai", {"context": context, "data": '{"b":1}', "invalidate": True})
    assert answer.json() == {"success": True}
    assert Result.objects.get().user == world.a.teacher
    assert UserState.objects.get().context == "lesson:7"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"statement": {"verb": {"id": "x"}, "result": {"score": {"raw": NaN}}}}',
        '{"statement": {}}',
        '{"statement": "x"}',
        "[" * 100_000,
        '{"message": "x", "statement": {}}',
    ],
)
def test_a_message_that_makes_no_sense_is_refused(
    world: World, content: Content, client_for: Callable[..., Client], body: str
) -> None:
    assert post(client_for(world.a.teacher), content, "ket-qua", body).status_code == 400
    assert not Result.objects.exists()


def test_a_message_without_the_csrf_token_is_refused(world: World, content: Content) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.a.teacher, backend="school.identity.backends.CodePhoneEmailBackend")
    assert post(client, content, "trang-thai", {"data": "{}"}).status_code == 403


def test_a_false_context_is_404(world: World, content: Content, client_for: Callable[..., Client]) -> None:
    answer = post(client_for(world.a.teacher), content, "trang-thai", {"context": "lesson:7", "data": "{}"})
    assert answer.status_code == 404
