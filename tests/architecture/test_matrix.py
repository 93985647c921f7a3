"""Every address × every role × own and other school, by GET and by POST.

The outcome stands in ``matrix.txt``; a person reads its difference before a change of it is kept (``UPDATE_MATRIX=1`` writes it).
Apart from that file some things hold always: a stranger's object is never shown, and an address without example fails.
"""

import importlib
import os
from pathlib import Path
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from config.hosts import bare
from school.policy import access_of
from tests.architecture.routes import URLCONFS, Route, all_routes
from tests.shared import proved
from tests.world import World

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "matrix.txt"
TESTS = HERE.parent
# Read by `make test`, whose parallel workers keep what a test prints to themselves.
COUNT = TESTS.parent / "var" / "matrix-count.txt"
ANONYMOUS = "anonymous"

Examples = dict[str, dict[str, dict[str, Any]]]


def examples(world: World) -> Examples:
    """What every room's ``examples.py`` gives: url name → {"own": kwargs of school A, "other": kwargs of school B}."""
    found: Examples = {}
    for path in sorted(TESTS.rglob("examples.py")):
        module = importlib.import_module(".".join(("tests", *path.relative_to(TESTS).with_suffix("").parts)))
        found.update(module.examples(world))
    return found


def people(world: World) -> dict[str, Any]:
    return {
        ANONYMOUS: None,
        **world.people,
        "teacher2": world.a.teacher2,
        "student2": world.a.student2,
        "outsider": world.a.outsider,
        "mother2": world.a.mother_of_student2,
    }


def generic(name: str) -> Any:
    return "00000000-0000-4000-8000-000000000000" if "uuid" in name else 999_999 if name.endswith(("id", "pk")) else "x"


def address(route: Route, values: dict[str, Any]) -> str | None:
    urlconf = URLCONFS[route.host]
    for kwargs in (values, {key: str(value) for key, value in values.items()}):
        try:
            return reverse(route.name, kwargs=kwargs, urlconf=urlconf)
        except NoReverseMatch:
            continue
    return None


class Walker:
    """One signed-in client per person; nothing a request writes outlives it."""

    def __init__(self, world: World) -> None:
        self.hosts = {
            "platform": bare(settings.PLATFORM_HOST),
            "school": f"{world.a.school.slug}.{settings.PORTAL_DOMAIN}",
            "content": bare(settings.CONTENT_HOST),
        }
        self.clients: dict[str, Client] = {}
        self.keys: dict[str, str] = {}
        for name, user in people(world).items():
            client = Client(raise_request_exception=False)
            if user is not None:
                client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
                proved(client, user)
                self.keys[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
            self.clients[name] = client
        self.count = 0

    def let_in_unasked(self, route: Route, method: str, url: str, row: dict[str, int]) -> list[str]:
        """Who of those the gate lets through is not asked first who is there, though their sign-in is some minutes old."""
        found = []
        for who in (who for who, status in row.items() if who in self.keys and status != 403):
            session = self.clients[who].session
            kept = session.pop(AUTHENTICATION_METHODS_SESSION_KEY)
            session.save()
            with transaction.atomic():
                answer = getattr(self.clients[who], method)(url, headers={"host": self.hosts[route.host]})
                transaction.set_rollback(True)
            # The cast has no passwords: whoever cannot confirm is refused.
            if answer.status_code != 403 and "/xac-nhan/" not in answer.headers.get("Location", ""):
                found.append(who)
            session[AUTHENTICATION_METHODS_SESSION_KEY] = kept
            session.save()
        return found

    def status(self, who: str, host: str, method: str, url: str) -> int:
        self.count += 1
        # How often one may ask is not what is looked at here.
        cache.clear()
        # A request may sign its person out; the next one is theirs again.
        self.clients[who].cookies.clear()
        if who in self.keys:
            self.clients[who].cookies[settings.SESSION_COOKIE_NAME] = self.keys[who]
        with transaction.atomic():
            answer = getattr(self.clients[who], method)(url, headers={"host": self.hosts[host]})
            if getattr(answer, "streaming", False):
                # Read to its end: the client then closes it without closing the test's own database connection.
                b"".join(answer.streaming_content)
            transaction.set_rollback(True)
        return int(answer.status_code)

    def row(self, route: Route, method: str, url: str) -> dict[str, int]:
        return {who: self.status(who, route.host, method, url) for who in self.clients}


def written(row: dict[str, int]) -> str:
    """The persons by status: "200: principal vice; 403: student"."""
    by_status: dict[int, list[str]] = {}
    for who, status in row.items():
        by_status.setdefault(status, []).append(who)
    return "; ".join(f"{status}: {' '.join(names)}" for status, names in sorted(by_status.items()))


def own_routes() -> list[Route]:
    return [
        route
        for route in all_routes()
        if not route.is_admin and route.name and not route.name.endswith("wagtail_serve")
    ]


@pytest.mark.timeout(1500)
@pytest.mark.django_db
def test_the_matrix_of_rights_is_the_reviewed_one(
    world: World, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    # A walk on a busy machine takes longer than a confirmation holds.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400
    given = examples(world)
    walker = Walker(world)
    lines: list[str] = []
    problems: list[str] = []
    for route in sorted(own_routes(), key=lambda route: (route.host, route.name, route.route)):
        sets = given.get(route.name) if route.takes else {"own": {}}
        if sets is None:
            problems.append(f"{route.host} {route.name}: no example for {', '.join(route.takes)}")
            continue
        what = access_of(route.view, route.name)
        for whose, values in sets.items():
            url = address(route, values)
            if url is None:
                problems.append(f"{route.host} {route.name}: the example {values} does not fit {route.route}")
                continue
            for method in ("get", "post"):
                row = walker.row(route, method, url)
                mark = " (confirmed)" if what and what.fresh else ""
                lines.append(f"{route.host} {route.name} {method.upper()} {whose}{mark} | {written(row)}")
                if what and what.fresh and (unasked := walker.let_in_unasked(route, method, url, row)):
                    problems.append(f"{method.upper()} {url}: does not ask who is there: {' '.join(unasked)}")
                broken = [who for who, status in row.items() if status >= 500]
                if broken:
                    problems.append(f"{method.upper()} {url}: breaks for {' '.join(broken)}")
                if whose == "other" and what and what.kind in {"rule", "signed_in"}:
                    shown = [
                        who for who, status in row.items() if status < 300 and who not in {"office_admin", ANONYMOUS}
                    ]
                    if shown:
                        problems.append(f"{method.upper()} {url}: school B's object is shown to {' '.join(shown)}")
                if what and what.kind in {"rule", "signed_in"} and row[ANONYMOUS] not in {302, 401, 405}:
                    problems.append(f"{method.upper()} {url}: answers {row[ANONYMOUS]} to a stranger")
    signed_out = [who for who in walker.keys if walker.status(who, "platform", "get", "/tai-khoan/") != 200]
    assert signed_out == [], "the walk asked these persons' questions as a stranger"
    told = f"matrix: {walker.count} (URL, role, school) triples checked"
    COUNT.parent.mkdir(exist_ok=True)
    COUNT.write_text(told + "\n")
    with capsys.disabled():
        print(f"\n{told}")  # noqa: T201
    assert problems == []
    text = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_MATRIX"):
        GOLDEN.write_text(text)
    assert text.splitlines() == GOLDEN.read_text().splitlines(), "Read the difference; UPDATE_MATRIX=1 keeps it."


@pytest.mark.timeout(1500)
@pytest.mark.django_db
def test_wagtails_admin_is_shut_to_everyone_without_a_page_to_edit(world: World) -> None:
    walker = Walker(world)
    shut = [ANONYMOUS, "teacher", "homeroom", "librarian", "student", "father"]
    open_doors: list[str] = []
    count = 0
    for route in all_routes():
        if not route.is_admin or not route.name:
            continue
        url = address(route, {name: generic(name) for name in route.takes})
        if url is None or access_of(route.view, route.name):
            continue
        count += 1
        for who in shut:
            status = walker.status(who, route.host, "get", url)
            if status not in {302, 403, 404}:
                open_doors.append(f"{who} {url}: {status}")
    assert open_doors == []
    assert count == 0 or count > 50
