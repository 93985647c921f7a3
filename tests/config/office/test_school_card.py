"""The heads of a school see it at a glance on their start page: its own figures, never another school's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from config.office.selectors import school_day
from gradebook.models import AbsenceSession
from school.dated import today
from school.identity.models import User
from tests.world import World


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def absent(world: World) -> None:
    AbsenceSession.objects.create(
        student=world.a.student, school_class=world.a.class1, date=today(), session="S", by=world.a.homeroom
    )


@pytest.mark.parametrize("who", ["principal", "vice", "school_admin"])
def test_the_heads_of_a_school_see_its_figures(world: World, client_for: Callable[..., Client], who: str) -> None:
    absent(world)
    page = client_for(getattr(world.a, who)).get("/")
    day = next(context["day"] for context in page.context if "day" in context)
    assert (day.school, day.students, day.absent) == (world.a.school, 3, 1)
    assert world.a.school.name in page.content.decode()


def test_the_figures_are_the_own_schools_alone(world: World) -> None:
    absent(world)
    ours, theirs = school_day(fresh(world.a.principal)), school_day(fresh(world.b.principal))
    assert ours is not None
    assert theirs is not None
    assert (ours.classes, ours.students, ours.absent) == (2, 3, 1)
    assert (theirs.classes, theirs.students, theirs.absent) == (2, 3, 0)


def test_a_teacher_has_no_such_card(world: World) -> None:
    assert school_day(fresh(world.a.teacher)) is None


def test_the_card_costs_few_queries(world: World, django_assert_max_num_queries: Any) -> None:
    principal = fresh(world.a.principal)
    with django_assert_max_num_queries(12):
        school_day(principal)
