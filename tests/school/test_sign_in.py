"""Signing in by code, phone or e-mail; first passwords; limits of guessing."""

import datetime

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from school.identity.backends import user_of_login
from school.identity.models import User
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil() -> User:
    return User.objects.create_user(
        code="HS001", full_name="Trần Thị Nga", password=PASSWORD, phone="+84912345678", email="Nga@truong.example"
    )


def sign_in(login: str, password: str, client: Client | None = None) -> Client:
    client = client or Client()
    client.post("/dang-nhap/", {"login": login, "password": password})
    return client


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["HS001", "hs001", " HS001 ", "0912345678", "+84 912 345 678", "nga@truong.example"])
def test_a_person_signs_in_by_code_phone_or_email(pupil: User, login: str) -> None:
    assert signed_in(sign_in(login, PASSWORD))


@pytest.mark.parametrize(
    ("login", "password"), [("HS001", "wrong"), ("HS002", PASSWORD), ("", PASSWORD), ("HS001", "")]
)
def test_a_wrong_pair_is_refused(pupil: User, login: str, password: str) -> None:
    assert not signed_in(sign_in(login, password))


def test_a_phone_of_two_people_signs_in_neither(pupil: User) -> None:
    User.objects.create_user(code="HS002", full_name="Trần Thị Hoa", password=PASSWORD, phone=pupil.phone)
    assert user_of_login("0912345678") is None
    assert user_of_login("HS001") == pupil


def test_a_closed_account_cannot_sign_in(pupil: User) -> None:
    User.objects.filter(pk=pupil.pk).update(is_active=False)
    assert not signed_in(sign_in("HS001", PASSWORD))


def test_the_sixth_wrong_password_of_one_account_is_refused_even_when_right(pupil: User) -> None:
    client = Client()
    for _ in range(5):
        sign_in("HS001", "wrong", client)
    assert not signed_in(sign_in("HS001", PASSWORD, client))


def test_forty_five_pupils_behind_one_address_sign_in_at_once(db: None) -> None:
    for number in range(45):
        User.objects.create_user(code=f"P{number}", full_name=f"Học Sinh {number}", password=PASSWORD)
    assert all(signed_in(sign_in(f"P{number}", PASSWORD)) for number in range(45))


def test_a_first_password_must_be_changed_before_anything_else(pupil: User) -> None:
    User.objects.filter(pk=pupil.pk).update(must_change_password=True)
    client = sign_in("HS001", PASSWORD)
    assert client.get("/danh-sach/").headers["Location"] == "/mat-khau/"
    new = "con mèo trèo cây cau"
    client.post("/mat-khau/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    pupil.refresh_from_db()
    assert not pupil.must_change_password
    assert signed_in(client)
    assert signed_in(sign_in("HS001", new))


def test_an_outlived_first_password_is_refused(pupil: User) -> None:
    until = timezone.now() - datetime.timedelta(minutes=1)
    User.objects.filter(pk=pupil.pk).update(must_change_password=True, initial_password_until=until)
    assert not signed_in(sign_in("HS001", PASSWORD))


def test_a_password_of_ones_own_data_is_refused(pupil: User) -> None:
    client = sign_in("HS001", PASSWORD)
    answer = client.post("/mat-khau/", {"oldpassword": PASSWORD, "password1": "0912345678", "password2": "0912345678"})
    assert answer.status_code in {200, 422}
    assert User.objects.get(pk=pupil.pk).check_password(PASSWORD)


def test_passwords_are_kept_as_argon2id_with_the_stated_cost(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PASSWORD_HASHERS = ["school.identity.hashers.Argon2Hasher"]
    user = User.objects.create_user(code="x", full_name="X", password=PASSWORD)
    assert user.password.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")


def test_nobody_registers_themself(client: Client, db: None) -> None:
    assert client.get("/accounts/signup/").status_code == 404
    assert client.get("/dang-ky/").status_code == 404


def test_signing_out_asks_for_a_post(world: World, client_for) -> None:  # type: ignore[no-untyped-def]
    client = client_for(world.a.student)
    client.get("/dang-xuat/")
    assert signed_in(client)
    client.post("/dang-xuat/")
    assert not signed_in(client)


def test_the_language_is_vietnamese_unless_chosen(client: Client, pupil: User) -> None:
    page = client.get("/dang-nhap/", headers={"Accept-Language": "en-US"})
    assert page.headers["Content-Language"] == "vi"
    client.post("/ngon-ngu/", {"language": "en", "next": "/dang-nhap/"})
    assert client.get("/dang-nhap/").headers["Content-Language"] == "en"
    assert client.post("/ngon-ngu/", {"language": "fr"}).status_code == 400


def test_the_language_page_never_leads_away(client: Client, db: None) -> None:
    answer = client.post("/ngon-ngu/", {"language": "en", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_the_default_language_is_vietnamese() -> None:
    assert settings.LANGUAGE_CODE == "vi"
