"""Signing in through another institution's SAML provider: its signature, its audience, its time, its one use."""

import base64
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from school.identity.models import User
from tests.school.upstream.conftest import HOST, Browser, saml_entry
from tests.school.upstream.saml_idp import SSO, SamlIdp
from tests.world import World

pytestmark = pytest.mark.django_db
UID = "urn:oid:0.9.2342.19200300.100.1.1"


@pytest.fixture
def teacher(world: World, providers: Any, saml: SamlIdp) -> User:
    providers(saml_entry(saml))
    return world.a.teacher


def asked(browser: Browser) -> str:
    away = browser.get("/dang-nhap/noi/saml/dai-hoc/login/")
    assert away.status_code == 302, away.content.decode()
    assert away.headers["Location"].startswith(SSO)
    return str(away.headers["Location"])


def arrive(browser: Browser, answer: tuple[str, str]) -> Any:
    """Post the answer as the other site's page does, follow the step that brings our own cookie back."""
    where, response = answer
    return browser.post(where.removeprefix(f"http://{HOST}"), {"SAMLResponse": response}, follow=True)


def test_a_signed_answer_lets_the_person_in(teacher: User, saml: SamlIdp) -> None:
    browser = Browser()
    page = arrive(browser, saml.answer(asked(browser), uid="p-1", attributes={UID: teacher.code}))
    assert page.status_code == 200
    assert browser.user_id == str(teacher.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"audience": "https://khac.example/metadata"},
        {"age": 3600},
        {"in_response_to": ""},
        {"in_response_to": "_cua-nguoi-khac"},
    ],
    ids=str,
)
def test_an_answer_for_others_an_old_or_an_unasked_one_is_refused(
    teacher: User, saml: SamlIdp, wrong: dict[str, Any]
) -> None:
    browser = Browser()
    answer = saml.answer(asked(browser), uid="p-1", attributes={UID: teacher.code}, **wrong)
    assert arrive(browser, answer).status_code in {401, 403}
    assert browser.user_id is None


def test_an_answer_signed_by_another_key_is_refused(teacher: User, saml: SamlIdp) -> None:
    browser = Browser()
    answer = saml.answer(asked(browser), uid="p-1", attributes={UID: teacher.code}, key=SamlIdp().pair[0])
    assert arrive(browser, answer).status_code == 401
    assert browser.user_id is None


def test_an_altered_answer_is_refused(teacher: User, saml: SamlIdp, world: World) -> None:
    browser = Browser()
    where, response = saml.answer(asked(browser), uid="p-1", attributes={UID: world.a.student.code})
    altered = base64.b64decode(response).replace(world.a.student.code.encode(), teacher.code.encode())
    assert arrive(browser, (where, base64.b64encode(altered).decode())).status_code == 401
    assert browser.user_id is None


def test_an_answer_opens_once(teacher: User, saml: SamlIdp) -> None:
    browser = Browser()
    answer = saml.answer(asked(browser), uid="p-1", attributes={UID: teacher.code})
    arrive(browser, answer)
    browser.post("/dang-xuat/")
    arrive(browser, answer)
    assert browser.user_id is None


def test_strangers_leave_nothing_here(teacher: User, saml: SamlIdp) -> None:
    browser = Browser()
    assert browser.post("/dang-nhap/noi/saml/khong-co/acs/", {"SAMLResponse": "x"}).status_code == 404
    assert browser.post("/dang-nhap/noi/saml/dai-hoc/acs/", {"SAMLResponse": "x" * 200_001}).status_code == 400
    assert browser.get("/dang-nhap/noi/saml/dai-hoc/sls/").status_code == 404
    assert not Session.objects.exists()


def test_an_unknown_person_gets_the_page(teacher: User, saml: SamlIdp) -> None:
    browser = Browser()
    page = arrive(browser, saml.answer(asked(browser), uid="p-9", attributes={UID: "khong-co"}))
    assert page.status_code == 403
    assert "không tìm thấy" in page.content.decode()


def test_the_metadata_name_our_address(teacher: User) -> None:
    text = Browser().get("/dang-nhap/noi/saml/dai-hoc/metadata/").content.decode()
    assert f'Location="http://{HOST}/dang-nhap/noi/saml/dai-hoc/acs/"' in text
