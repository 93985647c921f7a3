"""Posts are given and taken within one's rights: the row is written, the policy asked of it, and taken back when it says no."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from school.audit.services import record
from school.identity.models import User
from school.organisation.models import Membership, Node
from school.organisation.services import appointment_end, appointment_start
from school.policy import can


@transaction.atomic
def post_give(
    *, person: User, role: str, node: Node, starts: datetime.date, ends: datetime.date | None, by: User
) -> Membership:
    """Appoint a person. Raises PermissionDenied when the post is not ``by``'s to give, ValidationError for impossible days."""
    row = appointment_start(person=person, role=role, node=node, starts=starts, ends=ends)
    if not can(by, "grant", row):
        raise PermissionDenied
    record(actor=by, action="role_granted", target=row, subject=person, detail=_told(row))
    return row


@transaction.atomic
def post_end(*, membership: Membership, last: datetime.date, by: User) -> Membership:
    """End an appointment. Raises PermissionDenied when it is not ``by``'s to take, ValidationError for impossible days."""
    if not can(by, "grant", membership):
        raise PermissionDenied
    row = appointment_end(membership=membership, last=last)
    record(actor=by, action="role_ended", target=row, subject=row.user_id, detail=_told(row))
    return row


def _told(row: Membership) -> dict[str, str]:
    return {"role": row.role, "place": row.node.name, "starts": str(row.starts), "ends": str(row.ends or "")}
