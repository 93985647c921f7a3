"""One sign-in over many hosts: the ticket, what it refuses, and signing out everywhere."""

import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from school.identity.models import User
from school.sso.models import HostSession, Ticket
from school.sso.processing import tidy
from school.sso.selectors import device_name, devices_of
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


def host_of(cast: Any) -> str:
    return f"{cast.school.slug}.localhost:8000"


class Browser:
    """One browser: cookies of its own on every host, as a real one keeps them."""

    def __init__(self) -> None:
        self.hosts: dict[str, Client] = {}

    def on(self, host: str) -> Client:
        return self.hosts.setdefault(host, Client(headers={"host": host}))

    def get(self, address: str) -> Any:
        parts = urlsplit(address)
        return self.on(parts.netloc).get(parts.path, query_params={k: v[0] for k, v in parse_qs(parts.query).items()})

    def sign_in(self, user: User) -> None:
        user.set_password(PASSWORD)
        user.save()
        self.on("localhost:8000").post("/dang-nhap/", {"login": user.code, "password": PASSWORD})

    def ticket(self, host: str) -> str:
        """Go as far as the address that carries the ticket."""
        first = self.get(f"http://{host}/dang-nhap/?next=/")
        return self.onward(self.get(first.headers["Location"]))

    def onward(self, answer: Any) -> str:
        """Where the answer leads: by a redirect, or by the page after the sign-in form."""
        if answer.status_code == 302:
            return str(answer.headers["Location"])
        assert '<meta http-equiv="refresh" content="0;url=' in answer.content.decode()
        return str(answer.context["address"])

    def signed_in_on(self, host: str) -> bool:
        return "_auth_user_id" in self.on(host).session


def test_one_sign_in_opens_two_schools_without_typing(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    for cast in (world.a, world.b):
        answer = browser.get(browser.ticket(host_of(cast)))
        assert answer.headers["Location"] == "/"
        assert browser.signed_in_on(host_of(cast))
    assert len({client.session.session_key for client in browser.hosts.values()}) == 3
    assert len(set(HostSession.objects.values_list("sid", flat=True))) == 1


def test_straight_after_the_form_a_page_leads_on_and_later_a_redirect(world: World) -> None:
    """A redirect from the form to another host would be blocked by ``form-action 'self'``."""
    browser = Browser()
    browser.sign_in(world.a.teacher)
    first, second = (
        browser.get(browser.get(f"http://{host_of(cast)}/dang-nhap/").headers["Location"])
        for cast in (world.a, world.b)
    )
    assert (first.status_code, second.status_code) == (200, 302)
    assert first.headers["Cache-Control"] == "private, no-store"


def test_a_stranger_is_led_through_the_sign_in_page(world: World) -> None:
    browser = Browser()
    first = browser.get(f"http://{host_of(world.a)}/dang-nhap/")
    answer = browser.get(first.headers["Location"])
    assert answer.headers["Location"].startswith("/dang-nhap/?next=%2Fphien%2Fcap-ve%2F")


def test_signing_out_on_one_host_ends_all_and_no_other_browser(world: World) -> None:
    browser, other = Browser(), Browser()
    for one in (browser, other):
        one.sign_in(world.a.teacher)
    browser.get(browser.ticket(host_of(world.a)))
    other.sign_in(world.a.teacher)
    browser.on(host_of(world.a)).post("/dang-xuat/")
    assert browser.get("http://localhost:8000/tai-khoan/").status_code == 302
    assert other.get("http://localhost:8000/tai-khoan/").status_code == 200


def test_signing_out_on_the_platform_ends_the_schools_too(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    browser.get(browser.ticket(host_of(world.a)))
    browser.on("localhost:8000").post("/dang-xuat/")
    assert not browser.signed_in_on(host_of(world.a))


def test_a_ticket_opens_once(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    address = browser.ticket(host_of(world.a))
    cookies = browser.on(host_of(world.a)).cookies.copy()
    browser.get(address)
    again = Client(headers={"host": host_of(world.a)})
    again.cookies = cookies
    assert again.get("/phien/", query_params={"code": parse_qs(urlsplit(address).query)["code"][0]}).status_code == 403


def test_a_ticket_of_one_school_does_not_open_another(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    address = browser.ticket(host_of(world.a))
    browser.get(f"http://{host_of(world.b)}/dang-nhap/")
    assert browser.get(address.replace(host_of(world.a), host_of(world.b))).status_code == 403


def test_an_attackers_ticket_does_not_open_in_a_victims_browser(world: World) -> None:
    attacker, victim = Browser(), Browser()
    attacker.sign_in(world.a.teacher)
    address = attacker.ticket(host_of(world.a))
    victim.get(f"http://{host_of(world.a)}/dang-nhap/")
    assert victim.get(address).status_code == 403
    assert Browser().get(address).status_code == 403


def test_a_late_ticket_is_refused(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    address = browser.ticket(host_of(world.a))
    Ticket.objects.update(expires=timezone.now() - datetime.timedelta(seconds=1))
    assert browser.get(address).status_code == 403


def test_a_ticket_of_an_ended_sign_in_is_refused(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    address = browser.ticket(host_of(world.a))
    browser.on("localhost:8000").post("/dang-xuat/")
    assert browser.get(address).status_code == 403


def test_a_closed_account_gets_in_nowhere(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    address = browser.ticket(host_of(world.a))
    User.objects.filter(pk=world.a.teacher.pk).update(is_active=False)
    assert browser.get(address).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost:8000", "content.localhost:8000"])
def test_no_ticket_is_given_for_a_host_that_is_no_school(world: World, host: str) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    assert browser.get(f"http://localhost:8000/phien/cap-ve/?host={host}&challenge={'a' * 64}").status_code == 400


def test_the_way_back_stays_on_the_schools_host(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    first = browser.get(f"http://{host_of(world.a)}/dang-nhap/?next=//evil.example/")
    ticket = browser.onward(browser.get(first.headers["Location"]))
    assert browser.get(ticket).headers["Location"] == "/"


def test_a_schools_session_ends_with_the_sign_in_it_came_from(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    browser.get(browser.ticket(host_of(world.a)))
    sessions = [client.session for client in browser.hosts.values()]
    assert len({session["until"] for session in sessions}) == 1


def test_a_new_password_ends_every_other_session_and_keeps_this_one(world: World) -> None:
    here, there = Browser(), Browser()
    here.sign_in(world.a.teacher)
    there.on("localhost:8000").post("/dang-nhap/", {"login": world.a.teacher.code, "password": PASSWORD})
    new = "con mèo trèo cây cau"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    here.on("localhost:8000").post("/mat-khau/", form)
    assert here.get("http://localhost:8000/tai-khoan/").status_code == 200
    assert there.get("http://localhost:8000/tai-khoan/").status_code == 302
    assert here.get(here.ticket(host_of(world.a))).headers["Location"] == "/"


def test_a_person_ends_a_forgotten_device(world: World) -> None:
    here, library = Browser(), Browser()
    here.sign_in(world.a.student)
    library.on("localhost:8000").post("/dang-nhap/", {"login": world.a.student.code, "password": PASSWORD})
    current = here.on("localhost:8000").session["sid"]
    forgotten = next(device for device in devices_of(world.a.student, current) if not device.current)
    assert here.get("http://localhost:8000/tai-khoan/thiet-bi/").status_code == 200
    here.on("localhost:8000").post("/tai-khoan/thiet-bi/ket-thuc/", {"device": forgotten.session.pk})
    assert library.get("http://localhost:8000/tai-khoan/").status_code == 302
    assert here.get("http://localhost:8000/tai-khoan/").status_code == 200


def test_nobody_ends_another_persons_session(world: World, client_for: Any) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    session = HostSession.objects.get(user=world.a.teacher)
    client_for(world.a.student).post("/tai-khoan/thiet-bi/ket-thuc/", {"device": session.pk})
    assert HostSession.objects.filter(pk=session.pk).exists()


def test_tidying_forgets_what_is_gone(world: World) -> None:
    browser = Browser()
    browser.sign_in(world.a.teacher)
    browser.ticket(host_of(world.a))
    Ticket.objects.update(expires=timezone.now() - datetime.timedelta(hours=1))
    assert tidy() == 1
    assert HostSession.objects.count() == 1
    browser.on("localhost:8000").session.delete()
    tidy()
    assert HostSession.objects.count() == 0


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36", "Chrome, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
        ("curl/8", "Thiết bị không rõ"),
    ],
)
def test_a_browser_is_named_in_words(agent: str, name: str) -> None:
    assert device_name(agent) == name
