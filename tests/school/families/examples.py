"""Addresses of parents' requests for the matrix of rights."""

from typing import Any

from school.families.models import ParentRequest
from tests.world import World


def examples(world: World) -> dict[str, dict[str, Any]]:
    """In each school a request about a pupil of the first class, and that pupil."""
    requests, students = {}, {}
    for name, cast in (("own", world.a), ("other", world.b)):
        requests[name] = {
            "request_id": ParentRequest.objects.create(
                student=cast.student, name="Đặng Văn Tư", phone="+84987654321", relation="other"
            ).pk
        }
        students[name] = {"student_id": cast.student.pk}
    return {
        "families:answer": requests,
        "families:refuse": requests,
        "families:code": students,
        "families:sent": {"own": {"token": "MQ:khong:dung"}},
    }
