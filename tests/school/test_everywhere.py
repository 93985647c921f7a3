"""One sign-in on the platform, under a school's label and on a school's own domain: whatever ends it ends it on all three."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client

from school.identity import sessions
from school.identity.models import User
from school.organisation.models import School
from school.policy import Actor, may
from school.sso.models import HostSession
from school.sso.services import sessions_end
from tests.school.test_sso import Browser, host_of
from tests.world import World, build

OWN_DOMAIN = "thcs-bode.example"
PLATFORM = "localhost:8000"


@pytest.fixture
def signed_in(db: None, world: World) -> tuple[World, Browser]:
    """The teacher of school A, signed in on the platform, at their school and at school B's own domain."""
    School.objects.filter(pk=world.b.school.pk).update(host=OWN_DOMAIN)
    browser = Browser()
    browser.sign_in(world.a.teacher)
    for host in (host_of(world.a), OWN_DOMAIN):
        browser.get(browser.ticket(host))
    assert [browser.signed_in_on(host) for host in hosts(world)] == [True] * 3
    return world, browser


def hosts(world: World) -> tuple[str, str, str]:
    return PLATFORM, host_of(world.a), OWN_DOMAIN


def known(browser: Browser, world: World) -> list[bool]:
    """On which hosts the next request is still this person's."""
    return [browser.on(host).get("/").wsgi_request.user.is_authenticated for host in hosts(world)]


def close(world: World) -> None:
    User.objects.filter(pk=world.a.teacher.pk).update(is_active=False)


def new_password(world: World) -> None:
    world.a.teacher.set_password("một mật khẩu khác hẳn")
    world.a.teacher.save()


def end_by_the_school(world: World) -> None:
    sessions_end(HostSession.objects.filter(user=world.a.teacher))


@pytest.mark.parametrize("what", [close, new_password, end_by_the_school])
def test_what_ends_a_sign_in_ends_it_on_every_host_at_the_next_request(
    signed_in: tuple[World, Browser], what: Callable[[World], None]
) -> None:
    world, browser = signed_in
    assert known(browser, world) == [True] * 3
    what(world)
    assert known(browser, world) == [False] * 3


@pytest.mark.parametrize("number", range(3))
def test_signing_out_on_any_host_signs_out_on_all(signed_in: tuple[World, Browser], number: int) -> None:
    world, browser = signed_in
    browser.on(hosts(world)[number]).post("/dang-xuat/")
    assert known(browser, world) == [False] * 3


def test_a_deleted_cookie_on_one_host_leaves_the_others(signed_in: tuple[World, Browser]) -> None:
    world, browser = signed_in
    browser.on(OWN_DOMAIN).cookies.clear()
    assert known(browser, world) == [True, True, False]


class Clock:
    """A clock that only the test moves, in seconds."""

    now = 1_800_000_000

    def time(self) -> int:
        return self.now


def test_the_absolute_end_holds_however_busy_the_person_is(
    db: None, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    clock = Clock()
    monkeypatch.setattr(sessions, "time", clock)
    settings.STAFF_SESSION = (10**9, 12 * 3600)
    browser = Browser()
    browser.sign_in(world.a.teacher)
    started = clock.now
    assert browser.on(PLATFORM).session["until"] == started + 12 * 3600
    clock.now = started + 12 * 3600 - 1
    assert browser.on(PLATFORM).get("/tai-khoan/").status_code == 200
    clock.now += 1
    assert browser.on(PLATFORM).get("/tai-khoan/").status_code == 302


def test_a_schools_host_sleeps_in_after_the_same_idle_time(
    signed_in: tuple[World, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, browser = signed_in
    clock = Clock()
    clock.now = browser.on(OWN_DOMAIN).session["seen"] + 30 * 60
    monkeypatch.setattr(sessions, "time", clock)
    assert known(browser, world) == [False] * 3


def test_a_schools_session_cannot_outlive_its_sign_in(
    signed_in: tuple[World, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, browser = signed_in
    until = browser.on(PLATFORM).session["until"]
    clock = Clock()
    monkeypatch.setattr(sessions, "time", clock)
    for host in hosts(world):
        session = browser.on(host).session
        assert session["until"] == until
        session["seen"] = until
        session.save()
    clock.now = until
    assert known(browser, world) == [False] * 3


def test_an_unknown_host_is_no_site_even_with_a_session(signed_in: tuple[World, Browser]) -> None:
    world, browser = signed_in
    key = browser.on(PLATFORM).cookies["sessionid"].value
    for host in ("evil.example", f"{world.a.school.slug}.localhost.evil.example", "localhost.evil.example"):
        client = Client(headers={"host": host})
        client.cookies["sessionid"] = key
        assert client.get("/").status_code == 404


def test_a_second_host_costs_at_most_five_redirects(signed_in: tuple[World, Browser]) -> None:
    world, browser = signed_in
    browser.on(OWN_DOMAIN).post("/dang-xuat/")
    browser.sign_in(world.a.teacher)
    address, hops = f"http://{OWN_DOMAIN}/dang-nhap/?next=/", 0
    while (answer := browser.get(address)).status_code == 302 or "onward" in str(answer.templates[0].name):
        address, hops = browser.onward(answer), hops + 1
        if address.startswith("/"):
            address = f"http://{OWN_DOMAIN}{address}"
    assert answer.status_code == 200
    assert hops <= 5
    assert browser.signed_in_on(OWN_DOMAIN)


@pytest.mark.django_db(transaction=True)
def test_eight_browsers_with_one_ticket_open_one_session() -> None:
    world = build()
    browser = Browser()
    browser.sign_in(world.a.teacher)
    host = host_of(world.a)
    address = browser.ticket(host)
    code = parse_qs(urlsplit(address).query)["code"][0]
    cookies = browser.on(host).cookies
    start, found = threading.Barrier(8), []

    def present() -> None:
        client = Client(headers={"host": host})
        client.cookies = cookies.copy()
        start.wait()
        try:
            found.append(client.get("/phien/", query_params={"code": code}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=present) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [302] + [403] * 7


@pytest.mark.django_db
def test_a_permission_question_costs_nothing_once_the_person_is_known(
    world: World, client_for: Any, django_assert_num_queries: Any
) -> None:
    """What a page has asked about its person is not asked again: rights come from the facts already read."""
    teacher = User.objects.get(pk=world.a.teacher.pk)
    assert Actor.of(teacher).roles
    with django_assert_num_queries(0):
        assert may(teacher, "gradebook.MarkSheet", "view")
        assert not may(teacher, "organisation.School", "oversee")
