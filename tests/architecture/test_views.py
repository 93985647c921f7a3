"""Rules that hold for every view, found by reading the code rather than by remembering it."""

import ast
from pathlib import Path

import pytest
from django.apps import apps

from school.policy import access_of
from school.policy.rules import declared
from tests.architecture.routes import Route, all_routes

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("config", "school", "media", "library", "lms", "gradebook", "parentportal")


def undeclared(routes: list[Route]) -> list[str]:
    return [
        f"{route.host}: {route.route}"
        for route in routes
        if not route.is_admin and access_of(route.view, route.name) is None
    ]


def test_every_view_declares_who_may_use_it() -> None:
    assert undeclared(all_routes()) == []


def test_a_view_without_a_declaration_would_be_found() -> None:
    def forgotten(request: object) -> None: ...

    assert undeclared([Route("platform", "forgotten", "quen/", forgotten, ())]) == ["platform: quen/"]


@pytest.mark.django_db
def test_a_view_without_a_declaration_answers_404(client, settings) -> None:  # type: ignore[no-untyped-def]
    settings.ROOT_URLCONF = "tests.architecture.forgotten_urls"
    assert client.get("/quen/").status_code == 404


def test_every_declared_rule_names_a_model_that_exists() -> None:
    for model, _ in declared():
        assert apps.get_model(model)


def views() -> list[Path]:
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [path for path in found if path.stem == "views" or path.parent.name == "views"]


@pytest.mark.parametrize("path", views(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_view_takes_its_rows_from_the_policy(path: Path) -> None:
    """``Model.objects`` in a view walks past the policy; rows come from ``visible`` or from a selector that asks it."""
    ruled = {apps.get_model(model).__name__ for model, _ in declared()}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value.id}.objects"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in {"objects", "_default_manager", "_base_manager"}
        and isinstance(node.value, ast.Name)
        and node.value.id in ruled
    ]
    assert found == []
