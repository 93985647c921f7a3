"""A migrated database of one's own on the PostgreSQL server, removed afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from tools.setup import manage
from tools.steps import PYTHON, Stop, run, step

POSTGRES = "postgres://postgres@127.0.0.1:5432/mai_truong"
# Number 15: the tests clear their cache, and a developer's own Redis is most likely number 0.
REDIS = "redis://127.0.0.1:6379/15"
CREATE = """
import sys, psycopg
from psycopg import sql
server, name = sys.argv[1:]
with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
    connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
"""
DROP = """
import sys, psycopg
from psycopg import sql
server, *prefixes = sys.argv[1:]
with psycopg.connect(server, autocommit=True) as connection:
    for prefix in prefixes:
        names = connection.execute("select datname from pg_database where starts_with(datname, %s)", [prefix]).fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
"""


@contextmanager
def scratch_database(*, optional: bool = False) -> Iterator[Mapping[str, str] | None]:
    """The environment of tests on a new database beside DATABASE_URL's (or the local server's), with Redis.

    Raises Stop when there is no server; with ``optional`` gives None instead.
    """
    base = urlsplit(os.environ.get("DATABASE_URL") or POSTGRES)
    name = f"mai_truong_{os.getpid()}"
    server = base._replace(scheme="postgresql", path="/postgres").geturl()
    env = {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": base._replace(path=f"/{name}").geturl(),
        "REDIS_URL": os.environ.get("REDIS_URL") or REDIS,
        "TEST_TEMPLATE": name,
    }
    try:
        run([PYTHON, "-c", CREATE, server, name], log="create-database", timeout=60)
    except Stop:
        if not optional:
            raise
        yield None
        return
    try:
        with step("a migrated database on PostgreSQL, copied by every process"):
            manage("migrate", "--verbosity", "0", log="migrate-postgres", env={**env, "TEST_TEMPLATE": ""})
        yield env
    finally:
        run([PYTHON, "-c", DROP, server, name, f"test_{name}"], log="drop-databases", timeout=60)
