"""Addresses for the matrix of rights."""

from typing import Any

from parentportal.models import Delivery
from parentportal.services import notice_write
from tests.world import Cast, World


def _of(cast: Cast) -> dict[str, int]:
    (thread,) = notice_write(
        school_class=cast.class1,
        students=[cast.student],
        title="Tin",
        body="Nội dung",
        by=cast.homeroom,
        needs_ack=True,
    )
    delivery = Delivery.objects.create(
        school=cast.school,
        kind="marks",
        channel="sms",
        to="+84912000000",
        text="x",
        key=f"example:{cast.school.pk}",
        state="failed",
    )
    return {
        "thread_id": thread.pk,
        "student_id": cast.student.pk,
        "class_id": cast.class1.pk,
        "delivery_id": delivery.pk,
    }


def examples(world: World) -> dict[str, dict[str, Any]]:
    """A letter to a family, a class and a failed message of either school."""
    ids = {"own": _of(world.a), "other": _of(world.b)}
    takes = {
        "parentportal:child": "student_id",
        "parentportal:ask": "student_id",
        "parentportal:thread": "thread_id",
        "parentportal:acknowledge": "thread_id",
        "parentportal:class": "class_id",
        "parentportal:write": "class_id",
        "parentportal:retry": "delivery_id",
    }
    return {name: {whose: {key: ids[whose][key]} for whose in ids} for name, key in takes.items()}
