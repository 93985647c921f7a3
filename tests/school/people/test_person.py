"""A person's page, corrections, and the table of who may appoint whom."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from school.audit.models import Entry
from school.dated import today
from school.identity.models import User
from school.organisation.models import Membership
from school.people.services import facts_change, post_end, post_give
from school.policy import Actor, Role, can
from tests.shared import proved
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db

SCHOOL_POSTS = ("principal", "vice_principal", "school_admin", "librarian", "teacher", "employee")
# The table of docs/decisions/0015-people.md: granter → posts that this granter gives to somebody else at the own school.
TABLE = {
    "office_admin": set(SCHOOL_POSTS),
    "principal": {"school_admin", "librarian", "teacher", "employee"},
    "vice": set(),
    "school_admin": {"librarian", "teacher", "employee"},
    "librarian": set(),
    "teacher": set(),
    "homeroom": set(),
    "student": set(),
    "father": set(),
}


def give(by, person, role, node, starts=None):
    return post_give(
        person=person, role=role, node=node, starts=starts or today(), ends=None, by=User.objects.get(pk=by.pk)
    )


@pytest.mark.parametrize("granter", TABLE)
def test_each_role_gives_exactly_the_posts_of_the_table(world, granter):
    by = world.people[granter]
    given = set()
    for role in SCHOOL_POSTS:
        person = User.objects.create_user(code=f"new-{role}", full_name="Người Mới")
        try:
            give(by, person, role, world.a.school.node)
        except PermissionDenied:
            assert not Membership.objects.filter(user=person).exists(), "a refused post is not left behind"
        else:
            given.add(role)
    assert given == TABLE[granter]


@pytest.mark.parametrize("granter", ["office_admin", "principal", "school_admin"])
def test_nobody_gives_themselves_a_post(world, granter):
    by = world.people[granter]
    for role in SCHOOL_POSTS:
        with pytest.raises((PermissionDenied, ValidationError)):
            give(by, by, role, world.a.school.node)


def test_nobody_appoints_at_another_school_or_a_place_above(world):
    for role in SCHOOL_POSTS:
        for by in (world.a.principal, world.a.school_admin):
            with pytest.raises(PermissionDenied):
                give(by, world.b.student, role, world.b.school.node)
    for by in (world.a.principal, world.a.school_admin):
        with pytest.raises(PermissionDenied):
            give(by, world.a.teacher, "office_admin", world.office)


def test_a_post_of_a_teacher_opens_no_marks_before_a_class_is_assigned(world):
    newcomer = User.objects.create_user(code="moi", full_name="Trần Văn Mới")
    give(world.a.school_admin, newcomer, "teacher", world.a.school.node)
    assert Actor.of(newcomer).taught == frozenset()


def test_a_post_in_the_future_gives_no_right_today(world):
    newcomer = User.objects.create_user(code="moi", full_name="Trần Văn Mới")
    give(world.office_admin, newcomer, "principal", world.a.school.node, today() + datetime.timedelta(days=1))
    assert Actor.of(newcomer).roles == frozenset()


def test_a_post_is_not_given_twice_and_its_days_stand_in_order(world):
    with pytest.raises(ValidationError):
        give(world.a.principal, world.a.teacher, "teacher", world.a.school.node)
    with pytest.raises(ValidationError):
        post_give(
            person=world.a.teacher,
            role="librarian",
            node=world.a.school.node,
            starts=today(),
            ends=today() - datetime.timedelta(days=1),
            by=world.a.principal,
        )


def test_a_post_ends_with_its_last_day_and_is_recorded(world):
    row = Membership.objects.get(user=world.a.librarian)
    post_end(membership=row, last=today() - datetime.timedelta(days=1), by=world.a.school_admin)
    assert Actor.of(User.objects.get(pk=world.a.librarian.pk)).roles == frozenset()
    entry = Entry.objects.filter(action="role_ended").latest("pk")
    assert (entry.actor_id, entry.subject_id, entry.detail["role"]) == (
        world.a.school_admin.pk,
        world.a.librarian.pk,
        "librarian",
    )
    with pytest.raises(ValidationError):
        post_end(membership=row, last=today(), by=world.a.school_admin)


def test_a_school_administrator_ends_no_heads_post(world):
    row = Membership.objects.get(user=world.a.principal)
    with pytest.raises(PermissionDenied):
        post_end(membership=row, last=today(), by=world.a.school_admin)


def test_a_grant_asks_who_is_there(world, client_for):
    world.a.principal.set_password(PASSWORD)
    world.a.principal.save()
    client = client_for(world.a.principal)
    proved(client, world.a.principal, seconds_ago=301)
    data = {"role": "librarian", "node": world.a.school.node_id, "starts": today().isoformat()}
    url = reverse("people:post", args=[world.a.teacher.pk])
    assert client.post(url, data).headers["Location"].startswith("/xac-nhan/")
    assert not Membership.objects.filter(user=world.a.teacher, role="librarian").exists()
    proved(client, world.a.principal)
    assert client.post(url, data).status_code == 302
    assert Membership.objects.filter(user=world.a.teacher, role="librarian").exists()


def test_the_page_offers_only_the_posts_and_places_of_the_table(world, client_for):
    form = client_for(world.a.school_admin).get(reverse("people:post", args=[world.a.teacher.pk])).context["form"]
    assert {value for value, _label in form.fields["role"].choices} == TABLE["school_admin"]
    assert list(form.fields["node"].queryset) == [world.a.school.node]
    forged = {"role": "principal", "node": world.b.school.node_id, "starts": today().isoformat()}
    answer = client_for(world.a.school_admin).post(reverse("people:post", args=[world.a.teacher.pk]), forged)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"role", "node"}


def test_a_page_shows_posts_of_yesterday_today_and_tomorrow(world, client_for):
    day = datetime.timedelta(days=1)
    node = world.a.school.node
    Membership.objects.create(
        user=world.a.teacher, role="librarian", node=node, starts=today() - 9 * day, ends=today() - day
    )
    Membership.objects.create(user=world.a.teacher, role="employee", node=node, starts=today() + day)
    page = client_for(world.a.principal).get(reverse("people:person", args=[world.a.teacher.pk])).context["page"]
    assert {row.role: row.tense for row in page.posts} == {"librarian": "past", "teacher": "now", "employee": "future"}


def test_a_person_of_another_school_is_not_found(world, client_for):
    for who in (world.a.principal, world.a.school_admin):
        for one in (world.b.student, world.b.father, world.b.teacher):
            assert client_for(who).get(reverse("people:person", args=[one.pk])).status_code == 404


def test_a_page_asks_a_fixed_number_of_queries(world, client_for, django_assert_max_num_queries):
    client = client_for(world.a.principal)
    with django_assert_max_num_queries(34):
        client.get(reverse("people:person", args=[world.a.student.pk]))


def correct(client, person, **changed):
    form = client.get(reverse("people:facts", args=[person.pk])).context["form"]
    data = {name: form[name].value() or "" for name in form.fields} | changed
    return client.post(reverse("people:facts", args=[person.pk]), data)


def test_facts_are_corrected_and_kept_in_their_one_form(world, client_for):
    answer = correct(
        client_for(world.a.school_admin), world.a.father, full_name="  Đặng   Văn Bố ", phone="0912.345.678"
    )
    assert answer.status_code == 302
    world.a.father.refresh_from_db()
    assert (world.a.father.full_name, world.a.father.given_name, world.a.father.phone) == (
        "Đặng Văn Bố",
        "Bố",
        "+84912345678",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", "12345"),
        ("phone", "12"),
        ("email", "không phải thư"),
        ("ministry_code", "123"),
        ("citizen_id", "00120000000x"),
        ("birth_date", "1800-01-01"),
        ("birth_date", "2015-02-30"),
    ],
)
def test_bad_input_is_named_at_its_field_and_changes_nothing(world, client_for, field, value):
    before = User.objects.filter(pk=world.a.father.pk).values().get()
    answer = correct(client_for(world.a.school_admin), world.a.father, **{field: value})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert User.objects.filter(pk=world.a.father.pk).values().get() == before


def test_a_number_of_somebody_else_is_refused_with_the_way_out(world, client_for):
    taken = world.a.student2.ministry_code
    answer = correct(client_for(world.a.school_admin), world.a.student, ministry_code=taken)
    assert answer.status_code == 422
    assert "hợp nhất" in answer.content.decode().lower()


def test_a_school_administrator_changes_no_account_with_more_rights(world):
    for one in (world.a.principal, world.a.vice, world.a.school_admin, world.office_admin, world.b.student):
        assert not can(world.a.school_admin, "manage", one)
        with pytest.raises(PermissionDenied):
            facts_change(person=one, facts={"phone": "+84900000000"}, by=world.a.school_admin)
    for one in (world.a.student, world.a.father, world.a.teacher, world.a.librarian):
        assert can(world.a.school_admin, "manage", one)


def test_a_parent_who_heads_another_school_is_the_offices_to_change(world):
    Membership.objects.create(user=world.a.father, role=Role.PRINCIPAL, node=world.b.school.node)
    assert not can(world.a.school_admin, "manage", world.a.father)
    assert can(world.office_admin, "manage", world.a.father)
