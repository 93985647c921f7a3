"""What is done to several people: seen before it is done, refused where it must be, whole or not at all, taken back."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from school.audit.models import Entry
from school.dated import today
from school.identity.models import User
from school.organisation.models import Enrolment, Guardianship, Membership, TeachingAssignment
from school.people.models import BulkAction
from school.people.processing import doing
from school.people.services import bulk_confirm, bulk_prepare
from tests.shared import proved
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def closed(*people) -> list[bool]:
    return [not User.objects.get(pk=one.pk).is_active for one in people]


def outcome(action: BulkAction) -> dict[int, str]:
    return {row["id"]: row["refusal"] for row in action.result}


def test_a_preview_changes_nothing_and_says_whom_what_and_why_not(world, client_for, bulk):
    client = client_for(world.a.school_admin)
    people = [world.a.student, world.a.principal, world.b.student]
    action = bulk(client, "close", people, sure=False)
    page = client.get(reverse("people:action", args=[action.pk]))
    assert [line.person for line in page.context["good"]] == [world.a.student]
    assert [line.person for line in page.context["refused"]] == [world.a.principal]
    assert world.b.student.code not in page.content.decode(), "a stranger's name is not told by asking for it"
    assert closed(*people) == [False, False, False]


def test_accounts_are_closed_whole_recorded_and_opened_again_by_undo(world, client_for, bulk):
    client = client_for(world.a.school_admin)
    action = bulk(client, "close", [world.a.student, world.a.student2, world.a.principal])
    assert closed(world.a.student, world.a.student2, world.a.principal) == [True, True, False]
    assert (action.state, action.done, action.total) == ("done", 2, 3)
    assert outcome(action)[world.a.principal.pk]
    entry = Entry.objects.filter(action="account_closed").latest("pk")
    assert (entry.actor_id, entry.detail["rows"]) == (world.a.school_admin.pk, 2)
    client.post(reverse("people:action-undo", args=[action.pk]))
    assert closed(world.a.student, world.a.student2) == [False, False]
    assert client.post(reverse("people:action-undo", args=[action.pk])).status_code == 302
    action.refresh_from_db()
    assert action.state == "undone"


def test_undo_opens_no_account_that_was_closed_before(world, client_for, bulk):
    User.objects.filter(pk=world.a.student.pk).update(is_active=False)
    client = client_for(world.a.school_admin)
    action = bulk(client, "close", [world.a.student, world.a.student2])
    client.post(reverse("people:action-undo", args=[action.pk]))
    assert closed(world.a.student, world.a.student2) == [True, False]


def test_nobody_closes_their_own_account(world, client_for, bulk):
    action = bulk(client_for(world.office_admin), "close", [world.office_admin, world.a.teacher])
    assert closed(world.office_admin, world.a.teacher) == [False, True]
    assert outcome(action)[world.office_admin.pk]


def test_all_of_a_list_means_what_the_list_finds(world, client_for, bulk):
    client = client_for(world.a.school_admin)
    url = f"{reverse('people:bulk-new')}?nhom=hoc-sinh&lop={world.a.class1.pk}"
    client.post(url, {"verb": "close", "all": "1"})
    action = BulkAction.objects.get()
    assert set(action.people) == {world.a.student.pk, world.a.student2.pk}


def test_pupils_move_to_another_class_and_back(world, client_for, bulk):
    client = client_for(world.a.school_admin)
    people = [world.a.student, world.a.student2, world.a.outsider, world.a.teacher]
    action = bulk(client, "place", people, school_class=world.a.class2.pk, day=(today() + DAY).isoformat())
    assert {pk: bool(why) for pk, why in outcome(action).items()} == {
        world.a.student.pk: False,
        world.a.student2.pk: False,
        world.a.outsider.pk: True,
        world.a.teacher.pk: True,
    }
    tomorrow = Enrolment.objects.current(today() + DAY).filter(school_class=world.a.class2)
    assert tomorrow.count() == 3
    client.post(reverse("people:action-undo", args=[action.pk]))
    assert Enrolment.objects.filter(student=world.a.student).get().ends is None
    assert Enrolment.objects.current(today() + DAY).filter(school_class=world.a.class2).count() == 1


def test_a_class_of_another_school_is_not_offered_and_not_taken(world, client_for, bulk):
    client = client_for(world.a.school_admin)
    data = {"verb": "place", "who": [world.a.student.pk], "step": "options", "school_class": world.b.class1.pk}
    answer = client.post(reverse("people:bulk-new"), data | {"day": today().isoformat()})
    assert answer.status_code == 422
    with pytest.raises(ValidationError):
        bulk_prepare(
            verb="place", people=[world.a.student.pk], options={"class": world.b.class1.pk}, by=world.a.school_admin
        )


def test_only_the_office_transfers_to_another_school(world, client_for, bulk):
    data = {"verb": "transfer", "who": [world.a.student.pk], "step": "options", "school_class": world.b.class1.pk}
    answer = client_for(world.a.school_admin).post(reverse("people:bulk-new"), data | {"day": today().isoformat()})
    assert answer.status_code == 422
    office = client_for(world.office_admin)
    action = bulk(
        office,
        "transfer",
        [world.a.student, world.b.student],
        school_class=world.b.class2.pk,
        day=(today() + DAY).isoformat(),
    )
    assert outcome(action)[world.b.student.pk], "who is there already changes classes instead"
    rows = Enrolment.objects.filter(student=world.a.student).order_by("starts")
    assert [(row.school, row.status) for row in rows] == [
        (world.a.school, "transferred"),
        (world.b.school, "studying"),
    ]
    office.post(reverse("people:action-undo", args=[action.pk]))
    (row,) = Enrolment.objects.filter(student=world.a.student)
    assert (row.school, row.status, row.ends) == (world.a.school, "studying", None)


def test_pupils_leave_and_return(world, client_for, bulk, on_day):
    client = client_for(world.a.school_admin)
    start = today()
    bulk(client, "leave", [world.a.student], school=world.a.school.pk, status="left", day=start.isoformat())
    on_day(start + 2 * DAY)
    client = client_for(User.objects.get(pk=world.a.school_admin.pk))
    action = bulk(
        client,
        "return",
        [world.a.student, world.a.student2],
        school_class=world.a.class2.pk,
        day=(start + 2 * DAY).isoformat(),
    )
    assert {pk: bool(why) for pk, why in outcome(action).items()} == {
        world.a.student.pk: False,
        world.a.student2.pk: True,
    }
    assert Enrolment.objects.current().get(student=world.a.student).school_class == world.a.class2


def test_posts_end_with_teaching_and_homeroom(world, client_for, bulk):
    people = [world.a.teacher, world.a.homeroom, world.a.principal, world.a.student]
    action = bulk(
        client_for(world.a.school_admin), "posts-end", people, school=world.a.school.pk, day=today().isoformat()
    )
    assert {pk for pk, why in outcome(action).items() if not why} == {world.a.teacher.pk, world.a.homeroom.pk}
    assert not Membership.objects.current(today() + DAY).filter(user__in=people[:2]).exists()
    assert not TeachingAssignment.objects.current(today() + DAY).filter(teacher=world.a.teacher).exists()
    assert Membership.objects.current(today() + DAY).filter(user=world.a.principal).exists()


def test_staff_go_to_another_school_in_the_posts_they_hold(world, client_for, bulk):
    people = [world.a.teacher, world.a.librarian, world.a.principal]
    options = {"school": world.a.school.pk, "target": world.b.school.pk, "day": (today() + DAY).isoformat()}
    action = bulk(client_for(world.office_admin), "staff-transfer", people, **options)
    assert outcome(action)[world.a.principal.pk]
    there = Membership.objects.current(today() + DAY).filter(node=world.b.school.node_id, user__in=people)
    assert {(row.user, row.role) for row in there} == {(world.a.teacher, "teacher"), (world.a.librarian, "librarian")}


def test_slips_are_for_those_who_never_signed_in_and_fetched_once(world, client_for, bulk):
    User.objects.filter(pk=world.a.student2.pk).update(last_login=timezone.now())
    client = client_for(world.a.school_admin)
    action = bulk(client, "slips", [world.a.student, world.a.student2, world.a.father])
    assert (action.state, action.done) == ("done", 2)
    assert b"%PDF" not in bytes(action.sealed)
    child = User.objects.get(pk=world.a.student.pk)
    assert (child.has_usable_password(), child.must_change_password) == (True, True)
    assert not User.objects.get(pk=world.a.student2.pk).must_change_password
    url = reverse("people:action-sheet", args=[action.pk])
    assert client.post(url).content.startswith(b"%PDF")
    assert client.post(url).status_code == 302


def test_a_sheet_that_nobody_fetched_is_erased_and_a_lost_hint_is_found(world, client_for, bulk):
    action = bulk(client_for(world.a.school_admin), "slips", [world.a.student])
    BulkAction.objects.update(finished=timezone.now() - datetime.timedelta(hours=2))
    doing.sweep()
    action.refresh_from_db()
    assert bytes(action.sealed) == b""
    lost = bulk_prepare(verb="close", people=[world.a.student.pk], options={}, by=world.a.school_admin)
    BulkAction.objects.filter(pk=lost.pk).update(state="queued", created=timezone.now() - datetime.timedelta(minutes=5))
    doing.sweep()
    assert closed(world.a.student) == [True]


def test_a_right_lost_between_preview_and_yes_counts(world):
    action = bulk_prepare(verb="close", people=[world.a.student.pk], options={}, by=world.a.school_admin)
    Membership.objects.filter(user=world.a.school_admin).update(ends=today() - DAY, starts=today() - 2 * DAY)
    bulk_confirm(action=action)
    assert closed(world.a.student) == [False]
    action.refresh_from_db()
    assert outcome(action)[world.a.student.pk]


def test_two_answers_do_it_once(world):
    action = bulk_prepare(verb="close", people=[world.a.student.pk], options={}, by=world.a.school_admin)
    bulk_confirm(action=action)
    User.objects.filter(pk=world.a.student.pk).update(is_active=True)
    bulk_confirm(action=action)
    assert closed(world.a.student) == [False]


def test_two_workers_do_it_once(world):
    action = bulk_prepare(verb="close", people=[world.a.student.pk], options={}, by=world.a.school_admin)
    BulkAction.objects.update(state="queued")
    assert doing.bulk_run(action.pk)
    User.objects.filter(pk=world.a.student.pk).update(is_active=True)
    assert not doing.bulk_run(action.pk)
    assert closed(world.a.student) == [False]


def test_a_failure_in_the_middle_leaves_everybody_as_before(world, monkeypatch):
    action = bulk_prepare(
        verb="place",
        people=[world.a.student.pk, world.a.student2.pk],
        options={"class": world.a.class2.pk, "day": today().isoformat()},
        by=world.a.school_admin,
    )
    before = list(Enrolment.objects.order_by("pk").values())

    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(doing, "_finish", broken)
    with pytest.raises(RuntimeError):
        bulk_confirm(action=action)
    assert list(Enrolment.objects.order_by("pk").values()) == before
    action.refresh_from_db()
    assert action.state == "failed"


def test_what_changed_since_cannot_be_taken_back_in_one_step(world, client_for, bulk):
    client = client_for(world.a.school_admin)
    action = bulk(client, "place", [world.a.student], school_class=world.a.class2.pk, day=today().isoformat())
    Enrolment.objects.filter(student=world.a.student, school_class=world.a.class2).update(ends=today())
    before = list(Enrolment.objects.order_by("pk").values())
    client.post(reverse("people:action-undo", args=[action.pk]))
    assert list(Enrolment.objects.order_by("pk").values()) == before
    action.refresh_from_db()
    assert action.state == "done"


def test_a_day_later_it_cannot_be_taken_back(world, client_for, bulk):
    client = client_for(world.a.school_admin)
    action = bulk(client, "close", [world.a.student])
    BulkAction.objects.update(finished=timezone.now() - datetime.timedelta(hours=25))
    client.post(reverse("people:action-undo", args=[action.pk]))
    assert closed(world.a.student) == [True]


def test_an_action_is_its_owners_alone(world, client_for, bulk):
    action = bulk(client_for(world.a.school_admin), "close", [world.a.student], sure=False)
    for stranger in (world.office_admin, world.b.school_admin):
        for name in ("action", "action-confirm", "action-undo", "action-sheet"):
            client = client_for(stranger)
            url = reverse(f"people:{name}", args=[action.pk])
            assert (client.get(url) if name == "action" else client.post(url)).status_code == 404
    assert closed(world.a.student) == [False]


def test_a_yes_asks_who_is_there(world, client_for, bulk):
    world.a.school_admin.set_password(PASSWORD)
    world.a.school_admin.save()
    client = client_for(world.a.school_admin)
    action = bulk(client, "close", [world.a.student], sure=False)
    proved(client, world.a.school_admin, seconds_ago=301)
    answer = client.post(reverse("people:action-confirm", args=[action.pk]))
    assert answer.headers["Location"].startswith("/xac-nhan/")
    assert closed(world.a.student) == [False]


def test_many_people_are_the_workers_and_the_page_says_how_far_it_is(
    world, client_for, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("school.people.services.bulk.AT_ONCE", 1)
    client = client_for(world.a.school_admin)
    client.post(reverse("people:bulk-new"), {"verb": "close", "who": [world.a.student.pk, world.a.student2.pk]})
    action = BulkAction.objects.get()
    with django_capture_on_commit_callbacks() as waiting:
        client.post(reverse("people:action-confirm", args=[action.pk]))
    assert closed(world.a.student) == [False]
    page = client.get(reverse("people:action", args=[action.pk]))
    assert page.context["running"]
    with django_capture_on_commit_callbacks(execute=True):
        for callback in waiting:
            callback()
    assert closed(world.a.student, world.a.student2) == [True, True]


def test_five_hundred_people_cost_a_fixed_number_of_queries(world, django_assert_max_num_queries):
    people = User.objects.bulk_create(
        User(code=f"n{number}", full_name=f"Lê Số {number}", password="!").derive() for number in range(500)
    )
    Enrolment.objects.bulk_create(
        Enrolment(student=one, school_class=world.a.class1, school=world.a.school) for one in people
    )
    Guardianship.objects.all().delete()
    action = bulk_prepare(
        verb="place",
        people=[one.pk for one in people],
        options={"class": world.a.class2.pk, "day": (today() + DAY).isoformat()},
        by=world.a.school_admin,
    )
    BulkAction.objects.update(state="queued")
    with django_assert_max_num_queries(30):
        doing.bulk_run(action.pk)
    assert Enrolment.objects.current(today() + DAY).filter(school_class=world.a.class2).count() == 501
