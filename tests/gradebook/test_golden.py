"""The golden cases of the grading rules, answered by the same command that anybody can run."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from gradebook.grading_cases import answer
from gradebook.management.commands.grading_case import cases_read
from tests.shared import shared

EXPLANATORY = {
    "base", "adjusted", "culprit", "missing", "status", "study_year", "study_final", "conduct_final",
    "credits_counted", "units", "excused", "unexcused", "type",
}  # fmt: skip


def agrees(expected: dict[str, Any], actual: dict[str, Any]) -> bool:
    return all(
        actual.get(key, ...) == value for key, value in expected.items() if key in actual or key not in EXPLANATORY
    )


def test_every_golden_case_is_answered_as_expected() -> None:
    cases = json.loads(shared("golden/grading.json").read_text(encoding="utf-8"))
    assert len(cases) >= 81
    wrong = []
    for case in cases:
        actual = answer(case).get("actual", {})
        if not any(agrees(one, actual) for one in [case["expected"], *case.get("accept", [])]):
            wrong.append((case["id"], case["expected"], actual))
    assert wrong == []


def test_the_command_reads_lines_and_the_array_form_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    case = {"id": "one", "kind": "tt22_tx_count", "input": {"periods": 71}}
    strange = {"id": "two", "kind": "tt99_unknown", "input": {}}
    answers = ['{"id": "one", "actual": {"count": 4}}', '{"id": "two", "unsupported": true}']
    lines = json.dumps(case) + "\n" + json.dumps(strange) + "\n"
    array = "[\n" + json.dumps(case) + ",\n" + json.dumps(strange) + "\n]\n"
    for text in (lines, array, json.dumps([case, strange])):
        out = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        call_command("grading_case", stdout=out)
        assert out.getvalue().splitlines() == answers


def test_a_byte_order_mark_and_blank_lines_are_no_cases() -> None:
    assert [case["id"] for case in cases_read(["\ufeff[\n", "\n", '{"id": "a"},\n', "]\n"])] == ["a"]
