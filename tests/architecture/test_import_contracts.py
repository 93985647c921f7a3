"""The contracts that `make check` proves speak of every package and every app: none is forgotten."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings

pytestmark = pytest.mark.pure
# Neither is part of the product: one asks questions of it, the other sets it up.
BESIDE = {"tests", "tools"}


def linter() -> dict[str, Any]:
    return tomllib.loads(Path(settings.BASE_DIR, "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]


def test_every_package_of_the_repository_has_its_place_in_the_direction() -> None:
    found = {path.parent.name for path in Path(settings.BASE_DIR).glob("*/__init__.py")} - BESIDE
    assert found == set(linter()["root_packages"])
    direction = next(one for one in linter()["contracts"] if "containers" not in one)
    assert set(direction["layers"]) == found


def test_every_app_is_held_to_the_layers_inside_a_room() -> None:
    held = {name for one in linter()["contracts"] if one.get("exhaustive") for name in one.get("containers", [])}
    own = {
        config.name
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(Path(settings.BASE_DIR)) and ".venv" not in Path(config.path).parts
    }
    # Apps inside config are layers of its own contract.
    assert {name for name in own if not name.startswith("config.")} <= held


def test_a_module_without_a_layer_fails() -> None:
    assert all(one.get("exhaustive") for one in linter()["contracts"] if "containers" in one)
