"""Looking as another person: whom, read only, for a while, told to the trail and to the person."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from school.audit.models import Entry
from school.identity.models import User
from school.impersonation.looking import KEY, SECONDS, is_closed
from school.organisation.models import Enrolment, Guardianship, Membership, TeachingAssignment
from school.policy import can, visible
from school.roles import Role
from tests.school.trail.test_events import sheet_of
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]
REASON = "Mẹ cháu gọi điện, không tìm thấy bài học."


def look(client: Client, whom: User, reason: str = REASON) -> Any:
    return client.post(reverse("impersonation:begin", args=[whom.pk]), {"reason": reason})


def home(client: Client) -> str:
    return client.get("/").content.decode()


def names(user: User) -> set[str]:
    return set(visible(user, User, "look_as").values_list("code", flat=True))


def test_a_schools_administrator_looks_as_families_of_the_school_alone(world: World) -> None:
    assert names(world.a.school_admin) == {"a-hs1", "a-hs2", "a-hs3", "a-ph1", "a-ph2"}


def test_an_office_also_looks_as_teachers_never_as_heads_and_administrators(world: World) -> None:
    found = names(world.office_admin)
    assert {"a-hs1", "a-ph1", "a-gv1", "a-tv", "b-gv1"} <= found
    assert not found & {"a-ht", "a-pht", "a-cntt", "vp-1", "b-ht"}


@pytest.mark.parametrize("who", ["principal", "vice", "librarian", "teacher", "homeroom", "student", "father"])
def test_nobody_else_looks_as_anybody(world: World, client_for: ClientFor, who: str) -> None:
    assert names(world.people[who]) == set()
    client = client_for(world.people[who])
    assert client.get(reverse("impersonation:find")).status_code == 403
    assert look(client, world.a.student2).status_code == 403


def test_more_rights_than_the_lookers_shut_the_eyes(world: World) -> None:
    """A parent who teaches, has a child elsewhere, or leads; a person who works for the platform; a closed account."""
    admin, father = world.a.school_admin, world.a.father
    cases: list[Callable[[], Any]] = [
        lambda: TeachingAssignment.objects.create(
            teacher=father, school_class=world.a.class2, subject=world.maths, school=world.a.school, starts="2020-01-01"
        ),
        lambda: Membership.objects.create(
            user=father, role=Role.PRINCIPAL, node=world.b.school.node, starts="2020-01-01"
        ),
        lambda: Guardianship.objects.create(
            guardian=father, student=world.b.student, relation="other", starts="2020-01-01"
        ),
    ]
    for make in cases:
        made = make()
        assert "a-ph1" not in names(User.objects.get(pk=admin.pk))
        made.delete()
    for fact in ("is_staff", "is_superuser"):
        User.objects.filter(pk=father.pk).update(**{fact: True})
        assert "a-ph1" not in names(User.objects.get(pk=admin.pk))
        User.objects.filter(pk=father.pk).update(**{fact: False})
    User.objects.filter(pk=father.pk).update(is_active=False)
    assert "a-ph1" not in names(User.objects.get(pk=admin.pk))


def test_another_schools_pupil_is_not_found(world: World, client_for: ClientFor) -> None:
    assert look(client_for(world.a.school_admin), world.b.student).status_code == 404


def test_the_pages_are_the_persons_and_say_so(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.school_admin)
    answer = look(client, world.a.student)
    assert (answer.status_code, answer.url) == (302, "/")
    shown = home(client)
    assert f"Bạn đang xem thay {world.a.student.full_name}" in shown
    assert "còn 15 phút" in shown
    # The menu is the pupil's, not the administrator's.
    assert reverse("trail:trail") not in shown
    assert client.get(reverse("trail:trail")).status_code == 403


def test_a_reason_is_required(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.school_admin)
    for reason in ("", "giúp", " " * 50, "x" * 301):
        assert look(client, world.a.student, reason).status_code == 422
    assert KEY not in client.session


def test_beginning_asks_who_is_there(world: World) -> None:
    world.a.school_admin.set_password(PASSWORD)
    world.a.school_admin.save()
    client = Client()
    client.force_login(world.a.school_admin, backend="school.identity.backends.CodePhoneEmailBackend")
    answer = look(client, world.a.student)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert KEY not in client.session


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written(world: World, client_for: ClientFor, method: str) -> None:
    client = client_for(world.a.school_admin)
    look(client, world.a.student)
    before = User.objects.get(pk=world.a.student.pk).language
    answer = getattr(client, method)(reverse("language"), {"language": "en"})
    assert answer.status_code == 403
    assert "Không làm được khi đang xem thay" in answer.content.decode()
    assert User.objects.get(pk=world.a.student.pk).language == before


def test_a_page_that_writes_as_it_is_read_writes_nothing(
    world: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for(world.a.school_admin)
    look(client, world.a.student)

    def curious(request: Any) -> list[Any]:
        User.objects.filter(pk=world.a.student.pk).update(ethnicity="Thái")
        return []

    monkeypatch.setattr("config.views.start.cards", curious)
    assert client.get("/").status_code == 200
    assert User.objects.get(pk=world.a.student.pk).ethnicity == ""


CLOSED = [
    "/tai-khoan/", "/mat-khau/", "/mat-khau/dat/", "/tai-khoan/hai-lop/", "/tai-khoan/hai-lop/totp/activate/",
    "/tai-khoan/hai-lop/recovery-codes/", "/tai-khoan/thiet-bi/", "/xac-nhan/", "/admin/", "/nhat-ky/cua-toi/",
    "/bang-diem/", "/so-lien-lac/", "/phien/cap-ve/?host=x&challenge=x",
]  # fmt: skip


@pytest.mark.parametrize("address", CLOSED)
def test_the_persons_keys_marks_and_letters_are_out_of_reach(world: World, client_for: ClientFor, address: str) -> None:
    client = client_for(world.a.school_admin)
    look(client, world.a.father)
    answer = client.get(address)
    assert answer.status_code == 403
    assert "Không làm được khi đang xem thay" in answer.content.decode()


def test_every_view_of_a_library_of_accounts_is_closed() -> None:
    """Found by walking the addresses, so that a new one is not forgotten."""
    from tests.architecture.routes import routes

    words = ("account", "mfa", "password", "mat-khau", "oidc", "identity/o", "thiet-bi", "phien")
    keys = [
        route
        for route in routes("platform")
        if any(word in f"{route.name} {route.route}" for word in words) and not route.route.startswith("xem-thay")
    ]
    open_doors = [
        route.route
        for route in keys
        if not is_closed(getattr(getattr(route.view, "view_class", route.view), "__module__", ""))
    ]
    assert len(keys) > 15
    assert open_doors == []


def test_every_address_of_the_platform_is_read_only(world: World, client_for: ClientFor) -> None:
    """Each address without an object, by GET and by POST, as the office looking as a teacher."""
    from django.urls import NoReverseMatch

    from tests.architecture.routes import routes

    client = client_for(world.office_admin)
    client.raise_request_exception = False
    look(client, world.a.teacher)
    asked = 0
    for route in routes("platform"):
        # Of the pages' editor a few doors: they all lead through the same gate.
        editor = route.is_admin and route.name not in {"wagtailadmin_home", "wagtailadmin_explore_root"}
        if route.takes or not route.name or editor or route.name == "impersonation:end":
            continue
        try:
            address = reverse(route.name)
        except NoReverseMatch:
            continue
        asked += 1
        assert client.post(address).status_code == 403, address
        answer = client.get(address)
        assert answer.status_code < 500, address
        if route.is_admin:
            assert answer.status_code in {403, 404}, address
    assert asked > 40
    assert KEY in client.session


def test_no_file_is_carried_away(world: World, client_for: ClientFor) -> None:
    client = client_for(world.office_admin)
    look(client, world.a.homeroom)
    answer = client.get(reverse("roster:class-excel", args=[world.a.class1.pk]))
    assert answer.status_code == 403
    assert "Content-Disposition" not in answer.headers
    assert not Entry.objects.filter(action="exported").exists()


def test_a_teachers_marks_stay_closed_to_the_office(world: World, client_for: ClientFor) -> None:
    sheet = sheet_of(world)
    client = client_for(world.office_admin)
    look(client, world.a.teacher)
    assert client.get(reverse("gradebook:sheet", args=[sheet.pk])).status_code == 403
    assert "so-diem" not in home(client).split("<main")[1]


def test_one_click_ends_it(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.school_admin)
    look(client, world.a.student)
    assert client.post(reverse("impersonation:end")).url == "/"
    shown = home(client)
    assert "đang xem thay" not in shown
    assert reverse("trail:trail") in shown
    told = Entry.objects.get(action="impersonation_ended")
    assert (told.actor_id, told.subject_id, told.detail) == (
        world.a.school_admin.pk,
        world.a.student.pk,
        {"how": "button"},
    )


def test_after_fifteen_minutes_it_is_over(world: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_for(world.a.school_admin)
    look(client, world.a.student)
    now = time.time()
    monkeypatch.setattr("school.impersonation.looking.time.time", lambda: now + SECONDS + 1)
    assert "đang xem thay" not in home(client)
    assert Entry.objects.get(action="impersonation_ended").detail == {"how": "time"}
    assert KEY not in client.session


def test_a_right_that_ends_ends_the_look(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.school_admin)
    look(client, world.a.student)
    Enrolment.objects.filter(student=world.a.student).update(starts="2020-01-01", ends="2020-02-01")
    assert "đang xem thay" not in home(client)
    assert Entry.objects.get(action="impersonation_ended").detail == {"how": "right"}


def test_nobody_looks_on_through_a_second_pair_of_eyes(world: World, client_for: ClientFor) -> None:
    client = client_for(world.office_admin)
    look(client, world.a.student)
    assert look(client, world.a.student2).status_code == 403
    assert not can(world.a.teacher, "look_as", world.a.student)


def test_a_schools_host_does_not_know_of_it(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.school_admin)
    look(client, world.a.student)
    answer = client.get("/", headers={"host": f"{world.a.school.slug}.localhost"})
    assert "đang xem thay" not in answer.content.decode()


def test_begin_pages_and_end_are_told_to_the_trail(world: World, client_for: ClientFor) -> None:
    client = client_for(world.a.school_admin)
    look(client, world.a.student)
    home(client)
    begun = Entry.objects.get(action="impersonation_started")
    assert (begun.actor_id, begun.subject_id) == (world.a.school_admin.pk, world.a.student.pk)
    assert begun.detail == {"reason": REASON, "minutes": 15}
    page = Entry.objects.get(action="impersonation_page")
    assert (page.actor_id, page.as_id, page.detail) == (world.a.school_admin.pk, world.a.student.pk, {"page": "/"})


def test_the_person_is_told_at_the_next_sign_in_once_and_in_the_account(world: World, client_for: ClientFor) -> None:
    look(client_for(world.a.school_admin), world.a.student)
    world.a.student.set_password(PASSWORD)
    world.a.student.save()

    def sign_in() -> tuple[Client, str]:
        client = Client()
        answer = client.post(reverse("account_login"), {"login": "a-hs1", "password": PASSWORD}, follow=True)
        return client, answer.content.decode()

    client, first = sign_in()
    assert "đã xem trang của bạn 1 lần" in first
    assert REASON in client.get(reverse("account")).content.decode()
    own = client.get(reverse("trail:own")).content.decode()
    assert REASON in own
    assert "Quản trị" in own
    _, second = sign_in()
    assert "đã xem trang của bạn" not in second
