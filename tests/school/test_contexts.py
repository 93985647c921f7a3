"""One person with several roles: a context narrows what is offered and gives no right."""

import datetime
from types import SimpleNamespace

import pytest

from school import contexts
from school.dated import today
from school.identity.models import User
from school.organisation.models import Guardianship, Membership, TeachingAssignment
from school.policy import Actor, Role, can, may

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(world) -> User:
    """The maths teacher of school A, who also works at B and is the father of a pupil of B."""
    Membership.objects.create(user=world.a.teacher, role="teacher", node=world.b.school.node)
    TeachingAssignment.objects.create(
        teacher=world.a.teacher, school_class=world.b.class2, subject=world.maths, school=world.b.school
    )
    Guardianship.objects.create(guardian=world.a.teacher, student=world.b.student, relation="father")
    return User.objects.get(pk=world.a.teacher.pk)


def keys(user) -> list[str]:
    return [one.key for one in contexts.contexts_of(user)]


def test_each_place_and_each_child_is_a_context(world, both):
    assert keys(both) == [f"staff:{world.a.school.pk}", f"staff:{world.b.school.pk}", f"child:{world.b.student.pk}"]
    one, _two, child = contexts.contexts_of(both)
    assert (one.title, one.place) == ("Giáo viên", str(world.a.school))
    assert world.b.student.full_name in child.place


def test_one_role_is_no_choice(world):
    for one in (world.a.teacher, world.a.father, world.a.student, world.office_admin):
        assert contexts.contexts_of(one) == []


def test_one_press_changes_menu_and_start_page(world, both, client_for):
    client = client_for(both)
    page = client.get("/").content.decode()
    assert f'value="child:{world.b.student.pk}"' in page
    answer = client.post("/vai-tro/", {"context": f"child:{world.b.student.pk}"})
    assert answer.headers["Location"] == "/"
    page = client.get("/").content.decode()
    assert 'href="/so-lien-lac/"' in page
    assert 'href="/diem/"' not in page
    client.post("/vai-tro/", {"context": f"staff:{world.a.school.pk}"})
    page = client.get("/").content.decode()
    assert 'href="/danh-sach/"' in page
    assert world.b.student.full_name not in page.partition("<main")[2]
    client.post("/vai-tro/", {"context": ""})
    assert client.session[contexts.SESSION_KEY] == ""


def test_the_parents_context_opens_the_book_of_that_child(world, both, client_for):
    Guardianship.objects.create(guardian=both, student=world.a.outsider, relation="father")
    client = client_for(User.objects.get(pk=both.pk))
    for child in (world.b.student, world.a.outsider):
        client.post("/vai-tro/", {"context": f"child:{child.pk}"})
        assert str(child.pk) in client.get("/so-lien-lac/").headers["Location"]


def test_a_context_gives_no_right_and_takes_none(world, both, client_for):
    client = client_for(both)
    before = Actor.of(both).roles
    client.post("/vai-tro/", {"context": f"child:{world.b.student.pk}"})
    # Narrowed to the parent's role, the teacher's pages answer as before; only the menu does not offer them.
    assert client.get("/danh-sach/").status_code == 200
    client.post("/vai-tro/", {"context": f"staff:{world.a.school.pk}"})
    assert client.get(f"/so-lien-lac/con/{world.b.student.pk}/").status_code != 403
    assert client.get("/danh-sach/nhap/").status_code == 403
    assert Actor.of(User.objects.get(pk=both.pk)).roles == before
    assert not may(both, User, "manage")
    assert not can(both, "manage", world.a.student)


@pytest.mark.parametrize("forged", ["office:1/", "staff:999", "child:1x", "principal", "'; --"])
def test_a_context_that_is_not_ones_own_is_refused(world, both, client_for, forged):
    client = client_for(both)
    assert client.post("/vai-tro/", {"context": forged}).status_code == 400
    assert contexts.SESSION_KEY not in client.session


def test_another_persons_child_or_school_is_no_context_of_mine(world, client_for):
    client = client_for(world.a.father)
    for key in (f"child:{world.b.student.pk}", f"staff:{world.a.school.pk}"):
        assert client.post("/vai-tro/", {"context": key}).status_code == 400


def test_a_relation_that_ends_takes_its_context_along(world, both, client_for):
    client = client_for(both)
    client.post("/vai-tro/", {"context": f"child:{world.b.student.pk}"})
    Guardianship.objects.filter(guardian=both).update(
        starts=world.year.starts, ends=today() - datetime.timedelta(days=1)
    )
    request = SimpleNamespace(user=User.objects.get(pk=both.pk), session=client.session)
    assert contexts.chosen_key(request) == ""
    assert Role.TEACHER in contexts.roles_of(request)
    assert client.get("/").status_code == 200


def test_a_person_of_one_role_pays_no_query_for_the_switch(world, django_assert_num_queries):
    actor_known = User.objects.get(pk=world.a.teacher.pk)
    assert Actor.of(actor_known).roles
    with django_assert_num_queries(0):
        assert contexts.contexts_of(actor_known) == []
