"""No link to a person is forgotten: each is in their copy, or somebody says why not."""

import pytest
from django.apps import apps

from school.identity.models import User
from school.personal import KINDS, contribute, excuse, is_told, parts
from school.privacy.processing import heading, section
from tests.world import World


def links() -> list[tuple[str, str]]:
    """Every field of every model that leads to a person."""
    return sorted(
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model is User
    )


def test_every_link_to_a_person_is_contributed_or_excused() -> None:
    assert [f"{model}.{field}" for model, field in links() if not is_told(model, field)] == []


def test_a_forgotten_link_would_be_found() -> None:
    assert not is_told("gradebook.Mark", "forgotten")
    assert ("gradebook.Mark", "student") in links()


def test_every_part_names_fields_that_exist() -> None:
    for part in parts():
        model = apps.get_model(part.model)
        assert part.kind in KINDS
        model._base_manager.values_list(part.path, *part.fields)
        assert all(heading(model, field) for field in part.fields)


def test_secrets_are_in_no_copy() -> None:
    told = {f"{part.model}.{field}" for part in parts() for field in part.fields}
    secret = ("password", "secret", "key_hash", "session_key", "sealed", "token", "data")
    assert [one for one in told if one.rsplit(".", 1)[1] in secret] == []


def test_what_must_be_kept_is_never_erasable() -> None:
    assert [part.model for part in parts() if part.erasable and part.kind.fixed] == []


def test_an_excuse_needs_a_reason_and_a_part_is_told_once() -> None:
    with pytest.raises(ValueError, match="reason"):
        excuse("x.Y", "z", reason="")
    first = parts()[0]
    with pytest.raises(ValueError, match="twice"):
        contribute(first.model, first.path, title="x", kind=first.kind, fields=first.fields)


@pytest.mark.django_db
def test_every_part_can_be_written_for_a_person(world: World) -> None:
    for part in parts():
        made = section(part, world.a.student)
        assert len(made["headings"]) == len(part.fields)
