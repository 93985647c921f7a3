"""What is told to the trail: who, what, about whom, from where, and never a secret."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.test import Client, RequestFactory

from school.audit.actions import UnknownActionError, all_actions, label_of, register
from school.audit.context import acting, address_of
from school.audit.models import AppendOnlyError, Entry
from school.audit.services import record
from tests.world import World

pytestmark = pytest.mark.django_db


def asked_by(user: Any, **headers: Any) -> HttpRequest:
    request = RequestFactory().get("/", **headers)
    request.user = user
    return request


def test_an_entry_names_actor_target_school_address_and_host(world: World) -> None:
    request = asked_by(world.a.principal, REMOTE_ADDR="10.1.2.3", HTTP_HOST="hoc.example:8000")
    made = record(
        actor=world.a.principal, action="exported", target=world.a.class1, detail={"rows": 44}, request=request
    )
    made.refresh_from_db()
    assert (made.actor_id, made.action, made.detail) == (world.a.principal.pk, "exported", {"rows": 44})
    assert (made.target, made.target_pk, made.target_name) == (
        "organisation.schoolclass",
        str(world.a.class1.pk),
        "6A1",
    )
    assert (made.school_id, made.address, made.host) == (world.a.school.pk, "10.1.2.3", "hoc.example")


def test_a_persons_entry_belongs_to_their_school(world: World) -> None:
    for person in (world.a.student, world.a.principal, world.a.father):
        made = record(actor=None, action="password_reset", target=person)
        assert (made.subject_id, made.school_id) == (person.pk, world.a.school.pk)


def test_an_action_nobody_registered_is_a_mistake_of_the_code(world: World) -> None:
    with pytest.raises(UnknownActionError):
        record(actor=None, action="danced")


def test_every_action_has_a_vietnamese_name() -> None:
    assert label_of("signed_in") == "Đăng nhập"
    assert all(str(one.label) != "" for one in all_actions())
    with pytest.raises(ValueError, match="registered twice"):
        register("signed_in", "Something else", "account")


def test_secrets_are_not_kept(world: World) -> None:
    detail = {"password": "mật", "inner": [{"otp_code": "123456", "rows": 1}], "Token": "x", "long": "a" * 5000}
    made = record(actor=None, action="signed_in", detail=detail)
    assert made.detail["password"] == made.detail["Token"] == made.detail["inner"][0]["otp_code"] == "•••"
    assert made.detail["inner"][0]["rows"] == 1
    assert len(made.detail["long"]) == 2000


def test_without_a_request_the_one_being_answered_is_meant(world: World) -> None:
    with acting(world.a.teacher, address="10.0.0.9", host="localhost"):
        made = record(actor=world.a.teacher, action="viewed_sensitive", target=world.a.student)
    assert (made.address, made.host) == ("10.0.0.9", "localhost")


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [(0, "10.9.9.9"), (1, "198.51.100.7"), (2, "203.0.113.5"), (3, "10.9.9.9")],
)
def test_a_forged_header_does_not_give_an_address(settings: Any, trusted: int, expected: str) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = trusted
    request = RequestFactory().get("/", REMOTE_ADDR="10.9.9.9", HTTP_X_FORWARDED_FOR="203.0.113.5, 198.51.100.7")
    assert address_of(request) == expected


def test_what_is_rolled_back_is_not_told(world: World) -> None:
    def work() -> None:
        with transaction.atomic():
            record(actor=None, action="exported")
            raise IntegrityError

    with pytest.raises(IntegrityError):
        work()
    assert not Entry.objects.filter(action="exported").exists()


def test_an_entry_is_written_once(world: World) -> None:
    made = record(actor=None, action="exported")
    made.detail = {"rows": 0}
    for change in (made.save, made.delete, Entry.objects.all().delete, lambda: Entry.objects.update(detail=None)):
        with pytest.raises(AppendOnlyError):
            change()


def test_a_request_says_who_is_acting(world: World, client_for: Callable[..., Client]) -> None:
    from school.audit import middleware
    from school.audit.context import current

    seen = []
    request = asked_by(world.a.teacher, REMOTE_ADDR="10.5.5.5")
    middleware.OriginMiddleware(lambda asked: seen.append(current()))(request)  # type: ignore[arg-type,func-returns-value]
    assert seen[0].actor_id == world.a.teacher.pk
    assert seen[0].address == "10.5.5.5"
    assert current().actor_id is None
