"""Fixtures common to every room's tests."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.world import World, build


@pytest.fixture
def world(db: None) -> World:
    """Two schools of one office with a person in every role."""
    return build()


@pytest.fixture
def client_for() -> Callable[..., Client]:
    """Gives a client signed in as the person."""

    def sign_in(user: Any, **headers: Any) -> Client:
        client = Client(**headers)
        client.force_login(user, backend="school.identity.backends.CodePhoneEmailBackend")
        return client

    return sign_in


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Rate limits and cached counts of one test are not another's."""
    cache.clear()
