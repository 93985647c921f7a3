"""Fixtures common to every room's tests."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client

from tests.flush import flush_may_empty_the_trail
from tests.shared import proved
from tests.template import copy_to, template
from tests.world import World, build


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that commits gets back what migrations wrote: the one before it has emptied every table."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is not None and marker.kwargs.get("transaction"):
            item.add_marker(pytest.mark.django_db(**marker.kwargs | {"serialized_rollback": True}), append=False)
        names = getattr(item, "fixturenames", [])
        if "transactional_db" in names or "live_server" in names:
            names.append("django_db_serialized_rollback")


def pytest_sessionstart() -> None:
    """Make the database's template before the first test, whose time limit is not meant for that."""
    if connection.vendor == "sqlite":
        template()
    flush_may_empty_the_trail()


def pytest_unconfigure() -> None:
    """Nothing of a test process stays behind: its folder of files and its database go."""
    shutil.rmtree(django_settings.VAR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """SQLite: the copied template is migrated further instead of made anew."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Put the template where this process's test database is expected."""
    if connection.vendor == "sqlite":
        copy_to(Path(connection.settings_dict["TEST"]["NAME"]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """What migrations wrote is kept where every connection finds it.

    The browser's loop runs tests in a context of its own, whose connection object is not the one that made the database.
    """
    made = connections["default"]
    contents = getattr(made, "_test_serialized_contents", None)
    if contents is not None:
        type(made)._test_serialized_contents = contents


@pytest.fixture
def world(db: None) -> World:
    """Two schools of one office with a person in every role."""
    return build()


@pytest.fixture
def store_url() -> Iterator[str]:
    """The address of a bucket of an S3 server on this machine, as the settings write it."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    # Its memory outlives it within a process.
    urlopen(Request(f"http://127.0.0.1:{port}/moto-api/reset", method="POST"), timeout=10).close()
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **keys).create_bucket(Bucket="kho")
    yield f"s3://key:secret@127.0.0.1:{port}/kho?secure=0&region=us-east-1"
    server.stop()


@pytest.fixture
def client_for() -> Callable[..., Client]:
    """Gives a client signed in as the person, just now and by password."""

    def sign_in(user: Any, **headers: Any) -> Client:
        client = Client(**headers)
        client.force_login(user, backend="school.identity.backends.CodePhoneEmailBackend")
        proved(client, user)
        return client

    return sign_in


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Rate limits and cached counts of one test are not another's."""
    cache.clear()
