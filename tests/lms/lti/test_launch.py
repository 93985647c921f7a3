"""Our lessons launch a tool of somebody else's making (PyLTI1p3), over real HTTP."""

from __future__ import annotations

from typing import Any

from lms.lti.models import Pseudonym, Score
from lms.selectors import lesson_states
from tests.lms.lti.conftest import Stage
from tests.lms.lti.tool import Grade, LineItem

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"


def test_a_student_opens_the_tool_and_the_tool_knows_a_pseudonym_a_role_and_the_place(stage: Stage) -> None:
    student = stage.world.a.student
    page = stage.launch(student)
    assert "Bài luyện" in page.text
    claims = stage.peer.claims
    assert claims["iss"] == stage.platform
    assert claims["aud"] == stage.tool.client_id
    assert claims["sub"] == str(Pseudonym.objects.get(tool=stage.tool, user=student).sub)
    assert stage.peer.last.check_student_access()
    assert claims[CLAIM + "resource_link"] == {"id": str(stage.link.pk), "title": "Luyện phân số"}
    assert claims[CLAIM + "context"]["title"] == "Toán 6"
    assert claims[CLAIM + "target_link_uri"] == stage.tool.target_url
    assert claims[CLAIM + "launch_presentation"]["locale"] == "vi"
    text = str(claims)
    for secret in (student.full_name, student.code, "given_name", "email"):
        assert secret not in text


def test_a_teacher_is_an_instructor_and_a_principal_is_none(stage: Stage) -> None:
    stage.launch(stage.world.a.teacher)
    assert stage.peer.last.check_teacher_access()
    stage.launch(stage.world.a.principal)
    assert not stage.peer.last.check_student_access()
    assert "membership#Manager" in str(stage.peer.claims[CLAIM + "roles"])


def test_a_tool_that_may_know_names_is_told_them(stage: Stage) -> None:
    stage.tool.tells_name = True
    stage.tool.save()
    stage.launch(stage.world.a.student)
    assert stage.peer.claims["name"] == stage.world.a.student.full_name
    assert "email" not in stage.peer.claims


def grade(user_id: str, given: float = 8, at: str = "2026-09-01T08:00:00.000+07:00", **values: Any) -> Grade:
    made = Grade().set_score_given(given).set_score_maximum(10).set_timestamp(at).set_user_id(user_id)
    return made.set_activity_progress("Completed").set_grading_progress("FullyGraded")


def test_a_score_of_the_tool_completes_the_lesson_and_can_be_read_back(stage: Stage) -> None:
    student = stage.world.a.student
    stage.launch(student)
    ags = stage.peer.last.get_ags()
    ags.put_grade(grade(stage.peer.claims["sub"]))
    kept = Score.objects.get()
    assert (kept.student, kept.given, kept.maximum, kept.activity) == (student, 8, 10, "Completed")
    state = lesson_states([student.pk], [stage.lesson.pk])[student.pk, stage.lesson.pk]
    assert state.completed
    assert state.score_label == "8/10"
    [result] = ags.get_grades()
    assert (result["resultScore"], result["resultMaximum"], result["userId"]) == (8, 10, stage.peer.claims["sub"])


def test_the_tool_makes_finds_and_fills_columns_of_its_own(stage: Stage) -> None:
    stage.launch(stage.world.a.student)
    ags = stage.peer.last.get_ags()
    for number in range(3):
        column = (
            LineItem()
            .set_tag(f"quiz-{number}")
            .set_score_maximum(100)
            .set_label(f"Bài {number}")
            .set_resource_id(str(number))
        )
        made = ags.find_or_create_lineitem(column, find_by="resource_id")
        assert made.get_id()
    again = LineItem().set_tag("quiz-1").set_score_maximum(100).set_label("Bài 1").set_resource_id("1")
    assert ags.find_or_create_lineitem(again, find_by="resource_id").get_label() == "Bài 1"
    assert len(list(ags.get_lineitems())) == 4
    ags.put_grade(grade(stage.peer.claims["sub"], given=5), again)
    assert Score.objects.get().item.resource_id == "1"


def test_the_tool_reads_who_is_in_the_course_page_by_page(stage: Stage, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("lms.lti.views.services.PAGE", 2)
    stage.launch(stage.world.a.teacher)
    members = stage.peer.last.get_nrps().get_members()
    cast = stage.world.a
    known = dict(Pseudonym.objects.filter(tool=stage.tool).values_list("user", "sub"))
    assert {one["user_id"] for one in members} == {
        str(known[user.pk]) for user in (cast.teacher, cast.student, cast.student2)
    }
    assert all("name" not in one and "email" not in one for one in members)
