"""An application of the office, and a teacher's browser."""

from typing import Any

import pytest
from django.test import Client

from school.oidc.models import SigningKey
from school.sealing import seal
from tests.school.oidc.party import Party, register, sign_in
from tests.world import World


@pytest.fixture(scope="session")
def pem() -> str:
    """One key for all tests: making one takes a second."""
    from school.oidc.keys import _new_pem

    return _new_pem()


@pytest.fixture
def key(db: None, pem: str) -> Any:
    """The provider's first key, already signing."""
    from django.utils import timezone

    return SigningKey.objects.create(number=1, pem=seal(pem), not_before=timezone.now())


@pytest.fixture
def party(world: World, key: Any) -> Party:
    """An application of the office that need not ask for consent."""
    return register(world)


@pytest.fixture
def browser(world: World) -> Client:
    """A browser in which the teacher of school A signed in with the password."""
    return sign_in(world.a.teacher)
