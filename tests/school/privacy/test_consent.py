"""A child's picture leaves the school when the child and a guardian say so, each in their own account, and not a moment longer."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from school.audit.models import Entry
from school.identity.models import User
from school.organisation.models import Guardianship
from school.privacy import services
from school.privacy.models import Consent, Purpose
from school.privacy.selectors import age, consent_valid, consents_valid, without_consent
from school.privacy.services import PrivacyError
from tests.world import World

pytestmark = pytest.mark.django_db
PICTURE = Purpose.PICTURE.value


def say(child: User, by: User) -> None:
    services.consent_give(child=child, purpose=PICTURE, by=by)


def born(child: User, years: int | None) -> User:
    """The child, ``years`` old yesterday (None: unknown)."""
    today = timezone.localdate() - datetime.timedelta(days=1)
    day = None if years is None else today.replace(year=today.year - years, day=min(today.day, 28))
    User.objects.filter(pk=child.pk).update(birth_date=day)
    return User.objects.get(pk=child.pk)


@pytest.mark.parametrize(
    ("years", "child_says", "guardian_says", "valid"),
    [
        (12, True, True, True),
        (12, True, False, False),
        (12, False, True, False),
        (12, False, False, False),
        (7, False, True, False),
        (6, False, True, True),
        (6, True, False, False),
        (None, False, True, False),
        (None, True, True, True),
        (18, True, False, True),
        (18, False, True, False),
    ],
)
def test_whom_the_law_asks(world: World, years: int | None, child_says: bool, guardian_says: bool, valid: bool) -> None:
    child = born(world.a.student, years)
    if child_says:
        say(child, child)
    if guardian_says:
        say(child, world.a.father)
    assert consent_valid(child, PICTURE) is valid
    assert not consent_valid(child, Purpose.FILM.value), "a yes is to one purpose"


def test_withdrawal_holds_at_once_and_stays_as_a_fact(world: World) -> None:
    child = born(world.a.student, 12)
    say(child, child)
    say(child, world.a.father)
    for one in (child, world.a.father):
        services.consent_withdraw(child=child, purpose=PICTURE, by=one)
        assert not consent_valid(child, PICTURE)
        say(child, one)
        assert consent_valid(child, PICTURE)
    assert Consent.objects.filter(child=child).count() == 4
    assert Entry.objects.filter(action="consent_withdrawn", subject_id=child.pk).count() == 2


def test_one_guardians_no_outweighs_the_others_yes(world: World) -> None:
    child = born(world.a.student, 6)
    mother = User.objects.create_user(code="me", full_name="Lê Thị Mẹ")
    Guardianship.objects.create(guardian=mother, student=child, relation="mother", starts=world.year.starts)
    say(child, world.a.father)
    assert consent_valid(child, PICTURE)
    say(child, mother)
    services.consent_withdraw(child=child, purpose=PICTURE, by=mother)
    assert not consent_valid(child, PICTURE)


def test_a_former_guardians_word_no_longer_counts(world: World) -> None:
    child = born(world.a.student, 6)
    say(child, world.a.father)
    Guardianship.objects.filter(guardian=world.a.father).update(ends=timezone.localdate() - datetime.timedelta(days=1))
    assert not consent_valid(child, PICTURE)


def test_nobody_speaks_for_another(world: World, client_for: Any) -> None:
    for other in (world.a.mother_of_student2, world.a.homeroom, world.a.principal, world.office_admin):
        with pytest.raises(PrivacyError):
            say(world.a.student, other)
        form = {"person": world.a.student.pk, "purpose": PICTURE, "say": "yes"}
        assert client_for(other).post("/du-lieu/dong-y/", form).status_code == 404
    with pytest.raises(PrivacyError):
        services.consent_give(child=world.a.student, purpose="marks", by=world.a.father)


def test_each_says_it_in_their_own_account(world: World, client_for: Any) -> None:
    child = born(world.a.student, 12)
    form = {"person": child.pk, "purpose": PICTURE, "say": "yes"}
    for one in (child, world.a.father, world.a.father):
        client_for(one).post("/du-lieu/dong-y/", form)
    assert Consent.objects.count() == 2
    assert consent_valid(child, PICTURE)
    client_for(world.a.father).post("/du-lieu/dong-y/", form | {"say": "no"})
    assert not consent_valid(child, PICTURE)


def test_the_editors_list_names_who_may_not_be_shown(world: World, client_for: Any) -> None:
    client = client_for(world.a.principal)
    assert world.a.student.full_name in client.get("/du-lieu/anh/").content.decode()
    for purpose in Purpose:
        for one in (world.a.student, world.a.father):
            services.consent_give(child=world.a.student, purpose=purpose.value, by=one)
    page = client.get("/du-lieu/anh/").content.decode()
    assert world.a.student.full_name not in page
    assert world.a.student2.full_name in page
    assert world.b.student.full_name not in page
    assert client_for(world.a.student).get("/du-lieu/anh/").status_code == 403


def test_the_question_costs_two_queries_for_a_whole_school(world: World, django_assert_num_queries: Any) -> None:
    pupils = [world.a.student, world.a.student2, world.a.outsider]
    with django_assert_num_queries(2):
        consents_valid(pupils, PICTURE)
    with django_assert_num_queries(1 + 2 * len(Purpose)):
        assert len(without_consent(world.a.school)) == 3


@pytest.mark.pure
@pytest.mark.parametrize(("born", "day", "years"), [("2019-03-02", "2026-03-01", 6), ("2019-03-01", "2026-03-01", 7)])
def test_age_is_counted_in_full_years(born: str, day: str, years: int) -> None:
    assert age(datetime.date.fromisoformat(born), datetime.date.fromisoformat(day)) == years
