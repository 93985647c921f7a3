"""Signing in through another institution's OpenID provider, over HTTP."""

import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount

from school.identity.models import User
from school.upstream import views
from tests.school.upstream.conftest import Browser, OidcIdp, oidc_entry
from tests.shared import proved
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(world: World) -> User:
    """A teacher whom the department knows by e-mail."""
    user = world.a.teacher
    user.email = "toan@truong.example"
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def known(oidc: OidcIdp, teacher: User) -> str:
    oidc.person("so-1", email="Toan@truong.example", email_verified=True, name="Nguyễn Thị Toán")
    return "so-1"


def test_without_a_file_there_is_no_button_and_no_way(world: World) -> None:
    browser = Browser()
    assert "/dang-nhap/noi/" not in browser.get("/dang-nhap/").content.decode()
    assert browser.get("/dang-nhap/noi/oidc/so-giao-duc/login/").status_code == 404


def test_each_provider_has_a_button(providers: Any, oidc: OidcIdp, db: None) -> None:
    second = oidc_entry(oidc).replace("so-giao-duc", "bo").replace("Sở Giáo dục", "Bộ Giáo dục")
    providers(oidc_entry(oidc) + second)
    page = Browser().get("/dang-nhap/").content.decode()
    assert "Đăng nhập bằng Sở Giáo dục" in page
    assert "Đăng nhập bằng Bộ Giáo dục" in page


def test_a_trusted_claim_lets_the_person_in_and_links(providers: Any, oidc: OidcIdp, teacher: User, known: str) -> None:
    providers(oidc_entry(oidc, trusted=True))
    browser = Browser()
    assert browser.through(oidc, known).headers["Location"] == "/"
    assert browser.user_id == str(teacher.pk)
    link = SocialAccount.objects.get(user=teacher)
    assert (link.provider, link.uid, link.extra_data) == ("so-giao-duc", known, {})
    assert User.objects.get(pk=teacher.pk).check_password(PASSWORD), "the password stays"


def test_an_untrusted_claim_needs_one_sign_in_here_and_then_suffices(
    providers: Any, oidc: OidcIdp, teacher: User, known: str
) -> None:
    providers(oidc_entry(oidc))
    browser = Browser()
    assert browser.through(oidc, known).headers["Location"] == "/dang-nhap/"
    assert browser.user_id is None
    page = browser.get("/dang-nhap/").content.decode()
    assert "Đăng nhập ở đây một lần" in page
    assert "Toán" not in page
    browser.post("/dang-nhap/", {"login": teacher.code, "password": PASSWORD})
    assert browser.user_id == str(teacher.pk)
    later = Browser()
    later.through(oidc, known)
    assert later.user_id == str(teacher.pk)


def test_somebody_elses_sign_in_does_not_take_the_waiting_link(
    providers: Any, oidc: OidcIdp, world: World, known: str
) -> None:
    providers(oidc_entry(oidc))
    world.a.student.set_password(PASSWORD)
    world.a.student.save()
    browser = Browser()
    browser.through(oidc, known)
    browser.post("/dang-nhap/", {"login": world.a.student.code, "password": PASSWORD})
    assert browser.user_id == str(world.a.student.pk)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"email": "ai-do@truong.example", "email_verified": True}, "nobody has it"),
        ({"email": "toan@truong.example"}, "not verified"),
        ({"email": "toan@truong.example", "email_verified": False}, "not verified"),
        ({"email_verified": True}, "no claim"),
    ],
)
def test_whom_the_roster_does_not_know_gets_a_page_and_no_account(
    providers: Any, oidc: OidcIdp, teacher: User, claims: dict[str, Any], why: str
) -> None:
    providers(oidc_entry(oidc, trusted=True))
    oidc.person("la", **claims)
    browser, people = Browser(), User.objects.count()
    answer = browser.through(oidc, "la")
    assert answer.status_code == 403, why
    assert "không tìm thấy" in answer.content.decode()
    assert browser.user_id is None
    assert User.objects.count() == people
    assert not SocialAccount.objects.exists()


def test_an_address_of_two_people_fits_neither(providers: Any, oidc: OidcIdp, world: World, known: str) -> None:
    providers(oidc_entry(oidc, trusted=True))
    User.objects.filter(pk=world.a.teacher2.pk).update(email="toan@truong.example")
    assert Browser().through(oidc, known).status_code == 403


def test_an_address_given_to_somebody_new_does_not_open_the_old_account(
    providers: Any, oidc: OidcIdp, teacher: User, known: str
) -> None:
    providers(oidc_entry(oidc, trusted=True))
    Browser().through(oidc, known)
    oidc.person("so-2", email="toan@truong.example", email_verified=True)
    browser = Browser()
    assert browser.through(oidc, "so-2").status_code == 403
    assert browser.user_id is None


def test_a_claim_with_our_code_is_matched_to_the_code(providers: Any, oidc: OidcIdp, teacher: User) -> None:
    providers(oidc_entry(oidc, claim="preferred_username", match="code", trusted=True))
    oidc.person("so-9", preferred_username=teacher.code.upper())
    browser = Browser()
    browser.through(oidc, "so-9")
    assert browser.user_id == str(teacher.pk)


def test_a_closed_account_stays_closed(providers: Any, oidc: OidcIdp, teacher: User, known: str) -> None:
    providers(oidc_entry(oidc, trusted=True))
    Browser().through(oidc, known)
    User.objects.filter(pk=teacher.pk).update(is_active=False)
    browser = Browser()
    browser.through(oidc, known)
    assert browser.user_id is None


def test_our_second_factor_is_asked_after_it(providers: Any, oidc: OidcIdp, teacher: User, known: str) -> None:
    providers(oidc_entry(oidc, trusted=True))
    totp.TOTP.activate(teacher, totp.generate_totp_secret())
    browser = Browser()
    assert browser.through(oidc, known).headers["Location"] == "/tai-khoan/hai-lop/authenticate/"
    assert browser.user_id is None


def test_an_answer_nobody_asked_for_is_refused(providers: Any, oidc: OidcIdp, teacher: User, known: str) -> None:
    """Login CSRF: the attacker's answer in the victim's browser."""
    providers(oidc_entry(oidc, trusted=True))
    away = Browser().get("/dang-nhap/noi/oidc/so-giao-duc/login/").headers["Location"]
    victim = Browser()
    answer = victim.get(oidc.consent(away, known).removeprefix("http://localhost:8000"))
    assert answer.status_code == 401
    assert "không trả lời đúng" in answer.content.decode()
    assert victim.user_id is None


def test_an_answer_opens_once(providers: Any, oidc: OidcIdp, teacher: User, known: str) -> None:
    providers(oidc_entry(oidc, trusted=True))
    browser = Browser()
    away = browser.get("/dang-nhap/noi/oidc/so-giao-duc/login/").headers["Location"]
    back = oidc.consent(away, known).removeprefix("http://localhost:8000")
    browser.get(back)
    browser.post("/dang-xuat/")
    assert browser.get(back).status_code == 401
    assert browser.user_id is None


def test_the_code_is_bound_by_pkce_and_returns_to_the_platform_alone(providers: Any, oidc: OidcIdp, db: None) -> None:
    providers(oidc_entry(oidc))
    asked = parse_qs(urlsplit(Browser().get("/dang-nhap/noi/oidc/so-giao-duc/login/").headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost:8000/dang-nhap/noi/oidc/so-giao-duc/login/callback/"]


def test_a_silent_sign_in_there_is_no_proof_for_sensitive_work_and_confirming_there_is(
    providers: Any, oidc: OidcIdp, world: World
) -> None:
    providers(oidc_entry(oidc, trusted=True))
    admin = world.a.school_admin
    User.objects.filter(pk=admin.pk).update(email="cntt@truong.example")
    oidc.person("so-3", email="cntt@truong.example", email_verified=True)
    browser = Browser()
    browser.through(oidc, "so-3")
    gate = browser.get("/danh-sach/excel/")
    assert gate.headers["Location"].startswith("/xac-nhan/noi/so-giao-duc/")
    away = browser.get("/xac-nhan/noi/so-giao-duc/").headers["Location"]
    assert parse_qs(urlsplit(away).query)["prompt"] == ["login"]
    assert parse_qs(urlsplit(away).query)["max_age"] == ["0"]
    back = browser.get(oidc.consent(away, "so-3").removeprefix("http://localhost:8000"))
    assert back.headers["Location"] == "/xac-nhan/xong/"
    assert browser.get("/danh-sach/excel/").status_code == 200


def test_another_persons_confirmation_does_not_count(providers: Any, oidc: OidcIdp, teacher: User, known: str) -> None:
    providers(oidc_entry(oidc, trusted=True))
    browser = Browser()
    browser.through(oidc, known)
    oidc.person("so-4", email="khac@truong.example", email_verified=True)
    away = browser.get("/xac-nhan/noi/so-giao-duc/").headers["Location"]
    answer = browser.get(oidc.consent(away, "so-4").removeprefix("http://localhost:8000"))
    assert answer.status_code == 403
    assert not any(record.get("reauthenticated") for record in browser.session["account_authentication_methods"])


def test_a_password_asked_for_before_the_confirmation_began_does_not_count(
    providers: Any, oidc: OidcIdp, teacher: User, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider says when it asked (``auth_time``): an hour before, for a confirmation that begins an hour later."""
    providers(oidc_entry(oidc, trusted=True))
    browser = Browser()
    browser.through(oidc, known)
    later = time.time() + 3600
    with monkeypatch.context() as moved:
        moved.setattr(views, "time", SimpleNamespace(time=lambda: later))
        away = browser.get("/xac-nhan/noi/so-giao-duc/").headers["Location"]
    answer = browser.get(oidc.consent(away, known).removeprefix("http://localhost:8000"))
    assert answer.status_code == 403
    assert not any(record.get("reauthenticated") for record in browser.session["account_authentication_methods"])


def test_a_colleagues_identity_is_not_linked_to_whoever_sits_there(
    providers: Any, oidc: OidcIdp, world: World, known: str
) -> None:
    providers(oidc_entry(oidc))
    world.a.student.set_password(PASSWORD)
    world.a.student.save()
    browser = Browser()
    browser.post("/dang-nhap/", {"login": world.a.student.code, "password": PASSWORD})
    assert browser.through(oidc, known, process="connect").status_code == 403
    assert not SocialAccount.objects.exists()
    assert browser.user_id == str(world.a.student.pk)


def test_a_person_links_and_unlinks_on_their_account_page(
    providers: Any, oidc: OidcIdp, teacher: User, known: str
) -> None:
    providers(oidc_entry(oidc))
    browser = Browser()
    browser.post("/dang-nhap/", {"login": teacher.code, "password": PASSWORD})
    assert "process=connect" in browser.get("/tai-khoan/").content.decode()
    assert browser.through(oidc, known, process="connect").headers["Location"] == "/tai-khoan/"
    assert SocialAccount.objects.get().user == teacher
    browser.post("/tai-khoan/noi/so-giao-duc/bo/")
    assert not SocialAccount.objects.exists()


def test_a_stranger_at_an_unlocked_screen_links_nothing(
    providers: Any, oidc: OidcIdp, teacher: User, known: str
) -> None:
    providers(oidc_entry(oidc))
    browser = Browser()
    browser.post("/dang-nhap/", {"login": teacher.code, "password": PASSWORD})
    oidc.person("ke-la", email="ke-la@evil.example", email_verified=True)
    assert browser.through(oidc, "ke-la", process="connect").status_code == 403
    proved(browser, teacher, seconds_ago=301)
    assert browser.through(oidc, known, process="connect").status_code == 403
    assert not SocialAccount.objects.exists()


def test_whoever_has_no_password_keeps_the_link(providers: Any, oidc: OidcIdp, teacher: User, known: str) -> None:
    providers(oidc_entry(oidc, trusted=True))
    teacher.set_unusable_password()
    teacher.save()
    browser = Browser()
    browser.through(oidc, known)
    proved(browser, teacher)
    browser.post("/tai-khoan/noi/so-giao-duc/bo/")
    assert SocialAccount.objects.filter(user=teacher).exists()


def test_a_provider_out_of_order_is_told_in_words(providers: Any, oidc: OidcIdp, db: None) -> None:
    providers(oidc_entry(oidc).replace(oidc.base, "http://127.0.0.1:9"))
    answer = Browser().get("/dang-nhap/noi/oidc/so-giao-duc/login/")
    assert answer.status_code == 401
    assert "không trả lời đúng" in answer.content.decode()


def test_the_way_exists_on_the_platform_alone(providers: Any, oidc: OidcIdp, world: World) -> None:
    providers(oidc_entry(oidc))
    for host in (f"{world.a.school.slug}.localhost:8000", "content.localhost:8000"):
        assert Browser().get("/dang-nhap/noi/oidc/so-giao-duc/login/", headers={"host": host}).status_code == 404
