"""What a sign-in costs beside its password check, and how long the way to a second host takes."""

import statistics
import time
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client

from tests.bench.measure import Figure, in_turns, keep
from tests.school.test_sso import Browser, host_of
from tests.world import PASSWORD, World

pytestmark = [pytest.mark.bench, pytest.mark.django_db]
ROUNDS = 30
# The password check is slow on purpose; everything around it may cost a third of it.
SIGN_IN_CEILING = 1.3
HOPS, MILLISECONDS = 5, 250


@pytest.fixture
def argon2(settings: Any) -> None:
    """Passwords as in production; the suite's own are quick."""
    settings.PASSWORD_HASHERS = ["school.identity.hashers.Argon2Hasher"]


def test_a_sign_in_costs_little_more_than_its_password_check(world: World, argon2: None) -> None:
    user = world.a.student
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.get("/dang-nhap/")

    def sign_in() -> None:
        answer = client.post("/dang-nhap/", {"login": user.code, "password": PASSWORD})
        assert answer.status_code == 302
        client.cookies.clear()

    ours, check = in_turns(sign_in, lambda: check_password(PASSWORD, user.password), rounds=ROUNDS)
    figure = Figure(
        "a sign-in beside its Argon2 check", f"{ours * 1000:.1f} ms", f"{check * 1000:.1f} ms", f"{ours / check:.2f}"
    )
    keep("4-sign-in", figure)
    assert ours / check < SIGN_IN_CEILING


def test_the_way_to_a_second_host_is_short(world: World) -> None:
    times, hops = [], 0
    for _ in range(ROUNDS):
        browser = Browser()
        browser.sign_in(world.a.teacher)
        browser.get(browser.ticket(host_of(world.a)))
        host = host_of(world.b)
        address, hops, started = f"http://{host}/dang-nhap/?next=/", 0, time.perf_counter()
        while (answer := browser.get(address)).status_code == 302:
            target = answer.headers["Location"]
            address, hops = f"http://{host}{target}" if target.startswith("/") else target, hops + 1
        times.append(time.perf_counter() - started)
        assert browser.signed_in_on(host)
    took = statistics.median(times) * 1000
    figure = Figure(
        f"to a second host, signed in on the first ({hops} redirects and the page)",
        f"{took:.0f} ms",
        f"{MILLISECONDS} ms",
        f"{took / MILLISECONDS:.2f}",
    )
    keep("5-second-host", figure)
    assert hops <= HOPS
    assert took < MILLISECONDS
