"""Addresses about people for the matrix of rights."""

from typing import Any

from school.identity.models import User
from school.organisation.models import Enrolment, Membership
from school.people.models import BulkAction
from tests.world import World


def examples(world: World) -> dict[str, dict[str, Any]]:
    """In each school a pupil, a post, a prepared action of its administrator, and an account that is there twice."""
    people, posts, actions, twins = {}, {}, {}, {}
    for name, cast in (("own", world.a), ("other", world.b)):
        people[name] = cast.student.pk
        posts[name] = Membership.objects.get(user=cast.librarian).pk
        actions[name] = BulkAction.objects.create(verb="close", people=[cast.student.pk], by=cast.school_admin).pk
        twin = User.objects.create_user(code=f"twin-{name}", full_name=cast.student2.full_name)
        Enrolment.objects.create(student=twin, school_class=cast.class2, school=cast.school)
        twins[name] = {"first_id": cast.student2.pk, "second_id": twin.pk}

    def each(key: str, ids: dict[str, int]) -> dict[str, Any]:
        return {whose: {key: pk} for whose, pk in ids.items()}

    return {
        **{f"people:{name}": each("person_id", people) for name in ("person", "facts", "post", "password", "factor")},
        "people:post-end": each("membership_id", posts),
        **{
            f"people:{name}": each("action_id", actions)
            for name in ("action", "action-confirm", "action-cancel", "action-undo", "action-sheet")
        },
        "people:pair": twins,
    }
