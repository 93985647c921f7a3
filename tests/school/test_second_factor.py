"""The second factor: owed by staff where the operator asks for it, sealed in the database, never bypassed."""

import datetime
from pathlib import Path
from typing import Any

import allauth
import polib
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from config.catalogue import of_python, of_template
from school.identity.models import User
from school.organisation.models import Membership
from school.policy import STAFF, Role
from school.sealing import seal, unseal
from tests.shared import proved
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def required(settings: Any) -> None:
    settings.MFA_REQUIRED = True


def code_now(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def password_step(user: User) -> Client:
    client = Client()
    client.post("/dang-nhap/", {"login": user.code, "password": PASSWORD})
    return client


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("who", ["principal", "vice", "school_admin", "librarian", "teacher", "homeroom"])
def test_staff_without_a_second_factor_are_sent_to_set_one_up(
    world: World, client_for: Any, required: None, who: str
) -> None:
    answer = client_for(getattr(world.a, who)).get("/tai-khoan/")
    assert answer.headers["Location"] == "/tai-khoan/hai-lop/"


@pytest.mark.parametrize("role", [role for role in STAFF if role != Role.HOMEROOM])
def test_every_post_owes_a_second_factor(world: World, client_for: Any, required: None, role: Role) -> None:
    user = User.objects.create_user(code="x", full_name="Trần Văn X")
    node = world.office if role == Role.OFFICE_ADMIN else world.a.school.node
    Membership.objects.create(user=user, role=role, node=node, starts=world.year.starts)
    assert client_for(user).get("/tai-khoan/").headers["Location"] == "/tai-khoan/hai-lop/"


DOORS = [
    "/",
    "/admin/",
    "/admin/pages/",
    "/danh-sach/",
    "/danh-sach/excel/",
    "/so-diem/",
    "/tai-khoan/thiet-bi/",
    "/phien/cap-ve/",
]


@pytest.mark.parametrize("path", DOORS)
def test_no_door_of_the_platform_is_open_without_it(world: World, client_for: Any, required: None, path: str) -> None:
    client = client_for(world.office_admin)
    assert client.get(path).headers["Location"] == "/tai-khoan/hai-lop/"
    assert client.post(path).headers["Location"] == "/tai-khoan/hai-lop/"


def test_a_fragment_moves_the_whole_page_to_the_setting_up(world: World, client_for: Any, required: None) -> None:
    answer = client_for(world.a.principal).get("/danh-sach/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/tai-khoan/hai-lop/"


def test_a_schools_host_is_shut_too(world: World, client_for: Any, required: None) -> None:
    """A person signed in there before they got their post."""
    client = client_for(world.a.principal, headers={"host": f"{world.a.school.slug}.localhost:8000"})
    assert client.get("/").headers["Location"] == "http://localhost:8000/tai-khoan/hai-lop/"


def test_until_the_day_set_by_the_operator_staff_are_only_reminded(
    world: World, client_for: Any, required: None, settings: Any
) -> None:
    settings.MFA_REQUIRED_FROM = timezone.localdate() + datetime.timedelta(days=1)
    client = client_for(world.a.teacher)
    page = client.get("/tai-khoan/")
    assert page.status_code == 200
    assert "bạn cần lớp bảo vệ thứ hai" in page.content.decode()
    assert "bạn cần lớp bảo vệ thứ hai" not in client.get("/tai-khoan/").content.decode()
    settings.MFA_REQUIRED_FROM = timezone.localdate()
    assert client.get("/tai-khoan/").status_code == 302


def test_whoever_removes_their_last_factor_owes_one_and_is_out_elsewhere(world: World, required: None) -> None:
    teacher = with_password(world.a.teacher)
    totp.TOTP.activate(teacher, totp.generate_totp_secret())
    here, there = Client(), Client()
    for client in (here, there):
        client.force_login(teacher, backend=django_settings.AUTHENTICATION_BACKENDS[0])
        proved(client, teacher)
        assert client.get("/tai-khoan/").status_code == 200
    here.post("/tai-khoan/hai-lop/totp/deactivate/")
    assert not Authenticator.objects.filter(user=teacher).exists()
    assert here.get("/tai-khoan/").headers["Location"] == "/tai-khoan/hai-lop/"
    assert there.get("/tai-khoan/").headers["Location"].startswith("/dang-nhap/")


@pytest.mark.parametrize("who", ["student", "father"])
def test_students_and_parents_need_none(world: World, client_for: Any, required: None, who: str) -> None:
    assert client_for(getattr(world.a, who)).get("/tai-khoan/").status_code == 200


def test_a_teacher_sets_up_an_app_and_signs_in_with_it(world: World, required: None) -> None:
    teacher = with_password(world.a.teacher)
    client = password_step(teacher)
    proved(client, teacher, seconds_ago=301)
    # Going to another application (or any page), interrupted by the duty: the way on appears when it is done, not before.
    assert client.get("/tai-khoan/thiet-bi/?y=2").headers["Location"] == "/tai-khoan/hai-lop/"
    assert "/tai-khoan/thiet-bi/?y=2" not in client.get("/tai-khoan/hai-lop/").content.decode()
    assert client.get("/tai-khoan/hai-lop/totp/activate/").headers["Location"].startswith("/xac-nhan/")
    client.post("/xac-nhan/", {"password": PASSWORD})
    page = client.get("/tai-khoan/hai-lop/totp/activate/")
    secret = page.context["form"].secret
    after = client.post("/tai-khoan/hai-lop/totp/activate/", {"code": code_now(secret)}, follow=True)
    assert 'href="/tai-khoan/thiet-bi/?y=2"' in after.content.decode()
    assert Authenticator.objects.filter(user=teacher, type=Authenticator.Type.TOTP).exists()
    assert client.get("/tai-khoan/").status_code == 200

    again = password_step(teacher)
    assert not signed_in(again)
    refused = again.post("/tai-khoan/hai-lop/authenticate/", {"code": "000000"})
    assert refused.status_code == 200
    assert not signed_in(again)
    totp_of = Authenticator.objects.get(user=teacher, type=Authenticator.Type.TOTP).wrap()
    cache.clear()  # the code just spent while activating may not be used twice within its half minute
    again.post("/tai-khoan/hai-lop/authenticate/", {"code": code_now(unseal(totp_of.instance.data["secret"]))})
    assert signed_in(again)


def test_a_recovery_code_opens_the_door_once(world: World) -> None:
    teacher = with_password(world.a.teacher)
    totp.TOTP.activate(teacher, totp.generate_totp_secret())
    code = RecoveryCodes.activate(teacher).generate_codes()[0]
    first, second = password_step(teacher), password_step(teacher)
    first.post("/tai-khoan/hai-lop/authenticate/", {"code": code})
    second.post("/tai-khoan/hai-lop/authenticate/", {"code": code})
    assert signed_in(first)
    assert not signed_in(second)


def test_a_password_reset_by_the_help_desk_does_not_bypass_the_second_factor(world: World) -> None:
    teacher = world.a.teacher
    totp.TOTP.activate(teacher, totp.generate_totp_secret())
    with_password(teacher)
    assert not signed_in(password_step(teacher))


def test_seeds_are_sealed_in_the_database(world: World) -> None:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(world.a.teacher, secret)
    kept = Authenticator.objects.get(user=world.a.teacher).data["secret"]
    assert secret not in kept
    assert unseal(kept) == secret


def test_what_another_key_sealed_is_refused(settings: Any) -> None:
    sealed = seal("bí mật")
    settings.SEALING_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    with pytest.raises(ValueError, match="SEALING_KEYS"):
        unseal(sealed)


def test_an_old_key_still_opens_what_it_sealed(settings: Any) -> None:
    sealed = seal("bí mật")
    settings.SEALING_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", *django_settings.SEALING_KEYS]
    assert unseal(sealed) == "bí mật"


def test_allauths_pages_of_accounts_and_second_factors_are_wholly_vietnamese() -> None:
    root = Path(allauth.__file__).parent
    modules = [*root.glob("account/**/*.py"), *root.glob("mfa/**/*.py"), *root.glob("socialaccount/*.py")]
    asked = {message for path in modules for message, _ in of_python(path.read_text())}
    for path in [*(root / "templates/mfa").rglob("*.*"), *(root / "templates/account/messages").glob("*.txt")]:
        asked |= {message for message, _ in of_template(path.read_text())}
    for path in (root / "templates/socialaccount/messages").glob("*.txt"):
        asked |= {message for message, _ in of_template(path.read_text())}
    rooms = ("school/identity", "school/upstream")
    books = [polib.pofile(str(django_settings.BASE_DIR / room / "locale/vi/LC_MESSAGES/django.po")) for room in rooms]
    known = {(entry.msgctxt or "", entry.msgid) for book in books for entry in book if entry.translated()}
    assert {(message.context, message.text) for message in asked} - known == set()
