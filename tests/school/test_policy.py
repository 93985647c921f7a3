"""The one policy: lists and single checks agree, strangers get nothing."""

import datetime

import pytest
from django.db.models import Q

from school.identity.models import User
from school.organisation.models import Enrolment, Membership, School, SchoolClass
from school.policy import Actor, Role, can, declare, may, visible
from school.policy.rules import declared
from tests.world import World

pytestmark = pytest.mark.django_db


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_a_person_without_relations_sees_nothing(world: World) -> None:
    stranger = User.objects.create_user(code="x", full_name="Người Lạ")
    for model in (School, SchoolClass, User):
        assert not visible(stranger, model).exists()
    assert Actor.of(stranger).roles == frozenset()


def test_a_closed_account_has_no_rights(world: World) -> None:
    User.objects.filter(pk=world.a.principal.pk).update(is_active=False)
    assert not visible(fresh(world.a.principal), SchoolClass).exists()
    assert not may(fresh(world.a.principal), SchoolClass, "view")


def test_roles_follow_from_relations(world: World) -> None:
    assert Actor.of(world.a.teacher).roles == {Role.TEACHER}
    assert Actor.of(world.a.homeroom).roles == {Role.TEACHER, Role.HOMEROOM}
    assert Actor.of(world.a.student).roles == {Role.STUDENT}
    assert Actor.of(world.a.father).roles == {Role.PARENT}
    assert Actor.of(world.a.father).children == {world.a.student.pk}
    assert Actor.of(world.a.teacher).taught == {(world.a.class1.pk, world.maths.pk)}


def test_each_role_sees_its_own_school_only(world: World) -> None:
    for cast, other in ((world.a, world.b), (world.b, world.a)):
        for person in (cast.principal, cast.vice, cast.school_admin, cast.librarian, cast.teacher):
            assert set(visible(person, SchoolClass)) == {cast.class1, cast.class2}
            assert not can(person, "view", other.class1)
    assert set(visible(world.office_admin, School)) == {world.a.school, world.b.school}


def test_a_student_and_a_father_see_one_class(world: World) -> None:
    assert set(visible(world.a.student, SchoolClass)) == {world.a.class1}
    assert set(visible(world.a.father, SchoolClass)) == {world.a.class1}


def test_rights_end_with_the_relation(world: World) -> None:
    yesterday = datetime.date.today() - datetime.timedelta(days=1)
    Enrolment.objects.filter(student=world.a.student).update(starts=yesterday, ends=yesterday)
    assert not visible(fresh(world.a.student), SchoolClass).exists()
    assert not visible(fresh(world.a.father), SchoolClass).exists()
    Membership.objects.filter(user=world.a.principal).update(starts=yesterday, ends=yesterday)
    assert not visible(fresh(world.a.principal), SchoolClass).exists()


def test_a_father_sees_his_child_and_himself_but_no_classmate(world: World) -> None:
    assert set(visible(world.a.father, User)) == {world.a.student, world.a.father}


def test_a_list_gives_each_row_once(world: World) -> None:
    people = list(visible(world.a.principal, User).values_list("pk", flat=True))
    assert len(people) == len(set(people))


def test_an_undeclared_question_is_a_mistake_of_the_code(world: World) -> None:
    with pytest.raises(LookupError):
        visible(world.a.principal, School, "destroy")


def test_a_rule_is_declared_in_one_place_only() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare("organisation.School", "view", {})


def test_no_relation_of_a_stranger_is_the_empty_condition(db: None) -> None:
    actor = Actor(User.objects.create_user(code="x", full_name="Người Lạ"))
    for (model, action), rule in declared().items():
        for role, relation in rule.items():
            assert relation(actor) != Q(), f"{model} {action} {role}"


def test_asking_the_policy_costs_few_queries(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    teacher = fresh(world.a.teacher)
    with django_assert_max_num_queries(6):
        list(visible(teacher, SchoolClass))
    with django_assert_max_num_queries(1):
        list(visible(teacher, SchoolClass))
