"""Signing in by code, phone or e-mail; first passwords; limits of guessing."""

import datetime
import time
from typing import Any

import pytest
from allauth.core.internal import ratelimit
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils import timezone

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


def test_two_parents_with_one_phone_are_told_apart_by_their_passwords(pupil: User) -> None:
    mother = User.objects.create_user(
        code="HS002", full_name="Trần Thị Hoa", password="mưa rơi lộp độp", phone=pupil.phone
    )
    assert sign_in("0912345678", PASSWORD).session["_auth_user_id"] == str(pupil.pk)
    assert sign_in("0912345678", "mưa rơi lộp độp").session["_auth_user_id"] == str(mother.pk)
    assert not signed_in(sign_in("0912345678", "mưa rơi"))


def test_one_phone_and_one_password_of_two_people_open_neither_and_the_way_is_named(pupil: User) -> None:
    User.objects.create_user(code="HS002", full_name="Trần Thị Hoa", password=PASSWORD, phone=pupil.phone)
    answer = Client().post("/dang-nhap/", {"login": "0912345678", "password": PASSWORD})
    assert "mã ghi trên phiếu" in answer.content.decode()
    assert "Hoa" not in answer.content.decode()
    assert signed_in(sign_in("HS001", PASSWORD))


def test_a_wrong_password_says_the_same_for_a_shared_phone_as_for_an_unknown_one(pupil: User) -> None:
    User.objects.create_user(code="HS002", full_name="Trần Thị Hoa", password=PASSWORD, phone=pupil.phone)
    said = [
        Client().post("/dang-nhap/", {"login": login, "password": "wrong"}).context["form"].errors
        for login in ("0912345678", "0987654321")
    ]
    assert said[0] == said[1]


def test_a_closed_account_cannot_sign_in(pupil: User) -> None:
    User.objects.filter(pk=pupil.pk).update(is_active=False)
    assert not signed_in(sign_in("HS001", PASSWORD))


def test_the_sixth_wrong_password_of_one_account_is_refused_even_when_right(pupil: User) -> None:
    client = Client()
    for _ in range(5):
        sign_in("HS001", "wrong", client)
    answer = client.post("/dang-nhap/", {"login": "HS001", "password": PASSWORD})
    assert not signed_in(client)
    assert "Thử lại sau 5 phút" in answer.content.decode()


def test_code_phone_and_email_of_one_account_count_as_one(pupil: User) -> None:
    for login in ("HS001", "hs001", "0912345678", "+84912345678", "NGA@truong.example"):
        sign_in(login, "wrong")
    for login in ("HS001", "0912345678", "nga@truong.example"):
        assert not signed_in(sign_in(login, PASSWORD))


def test_a_right_password_in_between_does_not_count_and_does_not_clear(pupil: User) -> None:
    for _ in range(4):
        sign_in("HS001", "wrong")
    assert signed_in(sign_in("HS001", PASSWORD))
    sign_in("HS001", "wrong")
    assert not signed_in(sign_in("HS001", PASSWORD))


def test_the_account_opens_again_after_five_minutes(pupil: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        sign_in("HS001", "wrong")
    later = time.time() + 301
    monkeypatch.setattr(ratelimit.time, "time", lambda: later)
    assert signed_in(sign_in("HS001", PASSWORD))


def test_one_resting_account_leaves_the_classmates_alone(pupil: User) -> None:
    User.objects.create_user(code="HS002", full_name="Trần Thị Hoa", password=PASSWORD)
    for _ in range(6):
        sign_in("HS001", "wrong")
    assert signed_in(sign_in("HS002", PASSWORD))


@pytest.mark.parametrize(("proxies", "same"), [(0, True), (1, False)])
def test_behind_a_proxy_the_browsers_own_address_is_counted(db: None, settings: Any, proxies: int, same: bool) -> None:
    """The last of the trusted proxies wrote the last entry; what the browser wrote before it is not believed."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/ip"}

    def refused(number: int) -> bool:
        answer = Client().post(
            "/dang-nhap/",
            {"login": f"nobody{number}", "password": "wrong"},
            headers={"x-forwarded-for": f"10.9.9.{number}, 203.0.113.{number}"},
        )
        return "Thử lại sau" in answer.content.decode()

    assert [refused(number) for number in range(4)][-1] is same
    forged = [
        Client().post(
            "/dang-nhap/",
            {"login": f"other{number}", "password": "wrong"},
            headers={"x-forwarded-for": f"198.51.100.{number}, 203.0.113.77"},
        )
        for number in range(4)
    ]
    assert "Thử lại sau" in forged[-1].content.decode()


def test_too_many_tries_from_one_address_are_told_in_words(db: None, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    answers = [Client().post("/dang-nhap/", {"login": "x", "password": "y"}) for _ in range(3)]
    assert answers[-1].status_code == 429
    assert "Thử lại sau một phút" in answers[-1].content.decode()


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


def first_change(client: Client) -> Any:
    new = "con mèo trèo cây cau"
    return client.post("/mat-khau/", {"oldpassword": PASSWORD, "password1": new, "password2": new}, follow=True)


def test_after_the_first_password_the_way_goes_on_to_where_it_was_interrupted(pupil: User) -> None:
    User.objects.filter(pk=pupil.pk).update(must_change_password=True)
    client = sign_in("HS001", PASSWORD)
    client.get("/tai-khoan/thiet-bi/?x=1&y=2")
    page = first_change(client)
    assert 'href="/tai-khoan/thiet-bi/?x=1&amp;y=2"' in page.content.decode()
    client.get("/tai-khoan/thiet-bi/?x=1&y=2")
    assert "onward" not in client.session


def test_after_the_first_password_of_somebody_who_came_home_is_home(pupil: User) -> None:
    User.objects.filter(pk=pupil.pk).update(must_change_password=True)
    client = sign_in("HS001", PASSWORD)
    client.get("/")
    assert first_change(client).redirect_chain[-1] == ("/", 302)


def test_only_a_page_that_a_person_was_going_to_is_kept(pupil: User) -> None:
    User.objects.filter(pk=pupil.pk).update(must_change_password=True)
    client = sign_in("HS001", PASSWORD)
    client.get("/tai-khoan/", headers={"HX-Request": "true"})
    client.get("/tai-khoan/", headers={"Sec-Fetch-Mode": "cors"})
    client.post("/tai-khoan/")
    assert "onward" not in client.session


def test_an_outlived_first_password_is_refused(pupil: User) -> None:
    until = timezone.now() - datetime.timedelta(minutes=1)
    User.objects.filter(pk=pupil.pk).update(must_change_password=True, initial_password_until=until)
    answer = Client().post("/dang-nhap/", {"login": "HS001", "password": PASSWORD})
    assert "Mật khẩu trên phiếu đã hết hạn" in answer.content.decode()
    wrong = Client().post("/dang-nhap/", {"login": "HS001", "password": "wrong"})
    assert "Mật khẩu trên phiếu đã hết hạn" not in wrong.content.decode()


def test_a_used_slip_opens_for_an_hour_at_most(pupil: User) -> None:
    until = timezone.now() + datetime.timedelta(days=30)
    User.objects.filter(pk=pupil.pk).update(must_change_password=True, initial_password_until=until)
    assert signed_in(sign_in("HS001", PASSWORD))
    pupil.refresh_from_db()
    assert pupil.initial_password_until <= timezone.now() + datetime.timedelta(hours=1)
    User.objects.filter(pk=pupil.pk).update(initial_password_until=timezone.now() - datetime.timedelta(seconds=1))
    assert not signed_in(sign_in("HS001", PASSWORD))


def test_a_first_password_must_be_changed_on_a_schools_host_too(world: World, client_for) -> None:  # type: ignore[no-untyped-def]
    client = client_for(world.a.student, headers={"host": f"{world.a.school.slug}.localhost:8000"})
    User.objects.filter(pk=world.a.student.pk).update(must_change_password=True)
    assert client.get("/").headers["Location"] == "http://localhost:8000/mat-khau/"


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "http://ngoclam.localhost:8000.evil.example/"],
)
def test_a_sign_in_never_leads_away(pupil: User, address: str) -> None:
    answer = Client().post("/dang-nhap/", {"login": "HS001", "password": PASSWORD, "next": address})
    assert answer.headers["Location"] == "/"


def test_wagtails_own_doors_lead_to_the_same_sign_in(client: Client, db: None) -> None:
    for path in ("/admin/", "/admin/login/", "/admin/pages/", "/admin/password_reset/"):
        answer = client.get(path)
        assert answer.status_code == 404 or answer.headers["Location"].split("?")[0] == "/dang-nhap/"
    answer = client.post("/admin/login/", {"username": "x", "password": "y"})
    assert not signed_in(client)
    assert answer.status_code in {302, 403, 404}


def test_no_other_door_is_installed() -> None:
    assert not apps.is_installed("django.contrib.admin")
    assert not apps.is_installed("allauth.headless")
    assert settings.AUTHENTICATION_BACKENDS == ["school.identity.backends.CodePhoneEmailBackend"]


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
