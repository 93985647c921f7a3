"""Help for those who cannot sign in, and accounts that are closed everywhere at once."""

import datetime
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from school.audit.models import Entry
from school.identity.models import User
from school.people.services import bulk_confirm, bulk_prepare, factor_reset, password_reset
from school.sso.models import HostSession
from tests.school.test_sso import Browser
from tests.shared import proved
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client: Client, code: str, password: str):
    return client.post("/dang-nhap/", {"login": code, "password": password}, headers={"host": "localhost:8000"})


@pytest.fixture
def teacher(world) -> User:
    """A teacher with a password and an authenticator app."""
    world.a.teacher.set_password(PASSWORD)
    world.a.teacher.last_login = timezone.now()
    world.a.teacher.save()
    totp.TOTP.activate(world.a.teacher, totp.generate_totp_secret())
    return world.a.teacher


def test_a_new_password_works_once_as_a_slip_does(world, client_for):
    User.objects.filter(pk=world.a.father.pk).update(last_login=timezone.now())
    answer = client_for(world.a.school_admin).post(reverse("people:password", args=[world.a.father.pk]))
    password = answer.context["password"]
    assert password in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    father = User.objects.get(pk=world.a.father.pk)
    assert father.check_password(password)
    assert father.must_change_password
    browser = Client()
    assert sign_in(browser, father.code, password).status_code == 302
    assert browser.get("/tai-khoan/", headers={"host": "localhost:8000"}).headers["Location"] == "/mat-khau/"
    again = client_for(world.a.school_admin).get(reverse("people:password", args=[world.a.father.pk]))
    assert password not in again.content.decode()


def test_a_reset_is_recorded_without_the_password(world):
    password = password_reset(person=world.a.student, by=world.a.school_admin)
    entry = Entry.objects.filter(action="password_reset").latest("pk")
    assert (entry.actor_id, entry.subject_id) == (world.a.school_admin.pk, world.a.student.pk)
    assert not any(password in str(row) for row in Entry.objects.values())


def test_a_reset_leaves_the_second_factor_and_it_is_still_asked_for(world, teacher):
    password = password_reset(person=teacher, by=world.a.school_admin)
    assert Authenticator.objects.filter(user=teacher).count() == 1
    browser = Client()
    answer = sign_in(browser, teacher.code, password)
    assert answer.headers["Location"].startswith("/tai-khoan/hai-lop/")
    assert "_auth_user_id" not in browser.session


def test_a_reset_ends_every_session_of_the_person(world, client_for, django_capture_on_commit_callbacks):
    browser = client_for(world.a.student)
    assert browser.get("/tai-khoan/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        password_reset(person=world.a.student, by=world.a.school_admin)
    assert browser.get("/tai-khoan/").status_code == 302
    assert not HostSession.objects.filter(user=world.a.student).exists()


def test_nobody_resets_above_or_beside_themselves(world):
    beyond = {
        world.a.school_admin: (
            world.a.principal,
            world.a.vice,
            world.a.school_admin,
            world.office_admin,
            world.b.student,
        ),
        world.a.principal: (world.a.student,),
        world.a.homeroom: (world.a.student, world.a.father),
        world.office_admin: (world.office_admin,),
    }
    for by, people in beyond.items():
        for person in people:
            with pytest.raises(PermissionDenied):
                password_reset(person=person, by=by)


def test_a_closed_account_gets_no_new_password(world):
    User.objects.filter(pk=world.a.student.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        password_reset(person=User.objects.get(pk=world.a.student.pk), by=world.a.school_admin)


def test_only_the_office_takes_a_second_factor_away_with_a_reason(world, teacher, client_for):
    url = reverse("people:factor", args=[teacher.pk])
    for who in (world.a.school_admin, world.a.principal, world.b.school_admin):
        assert client_for(who).post(url, {"reason": "x"}).status_code == 403
        with pytest.raises(PermissionDenied):
            factor_reset(person=teacher, reason="x", by=who)
    office = client_for(world.office_admin)
    assert office.post(url, {"reason": "  "}).status_code == 422
    assert Authenticator.objects.filter(user=teacher).exists()
    assert office.post(url, {"reason": "Mất điện thoại, đã đến tận nơi"}).status_code == 302
    assert not Authenticator.objects.filter(user=teacher).exists()
    assert User.objects.get(pk=teacher.pk).check_password(PASSWORD), "the password is another matter"
    entry = Entry.objects.filter(action="second_factor_reset").latest("pk")
    assert (entry.subject_id, entry.detail["reason"]) == (teacher.pk, "Mất điện thoại, đã đến tận nơi")


def test_resets_ask_who_is_there(world, teacher, client_for):
    for who, name, data in (
        (world.a.school_admin, "people:password", {}),
        (world.office_admin, "people:factor", {"reason": "x"}),
    ):
        who.set_password(PASSWORD)
        who.save()
        client = client_for(who)
        proved(client, who, seconds_ago=301)
        assert client.post(reverse(name, args=[teacher.pk]), data).headers["Location"].startswith("/xac-nhan/")
    assert User.objects.get(pk=teacher.pk).check_password(PASSWORD)
    assert Authenticator.objects.filter(user=teacher).exists()


def test_an_account_closed_on_the_platform_ends_on_every_host_within_five_seconds(
    world, django_capture_on_commit_callbacks
):
    host = f"{world.a.school.slug}.localhost:8000"
    browser = Browser()
    browser.sign_in(world.a.student)
    browser.get(browser.ticket(host))
    platform, portal = browser.on("localhost:8000"), browser.on(host)
    keys = [client.session.session_key for client in (platform, portal)]
    assert all("_auth_user_id" in client.session for client in (platform, portal))
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        bulk_confirm(
            action=bulk_prepare(verb="close", people=[world.a.student.pk], options={}, by=world.a.school_admin)
        )
    assert platform.get("/tai-khoan/").status_code == 302
    assert not portal.get("/").wsgi_request.user.is_authenticated
    assert time.monotonic() - began < 5
    assert not HostSession.objects.filter(session_key__in=keys).exists()
    assert sign_in(Client(), world.a.student.code, PASSWORD).status_code == 200, "and nobody signs in again"


def test_a_closed_account_opened_again_needs_a_new_sign_in(world, client_for, django_capture_on_commit_callbacks):
    browser = client_for(world.a.student)
    with django_capture_on_commit_callbacks(execute=True):
        for verb in ("close", "reopen"):
            bulk_confirm(
                action=bulk_prepare(verb=verb, people=[world.a.student.pk], options={}, by=world.a.school_admin)
            )
    assert User.objects.get(pk=world.a.student.pk).is_active
    assert browser.get("/tai-khoan/").status_code == 302


def test_a_one_time_password_of_a_reset_is_late_after_thirty_days(world, monkeypatch):
    password = password_reset(person=world.a.student, by=world.a.school_admin)
    User.objects.filter(pk=world.a.student.pk).update(
        initial_password_until=timezone.now() - datetime.timedelta(seconds=1)
    )
    assert sign_in(Client(), world.a.student.code, password).status_code == 200
