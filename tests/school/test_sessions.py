"""How long a sign-in lasts, and what ends it."""

from typing import Any

import pytest
from django.test import Client

from school.identity import sessions
from school.identity.models import User
from tests.world import World

pytestmark = pytest.mark.django_db
HOUR, DAY = 3600, 86_400


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A clock that only the test moves, in seconds."""

    class Clock:
        now = 1_800_000_000

        def time(self) -> int:
            return self.now

    made = Clock()
    monkeypatch.setattr(sessions, "time", made)
    return made


def inside(client: Client) -> bool:
    return client.get("/tai-khoan/").status_code == 200


@pytest.mark.parametrize(
    ("who", "idle"), [("teacher", HOUR // 2), ("principal", HOUR // 2), ("student", 8 * HOUR), ("father", 8 * HOUR)]
)
def test_a_sleeping_session_ends(world: World, client_for: Any, clock: Any, who: str, idle: int) -> None:
    client = client_for(getattr(world.a, who))
    clock.now += idle - 1
    assert inside(client)
    clock.now += idle
    assert not inside(client)


@pytest.mark.parametrize(("who", "longest", "step"), [("teacher", 12 * HOUR, 20 * 60), ("student", 14 * DAY, 7 * HOUR)])
def test_a_busy_session_ends_too(world: World, client_for: Any, clock: Any, who: str, longest: int, step: int) -> None:
    client, start = client_for(getattr(world.a, who)), clock.now
    while clock.now + step < start + longest:
        clock.now += step
        assert inside(client)
    clock.now = start + longest
    assert not inside(client)


def test_a_request_within_a_twentieth_of_the_idle_time_writes_nothing(
    world: World, client_for: Any, clock: Any
) -> None:
    client = client_for(world.a.student)
    inside(client)
    seen = client.session["seen"]
    clock.now += 60
    inside(client)
    assert client.session["seen"] == seen


def test_a_closed_account_is_out_at_its_next_request(world: World, client_for: Any) -> None:
    client = client_for(world.a.teacher)
    assert inside(client)
    User.objects.filter(pk=world.a.teacher.pk).update(is_active=False)
    assert not inside(client)


def test_a_new_password_ends_the_other_sessions(world: World, client_for: Any) -> None:
    here, there = client_for(world.a.teacher), client_for(world.a.teacher)
    world.a.teacher.set_password("một mật khẩu khác hẳn")
    world.a.teacher.save()
    assert not inside(here)
    assert not inside(there)
